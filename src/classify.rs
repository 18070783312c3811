//! The one place that decides how a call ended, by what its answer proves.
//!
//! | outcome | needs |
//! |---|---|
//! | accepted | 2xx; an order, or `success` that says yes; `success` nowhere anything else; no order that says it failed |
//! | refused | a no; an answer that can be read whole; nothing in it that comes with a placed order; `success` nowhere a yes |
//! | not sent | not a byte of it was written: no connection, one that had ended, or the deadline for sending had passed |
//! | unknown | everything else |
//!
//! What is judged is the answer as it came. What is shown of it is made afterwards, and never judged.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use crate::connections::Lost;
use crate::contract::{Effect, Operation, REFUSALS, REFUSALS_WITHOUT_JSON};
use crate::error::{BoxError, Failure};
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::secret::ApiKey;

mod body;
mod evidence;
#[cfg(test)]
mod tests;

use body::Body;
use evidence::Evidence;

/// What came back over the wire.
pub(crate) enum Answer {
    /// A head, and what could be read of the body.
    Head { status: StatusCode, headers: HeaderMap, body: Result<Bytes, Cut> },
    /// No head.
    None(Lost),
}

/// Why a body could not be read to its end.
pub(crate) enum Cut {
    Broken(BoxError),
    TooLarge,
    /// Something stands behind it that nobody has asked for.
    Followed,
}

/// Why an order whose deadline for sending had passed was not sent.
pub(crate) const TOO_LATE: &str =
    "the deadline for sending it had passed, for this machine was paused";

const CLOSED: &str =
    "the connection ended, or brought an answer unasked, before anything was written to it";

pub(crate) fn classify(
    operation: &'static Operation,
    key: &ApiKey,
    answer: Answer,
) -> Result<Reply, Box<Failure>> {
    let (status, headers, body) = match answer {
        Answer::None(lost) => return Err(without_answer(operation, lost)),
        Answer::Head { status, headers, body } => (status, headers, body),
    };
    let bytes = match body {
        Ok(bytes) => bytes,
        Err(cut) => return Err(with_cut_body(operation, status, &headers, cut)),
    };
    let body = Body::read(operation, &headers, &bytes);
    let found = Evidence::of(operation, &body);
    let (outcome, reason) = judge(operation, status, &body, &found);
    let root = match body {
        Body::Object { root, .. } => Some(root),
        Body::Text | Body::Illegible => None,
    };
    let reply = Reply::new(operation, status, headers, bytes, root, found.complaint, key.clone());
    match outcome {
        Outcome::Accepted => Ok(reply),
        outcome => {
            let failure = Failure {
                status: Some(status),
                message: reply.message(),
                retry_after: retry_after(reply.headers()),
                reply: Some(reply),
                outcome,
                ..Failure::not_sent(Some(operation), reason)
            };
            Err(Box::new(failure))
        }
    }
}

