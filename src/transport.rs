//! Sends a request: once if it is an order, again if it is a read that failed.

use std::time::Duration;

use backon::Retryable;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode, header};
use reqwest::{Request, Response};
use tracing::Instrument;

use crate::Client;
use crate::classify::{Answer, Cut, classify};
use crate::contract::{API_KEY_HEADER, Effect, Operation};
use crate::deadline::{Deadline, TooLate, sending_by, written_by};
use crate::error::Failure;
use crate::outcome::Outcome;
use crate::reply::Reply;

/// No longer answer is held in memory, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// A provider that asks for a longer pause is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Headers that are safe to show; the values of all others are kept out of `Debug`.
const PLAIN_HEADERS: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::DATE, header::RETRY_AFTER];

impl Client {
    /// Sends the request that generated code made.
    pub(crate) async fn send(
        &self,
        operation: &'static Operation,
        mut request: Request,
    ) -> Result<Reply, Box<Failure>> {
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
    ) -> Result<Reply, Box<Failure>> {
        let again = || async {
            match request.try_clone() {
                Some(request) => self.once(operation, request).await,
                None => Err(not_sent(operation, "a read with a body cannot be repeated")),
            }
        };
        again
            .retry(self.shared.repeat_reads)
            .when(|failure| is_worth_another_try(failure))
            .adjust(|failure, pause| Some(pause?.max(failure.retry_after.unwrap_or_default())))
            .notify(|_, pause| tracing::info!(?pause, "reading again"))
            .await
    }

    async fn once(
        &self,
        operation: &'static Operation,
        mut request: Request,
    ) -> Result<Reply, Box<Failure>> {
        tracing::debug!(effect = ?operation.effect, "sending");
        written_by(self.send_by, &mut request);
        // The last thing before the request is handed over.
        if self.send_by.is_some_and(Deadline::is_past) {
            return Err(not_sent(operation, TooLate.to_string()));
        }
        let answer = sending_by(self.send_by, self.exchange(operation, request)).await;
        let result = classify(operation, &self.shared.key, answer);
        match &result {
            Ok(reply) => tracing::info!(status = reply.status().as_u16(), "answered"),
            Err(failure) => {
                let status = failure.status.map(|status| status.as_u16());
                let (outcome, reason) = (failure.outcome.as_str(), failure.reason());
                match operation.effect {
                    Effect::Charge => tracing::warn!(status, outcome, reason),
                    Effect::Read => tracing::warn!(status, reason, "not read"),
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
    ) -> Result<(), Box<Failure>> {
        let url = self.url_of(operation, request.url().path());
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

    async fn exchange(&self, operation: &Operation, request: Request) -> Answer {
        let connections = &self.shared.connections;
        let mut response = match connections.next(operation.effect).await.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                if !error.is_connect() && !error.is_timeout() {
                    connections.doubt();
                }
                return Answer::None(error);
            }
        };
        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        connections.hear(&headers);
        hide_values(&mut headers);
        Answer::Head { status, headers, body: read(&mut response).await }
    }
}

fn is_worth_another_try(failure: &Failure) -> bool {
    let patience = failure.retry_after.is_none_or(|wait| wait <= LONGEST_WAIT);
    let asked_to_wait = failure.status == Some(StatusCode::TOO_MANY_REQUESTS);
    patience && (asked_to_wait || failure.outcome != Outcome::Refused)
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

fn not_sent(operation: &'static Operation, reason: impl Into<String>) -> Box<Failure> {
    Box::new(Failure::not_sent(Some(operation), reason))
}
