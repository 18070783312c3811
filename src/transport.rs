//! The seam: every call of the generated client passes through [`Transport::send`].
//!
//! progenitor reads neither `security` nor `servers`, loses statuses and prints bodies. Here each
//! call gets its key and its host from the contract's tables, is sent at most once, and is
//! classified before generated code sees the answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode, header};
use progenitor_client::{ClientHooks, Error as GeneratedError, OperationInfo};
use reqwest::{Request, Response, Url};
use tracing::Instrument;

use crate::classify::{Answer, Cut, classify};
use crate::contract::{API_KEY_HEADER, Effect, Operation};
use crate::error::{Error, Failure};
use crate::generated;
use crate::reply::{Members, Reply};
use crate::secret::ApiKey;

#[cfg(test)]
mod http2;

/// No longer answer is held in memory, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// A provider that asks for a longer pause is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// What generated code is built on, in place of a base URL that would serve both hosts.
pub(crate) const PLACEHOLDER: &str = "https://host-of-the-contract.invalid";

/// Headers that are safe to show; the values of all others are kept out of `Debug`.
const PLAIN_HEADERS: [HeaderName; 6] = [
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::DATE,
    header::LOCATION,
    header::RETRY_AFTER,
    header::SERVER,
];

/// What every call needs: the HTTP client, the key, the hosts. Cheap to clone.
///
/// Code outside this crate cannot make one, so the generated client cannot be built without it.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    slot: Option<Slot>,
}

struct Shared {
    http: reqwest::Client,
    key: ApiKey,
    /// Base URL of each server in the contract.
    bases: BTreeMap<&'static str, Url>,
    /// How often, and after which pauses, a read is repeated.
    read_again: ExponentialBuilder,
}

/// Where a helper finds how its one call ended.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Option<Result<Reply, Error>>>>);

impl Slot {
    pub(crate) fn take(&self) -> Option<Result<Reply, Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, outcome: Result<Reply, Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }
}

/// Everything that the HTTP client is told from outside.
pub(crate) struct HttpOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) user_agent: http::HeaderValue,
    pub(crate) proxy: Option<Url>,
    pub(crate) tls: rustls::ClientConfig,
}

/// The one HTTP client builder. Each rule keeps an order from being sent twice, or the key from
/// going astray.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn http_client(options: HttpOptions) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        // 307 and 308 would send the order again, and every redirect takes the key along.
        .redirect(reqwest::redirect::Policy::none())
        // The default re-sends a POST that an HTTP/2 server refuses or abandons.
        .retry(reqwest::retry::never())
        // For TLS of reqwest's own making; ours agrees on HTTP/1.1 alone, in `tls_config`.
        .http1_only()
        // A kept connection that the server closes meanwhile turns an order that it never saw into
        // an unknown one.
        .pool_max_idle_per_host(0)
        // A proxy named in the environment is not one the user asked us to trust.
        .no_proxy()
        .referer(false)
        // Features that other crates switch on must not unpack what the size limit counts.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .user_agent(options.user_agent)
        // Loopback by name is loopback in fact (RFC 6761, 6.3), whatever a resolver says.
        .resolve_to_addrs(
            "localhost",
            &[([127, 0, 0, 1], 0).into(), ([0, 0, 0, 0, 0, 0, 0, 1], 0).into()],
        )
        .tls_backend_preconfigured(options.tls);
    if let Some(url) = options.proxy {
        // Only https:// goes through it, in a tunnel: the proxy sees neither key nor body.
        builder = builder.proxy(reqwest::Proxy::https(url)?);
    }
    builder.build()
}

impl Transport {
    pub(crate) fn new(
        http: reqwest::Client,
        key: ApiKey,
        bases: BTreeMap<&'static str, Url>,
        read_again: ExponentialBuilder,
    ) -> Self {
        Self { shared: Arc::new(Shared { http, key, bases, read_again }), slot: None }
    }

    /// The generated client over this transport.
    pub(crate) fn generated(&self) -> generated::Client {
        generated::Client::new_with_client(PLACEHOLDER, self.shared.http.clone(), self.clone())
    }

    /// The same, for one call whose outcome goes to `slot`.
    pub(crate) fn generated_with(&self, slot: Slot) -> generated::Client {
        Self { slot: Some(slot), ..self.clone() }.generated()
    }

    /// Where an operation goes.
    pub(crate) fn url(&self, operation: &Operation) -> Option<Url> {
        self.url_of(operation.server, operation.path)
    }

    fn url_of(&self, server: &str, path: &str) -> Option<Url> {
        let mut url = self.shared.bases.get(server)?.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(url)
    }

