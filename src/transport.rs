//! Sends a request: once if it is an order, again if it is a read that failed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode, header};
use reqwest::{Request, Response, Url};
use tracing::Instrument;

use crate::classify::{Answer, Cut, classify};
use crate::contract::{API_KEY_HEADER, Effect, Operation};
use crate::deadline::{Deadline, TooLate, sending_by};
use crate::error::{CallError, Failure};
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::secret::ApiKey;

/// No longer answer is held in memory, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// A provider that asks for a longer pause is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Headers that are safe to show; the values of all others are kept out of `Debug`.
const PLAIN_HEADERS: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::DATE, header::RETRY_AFTER];

/// What every call needs: the HTTP client, the key, the hosts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Transport {
    shared: Arc<Shared>,
    send_by: Option<Deadline>,
}

struct Shared {
    http: reqwest::Client,
    key: ApiKey,
    /// Base URL of each server in the contract.
    bases: BTreeMap<&'static str, Url>,
    timeout: Duration,
    /// How often, and after which pauses, a read is repeated.
    repeat_reads: ExponentialBuilder,
}

impl Transport {
    pub(crate) fn new(
        http: reqwest::Client,
        key: ApiKey,
        bases: BTreeMap<&'static str, Url>,
        timeout: Duration,
        repeat_reads: ExponentialBuilder,
    ) -> Self {
        let shared = Shared { http, key, bases, timeout, repeat_reads };
        Self { shared: Arc::new(shared), send_by: None }
    }

    pub(crate) fn with_send_by(&self, deadline: Deadline) -> Self {
        Self { shared: Arc::clone(&self.shared), send_by: Some(deadline) }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    pub(crate) fn base(&self, operation: &Operation) -> Option<&Url> {
        self.shared.bases.get(operation.server)
    }

    /// Where an operation goes. A path may hold parameters, so it can be a request's own.
    pub(crate) fn url(&self, operation: &Operation, path: &str) -> Option<Url> {
        let mut url = self.base(operation)?.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(url)
    }

    pub(crate) async fn call(
        &self,
        operation: &'static Operation,
        mut request: Request,
    ) -> Result<Reply, CallError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(not_sent(operation, "the client needs a tokio runtime to be called in"));
        }
        self.address(operation, &mut request)?;
        let span = tracing::info_span!(
            "oxhost",
            operation = operation.id,
            method = operation.method,
            host = request.url().host_str(),
            path = operation.path,
        );
        match operation.effect {
            Effect::Charge => self.once(operation, request).instrument(span).await,
            Effect::Read => self.repeatedly(operation, request).instrument(span).await,
        }
    }

    /// Only for operations that change nothing: an order is never sent twice.
    async fn repeatedly(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<Reply, CallError> {
        let again = || async {
            match request.try_clone() {
                Some(request) => self.once(operation, request).await,
                None => Err(not_sent(operation, "a read with a body cannot be repeated")),
            }
        };
        again
            .retry(self.shared.repeat_reads)
            .when(is_worth_another_try)
            .adjust(|error, pause| {
                Some(pause?.max(error.failure().retry_after().unwrap_or_default()))
            })
            .notify(|_, pause| tracing::info!(?pause, "reading again"))
            .await
    }

    async fn once(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<Reply, CallError> {
        tracing::debug!(effect = ?operation.effect, "sending");
        // The last thing before the request is handed over.
        if self.send_by.is_some_and(Deadline::is_past) {
            return Err(not_sent(operation, TooLate.to_string()));
        }
        let answer = sending_by(self.send_by, self.exchange(request)).await;
        let result = classify(operation, &self.shared.key, answer);
        match &result {
            Ok(reply) => tracing::info!(status = reply.status().as_u16(), "answered"),
            Err(error) => {
                let failure = error.failure();
                let status = failure.status().map(|status| status.as_u16());
                let reason = failure.reason();
                match error {
                    CallError::Order(error) => {
                        tracing::warn!(status, outcome = error.outcome().as_str(), reason);
                    }
                    CallError::Read(_) => tracing::warn!(status, reason, "not read"),
                }
            }
        }
        result
    }

    /// Gives a request what the contract says and progenitor does not read: its host and the key.
    fn address(
        &self,
        operation: &'static Operation,
        request: &mut Request,
    ) -> Result<(), CallError> {
        let url = self.url(operation, request.url().path());
        let (Some(mut url), Some(key)) = (url, self.shared.key.header()) else {
            return Err(not_sent(operation, "the client has no URL or no key for it"));
        };
        url.set_query(request.url().query());
        *request.url_mut() = url;
        let headers = request.headers_mut();
        // progenitor's own; the provider knows nothing of it.
        headers.remove("api-version");
        headers.insert(HeaderName::from_static(API_KEY_HEADER), key);
        Ok(())
    }

    async fn exchange(&self, request: Request) -> Answer {
        let mut response = match self.shared.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Answer::None(error),
        };
        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        hide_values(&mut headers);
        Answer::Head { status, headers, body: read(&mut response).await }
    }
}

fn is_worth_another_try(error: &CallError) -> bool {
    let failure = error.failure();
    let patience = failure.retry_after().is_none_or(|wait| wait <= LONGEST_WAIT);
    let asked_to_wait = failure.status() == Some(StatusCode::TOO_MANY_REQUESTS);
    patience && (asked_to_wait || !error.is_refusal())
}

async fn read(response: &mut Response) -> Result<Bytes, Cut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Cut::Broken)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(Cut::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn hide_values(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        value.set_sensitive(!PLAIN_HEADERS.contains(name));
    }
}

fn not_sent(operation: &'static Operation, reason: impl Into<String>) -> CallError {
    CallError::of(operation, Outcome::NotSent, Failure::new(Some(operation), reason))
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases: Vec<&str> = self.shared.bases.values().map(Url::as_str).collect();
        f.debug_struct("Transport").field("bases", &bases).finish_non_exhaustive()
    }
}