type Judgement = (Outcome, &'static str);

const TAKEN: Judgement = (Outcome::Accepted, "the provider took it");
const SAID_NO: Judgement = (Outcome::Refused, "the provider said no");
const CONTRADICTION: Judgement = (Outcome::Unknown, "the answer contradicts itself");
const REDIRECT: Judgement =
    (Outcome::Unknown, "the provider answered with a redirect, which is not followed");
const LEFT_OPEN: Judgement =
    (Outcome::Unknown, "the answer leaves open whether the order was placed");

fn judge(operation: &Operation, status: StatusCode, body: &Body, found: &Evidence) -> Judgement {
    match operation.effect {
        Effect::Charge => judge_order(status, body, found),
        Effect::Read => judge_read(status, body, found),
    }
}

fn judge_order(status: StatusCode, body: &Body, found: &Evidence) -> Judgement {
    let code = status.as_u16();
    let exact = match body {
        Body::Object { exact, .. } => *exact,
        Body::Text if REFUSALS_WITHOUT_JSON.contains(&code) => {
            return (Outcome::Refused, "the provider, or a proxy before it, said no");
        }
        Body::Text | Body::Illegible if status.is_redirection() => return REDIRECT,
        Body::Text | Body::Illegible => {
            return (Outcome::Unknown, "the answer is not the documented JSON object");
        }
    };
    let says_no = found.no || found.error || REFUSALS.contains(&code);
    let refuses = says_no && !found.booking && !found.yes && !found.unclear;
    match code {
        200..=299 if accepts(found) => TAKEN,
        200..=299 if found.order && found.failed => {
            (Outcome::Unknown, "the answer shows an order that was not carried out")
        }
        300..=399 => REDIRECT,
        _ if !status.is_success() && !REFUSALS.contains(&code) => LEFT_OPEN,
        _ if refuses && exact && !found.hidden => SAID_NO,
        _ if (says_no || found.denied) && (found.yes || found.booking) => CONTRADICTION,
        _ => (
            Outcome::Unknown,
            "the answer says neither that the order was placed nor that it was not",
        ),
    }
}

fn accepts(found: &Evidence) -> bool {
    let undisputed = !found.no && !found.unclear && !found.denied && !found.failed && !found.hidden;
    // An error beside an order that was declared a success is a warning.
    let said =
        if found.complaint { found.declared && found.order } else { found.declared || found.order };
    undisputed && said
}

/// A read has nothing to prove: it is answered, or it says no, or it is of no use.
fn judge_read(status: StatusCode, body: &Body, found: &Evidence) -> Judgement {
    let code = status.as_u16();
    match body {
        Body::Object { .. } => {}
        Body::Text if REFUSALS_WITHOUT_JSON.contains(&code) => return SAID_NO,
        Body::Text | Body::Illegible if status.is_redirection() => return REDIRECT,
        Body::Text | Body::Illegible => {
            return (Outcome::Unknown, "the answer is not the documented JSON object");
        }
    }
    match code {
        200..=299 if found.hidden => (Outcome::Unknown, "the answer is nested too deeply"),
        200..=299 if found.no || found.unclear || found.error => SAID_NO,
        200..=299 => TAKEN,
        300..=399 => REDIRECT,
        _ if REFUSALS.contains(&code) => SAID_NO,
        _ => (Outcome::Unknown, "the provider could not answer"),
    }
}

fn with_cut_body(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    cut: Cut,
) -> Box<Failure> {
    let (reason, source) = match cut {
        Cut::Broken(error) => ("the answer broke off", Some(error)),
        Cut::TooLarge => ("the answer is longer than 1 MiB and was not read to its end", None),
        Cut::Followed => ("something came behind the answer that does not belong to it", None),
    };
    let failure = Failure {
        status: Some(status),
        retry_after: retry_after(headers),
        source,
        outcome: Outcome::Unknown,
        ..Failure::not_sent(Some(operation), reason)
    };
    Box::new(failure)
}

/// A connection tells of each request whether any of it was written; only what was not is proved not to be sent.
fn without_answer(operation: &'static Operation, lost: Lost) -> Box<Failure> {
    let outcome = match &lost {
        Lost::NoConnection(_) | Lost::Closed | Lost::TooLate => Outcome::NotSent,
        Lost::NoAnswer(_) => Outcome::Unknown,
    };
    let (reason, source) = match lost {
        Lost::TooLate => (TOO_LATE.to_owned(), None),
        Lost::Closed => (CLOSED.to_owned(), None),
        Lost::NoConnection(None) => ("no connection in time".to_owned(), None),
        Lost::NoConnection(Some(error)) => {
            (format!("no connection: {}", root(&*error)), Some(error))
        }
        Lost::NoAnswer(None) => ("no answer in time".to_owned(), None),
        Lost::NoAnswer(Some(error)) => (format!("no answer: {}", root(&*error)), Some(error)),
    };
    Box::new(Failure { outcome, source, ..Failure::not_sent(Some(operation), reason) })
}

/// What is behind an error.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

/// Seconds, or a date (RFC 9110, 10.2.3), which is held against the server's clock, or ours if it tells none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = text(header::DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    let now = now.unwrap_or_else(SystemTime::now);
    Some(httpdate::parse_http_date(asked).ok()?.duration_since(now).unwrap_or_default())
}