    async fn send(&self, request: Request, function: &str) -> Response {
        let outcome = match Operation::of_function(function) {
            Some(operation) => self.call(operation, request).await,
            None => Err(not_sent(None, format!("the contract has no operation for `{function}`"))),
        };
        let response = for_generated_code(&outcome);
        if let Some(slot) = &self.slot {
            slot.put(outcome);
        }
        response
    }

    async fn call(
        &self,
        operation: &'static Operation,
        mut request: Request,
    ) -> Result<Reply, Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(not_sent(
                Some(operation),
                "the client needs a tokio runtime to be called in",
            ));
        }
        self.direct(operation, &mut request)?;
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
    ) -> Result<Reply, Error> {
        let again = || async {
            match request.try_clone() {
                Some(request) => self.once(operation, request).await,
                None => Err(not_sent(Some(operation), "a read with a body cannot be repeated")),
            }
        };
        again
            .retry(self.shared.read_again)
            .when(is_worth_another_try)
            .adjust(|error, pause| {
                Some(pause?.max(error.failure().retry_after().unwrap_or_default()))
            })
            .notify(|error, pause| {
                tracing::info!(?pause, outcome = error.outcome(), "reading again")
            })
            .await
    }

    async fn once(&self, operation: &'static Operation, request: Request) -> Result<Reply, Error> {
        tracing::debug!(effect = ?operation.effect, "sending");
        let outcome = classify(operation, &self.shared.key, self.exchange(request).await);
        match &outcome {
            Ok(reply) => tracing::info!(status = reply.status.as_u16(), outcome = "accepted"),
            Err(error) => {
                let failure = error.failure();
                let status = failure.status().map(|status| status.as_u16());
                tracing::warn!(status, outcome = error.outcome(), reason = failure.reason());
            }
        }
        outcome
    }

    /// Gives a request what the contract says and progenitor does not read: its host and the key.
    fn direct(&self, operation: &'static Operation, request: &mut Request) -> Result<(), Error> {
        // A path may hold parameters, so it is the request's own.
        let url = self.url_of(operation.server, request.url().path());
        let (Some(mut url), Some(key)) = (url, self.shared.key.header()) else {
            return Err(not_sent(Some(operation), "the client has no URL or no key for it"));
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

fn is_worth_another_try(error: &Error) -> bool {
    let failure = error.failure();
    let patience = failure.retry_after().is_none_or(|wait| wait <= LONGEST_WAIT);
    let asked_to_wait = failure.status() == Some(StatusCode::TOO_MANY_REQUESTS);
    patience && (asked_to_wait || !matches!(error, Error::Refused(_)))
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

fn not_sent(operation: Option<&'static Operation>, reason: impl Into<String>) -> Error {
    Error::NotSent(Box::new(Failure::new(operation, reason)))
}

/// Marks an answer that generated code must not take for what its status and body look like.
#[derive(Clone)]
struct Said(String);

/// The answer as generated code may see it: an accepted order under the documented status, for any
/// other 2xx would be an error to it; a refusal as documented; everything else in our words.
fn for_generated_code(outcome: &Result<Reply, Error>) -> Response {
    let mut response = http::Response::new(String::new());
    match outcome {
        Ok(reply) => {
            *response.status_mut() =
                StatusCode::from_u16(reply.operation.success).unwrap_or(reply.status);
            *response.headers_mut() = reply.headers.clone();
            *response.body_mut() =
                reply.members().as_ref().map(Members::to_json).unwrap_or_default();
        }
        Err(error) => {
            let problem = documented_problem(error);
            match problem {
                Some((reply, body)) => {
                    *response.status_mut() = reply.status;
                    *response.headers_mut() = reply.headers.clone();
                    *response.body_mut() = body;
                }
                None => {
                    response.extensions_mut().insert(Said(error.to_string()));
                }
            }
        }
    }
    Response::from(response)
}

fn documented_problem(error: &Error) -> Option<(&Reply, String)> {
    let Error::Refused(failure) = error else { return None };
    let reply = failure.reply().filter(|reply| reply.status.is_client_error())?;
    // progenitor prints this body wherever the error is shown.
    let shown = reply.redacted().ok().filter(serde_json::Value::is_object)?;
    Some((reply, shown.to_string()))
}

impl ClientHooks<Transport> for generated::Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        Ok(self.inner.send(request, info.operation_id).await)
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<Response>,
        _: &OperationInfo,
    ) -> Result<(), GeneratedError<E>> {
        match result.as_ref().ok().and_then(|response| response.extensions().get::<Said>()) {
            Some(Said(words)) => Err(GeneratedError::Custom(words.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases: Vec<&str> = self.shared.bases.values().map(Url::as_str).collect();
        f.debug_struct("Transport").field("bases", &bases).finish_non_exhaustive()
    }
}
