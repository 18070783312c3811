//! Sends a request: once if it is an order, again if it is a read that failed.

use std::time::Duration;

use backon::Retryable;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use reqwest::Request;
use tokio::time::timeout_at;
use tracing::Instrument;

use crate::Client;
use crate::classify::{Answer, Cut, TOO_LATE, classify};
use crate::connections::{Outgoing, after};
use crate::contract::{API_KEY_HEADER, Effect, Operation};
use crate::deadline::Deadline;
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
        request: Request,
    ) -> Result<Reply, Box<Failure>> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(not_sent(operation, "the client needs a tokio runtime to be called in"));
        }
        let Some(request) = self.outgoing(operation, request) else {
            return Err(not_sent(operation, "the request could not be made"));
        };
        let span = tracing::info_span!(
            "oxhost",
            operation = operation.id,
            method = operation.method,
            host = request.origin.host(),
            path = operation.path,
        );
        match operation.effect {
            Effect::Charge => self.once(operation, &request).instrument(span).await,
            Effect::Read => self.repeatedly(operation, &request).instrument(span).await,
        }
    }

    /// Only for operations that change nothing: an order is never sent twice.
    async fn repeatedly(
        &self,
        operation: &'static Operation,
        request: &Outgoing,
    ) -> Result<Reply, Box<Failure>> {
        (|| self.once(operation, request))
            .retry(self.shared.repeat_reads)
            .when(|failure| is_worth_another_try(failure))
            .adjust(|failure, pause| Some(pause?.max(failure.retry_after.unwrap_or_default())))
            .notify(|_, pause| tracing::info!(?pause, "reading again"))
            .await
    }

    async fn once(
        &self,
        operation: &'static Operation,
        request: &Outgoing,
    ) -> Result<Reply, Box<Failure>> {
        tracing::debug!(effect = ?operation.effect, "sending");
        if self.send_by.as_ref().is_some_and(Deadline::is_past) {
            return Err(not_sent(operation, TOO_LATE));
        }
        let result = classify(operation, &self.shared.key, self.exchange(request).await);
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

    /// The request that generated code made, with what the contract says and progenitor does not read: its
    /// host and the key.
    fn outgoing(&self, operation: &'static Operation, mut request: Request) -> Option<Outgoing> {
        let base = self.shared.bases.get(operation.server)?;
        let (path, query) = (request.url().path(), request.url().query());
        let target = match query {
            Some(query) => format!("{}{path}?{query}", base.path),
            None => format!("{}{path}", base.path),
        };
        let mut headers = std::mem::take(request.headers_mut());
        // progenitor's own; the provider knows nothing of it.
        headers.remove("api-version");
        headers.insert(header::HOST, base.host.clone());
        headers.insert(header::USER_AGENT, self.shared.user_agent.clone());
        headers.insert(HeaderName::from_static(API_KEY_HEADER), self.shared.key.header()?);
        let body = match request.body() {
            Some(body) => Bytes::copy_from_slice(body.as_bytes()?),
            None => Bytes::new(),
        };
        Some(Outgoing {
            method: request.method().clone(),
            origin: base.origin.clone(),
            target: Uri::try_from(target).ok()?,
            headers,
            body,
            send_by: self.send_by.clone(),
            alone: operation.effect == Effect::Charge,
        })
    }

    async fn exchange(&self, request: &Outgoing) -> Answer {
        let connections = &self.shared.connections;
        let until = after(self.shared.timeout);
        let (response, connection) = match connections.send(request, until).await {
            Ok(sent) => sent,
            Err(lost) => return Answer::None(lost),
        };
        let (head, body) = response.into_parts();
        let mut headers = head.headers;
        hide_values(&mut headers);
        let body = timeout_at(until, read(body)).await;
        let mut body = body.unwrap_or_else(|elapsed| Err(Cut::Broken(elapsed.into())));
        if body.is_ok() && !connections.take_back(connection, request, until).await {
            body = Err(Cut::Followed);
        }
        Answer::Head { status: head.status, headers, body }
    }
}

fn is_worth_another_try(failure: &Failure) -> bool {
    let patience = failure.retry_after.is_none_or(|wait| wait <= LONGEST_WAIT);
    let asked_to_wait = failure.status == Some(StatusCode::TOO_MANY_REQUESTS);
    patience && (asked_to_wait || failure.outcome != Outcome::Refused)
}

async fn read(mut body: Incoming) -> Result<Bytes, Cut> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Cut::Broken(error.into()))?;
        // What is no data are trailers, which say nothing that is documented.
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > LARGEST_BODY {
            return Err(Cut::TooLarge);
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

fn hide_values(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        value.set_sensitive(!PLAIN_HEADERS.contains(name));
    }
}

fn not_sent(operation: &'static Operation, reason: impl Into<String>) -> Box<Failure> {
    Box::new(Failure::not_sent(Some(operation), reason))
}
