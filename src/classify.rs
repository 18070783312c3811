//! The one place that decides how a call ended.
//!
//! Where the evidence does not prove an outcome, it is *unknown*.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::contract::{Effect, Operation};
use crate::error::{Error, Failure};
use crate::reply::{Members, Reply};
use crate::secret::ApiKey;
use crate::value::Flag;

#[cfg(test)]
mod mutations;

/// The longest text of the provider that is repeated in an error, in characters.
const LONGEST_MESSAGE: usize = 300;

/// What came back over the wire.
pub(crate) enum Answer {
    /// A head, and what could be read of the body.
    Head { status: StatusCode, headers: HeaderMap, body: Result<Bytes, Cut> },
    /// No head.
    None(reqwest::Error),
}

/// Why a body could not be read to its end.
pub(crate) enum Cut {
    Broken(reqwest::Error),
    TooLarge,
}

pub(crate) fn classify(
    operation: &'static Operation,
    key: &ApiKey,
    answer: Answer,
) -> Result<Reply, Error> {
    let (status, headers, body) = match answer {
        Answer::None(error) => return Err(without_answer(operation, error)),
        Answer::Head { status, headers, body } => (status, headers, body),
    };
    let bytes = match body {
        Ok(bytes) => bytes,
        Err(cut) => return Err(with_cut_body(operation, status, &headers, cut)),
    };
    // One broken byte in a name must not lose an order; a BOM may be ignored (RFC 8259, 8.1).
    let text = String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned();
    let reply = Reply { operation, status, headers, text, key: key.clone() };
    match verdict(&reply) {
        Verdict::Accepted => Ok(reply),
        Verdict::Refused(reason) => Err(Error::Refused(Box::new(failure(reply, reason)))),
        Verdict::Unknown(reason) => Err(Error::Unknown(Box::new(failure(reply, reason)))),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused(&'static str),
    Unknown(&'static str),
}

const SAID_NO: Verdict = Verdict::Refused("the provider said no");
const NO_WORD: Verdict =
    Verdict::Unknown("the answer says neither that the order was placed nor that it was not");
const CONTRADICTION: Verdict = Verdict::Unknown("the answer contradicts itself");

fn verdict(reply: &Reply) -> Verdict {
    let Some(members) = reply.members() else {
        let json = serde_json::from_str::<IgnoredAny>(&reply.text).is_ok();
        return without_members(reply.status, json);
    };
    let proof = reply.operation.proof.iter().any(|field| members.says(field));
    if members.twice::<Flag>("success").is_some_and(|(outside, inside)| outside != inside) {
        return CONTRADICTION;
    }
    let success = success(&members);
    match reply.status.as_u16() {
        200..=299 => {
            // A read has nothing to prove.
            let read = reply.operation.effect == Effect::Read;
            match on_success_status(success, proof, members.says("error")) {
                NO_WORD if read && success == Success::Missing => Verdict::Accepted,
                verdict => verdict,
            }
        }
        300..=399 => {
            Verdict::Unknown("the provider answered with a redirect, which is not followed")
        }
        400 | 401 | 402 | 403 | 404 | 405 | 413 | 415 | 422 | 429 => {
            if proof || success == Success::Yes { CONTRADICTION } else { SAID_NO }
        }
        _ => Verdict::Unknown("the answer leaves open whether the order was placed"),
    }
}

fn on_success_status(success: Success, proof: bool, error: bool) -> Verdict {
    match (success, proof, error) {
        (Success::Yes, true, _) | (Success::Yes, false, false) => Verdict::Accepted,
        (Success::Missing | Success::Unclear, true, false) => Verdict::Accepted,
        (Success::No, false, _) | (Success::Missing, false, true) => SAID_NO,
        (Success::Missing | Success::Unclear, false, false) => NO_WORD,
        (Success::Yes, false, true)
        | (Success::No, true, _)
        | (Success::Missing, true, true)
        | (Success::Unclear, _, true) => CONTRADICTION,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Success {
    Yes,
    No,
    Missing,
    Unclear,
}

fn success(members: &Members) -> Success {
    match members.get::<Option<Flag>>("success") {
        Some(Some(flag)) if flag.is_yes() => Success::Yes,
        Some(Some(_)) => Success::No,
        Some(None) => Success::Missing,
        None if members.says("success") => Success::Unclear,
        None => Success::Missing,
    }
}

/// An answer that is not a JSON object: HTML of a proxy, a PHP warning, nothing, a list.
fn without_members(status: StatusCode, json: bool) -> Verdict {
    match status.as_u16() {
        401 | 403 | 404 | 405 | 413 | 429 => {
            Verdict::Refused("the provider, or a proxy before it, said no")
        }
        400 | 402 | 415 | 422 if json => SAID_NO,
        300..=399 => {
            Verdict::Unknown("the provider answered with a redirect, which is not followed")
        }
        _ => Verdict::Unknown("the answer is not the documented JSON object"),
    }
}

fn with_cut_body(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    cut: Cut,
) -> Error {
    let (reason, source) = match cut {
        Cut::Broken(error) => ("the answer broke off", Some(error.without_url())),
        Cut::TooLarge => ("the answer is longer than 1 MiB and was not read to its end", None),
    };
    let failure = Failure {
        status: Some(status),
        retry_after: retry_after(headers),
        source,
        ..Failure::new(Some(operation), reason)
    };
    match without_members(status, false) {
        Verdict::Refused(_) => Error::Refused(Box::new(failure)),
        Verdict::Unknown(_) | Verdict::Accepted => Error::Unknown(Box::new(failure)),
    }
}

/// Redirects are off, so an error of the connect phase proves that no byte of the request was sent.
fn without_answer(operation: &'static Operation, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let not_sent = error.is_connect() || error.is_builder();
    let reason = match (not_sent, error.is_timeout()) {
        (true, true) => "no connection in time".to_owned(),
        (true, false) => format!("no connection: {}", root_cause(&error)),
        (false, true) => "no answer in time".to_owned(),
        (false, false) => format!("no answer: {}", root_cause(&error)),
    };
    let failure = Failure { source: Some(error), ..Failure::new(Some(operation), reason) };
    if not_sent { Error::NotSent(Box::new(failure)) } else { Error::Unknown(Box::new(failure)) }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn failure(reply: Reply, reason: &str) -> Failure {
    let shown = reply.redacted().ok();
    let words = |name: &str| {
        let members = Members::of(&shown.as_ref()?.to_string())?;
        members.get::<String>(name).filter(|text| !text.trim().is_empty())
    };
    Failure {
        status: Some(reply.status),
        message: words("message").or_else(|| words("error")).map(|text| one_line(&text)),
        retry_after: retry_after(&reply.headers),
        // Secrets are known by the names of their fields, so only an object can be shown.
        reply: shown.filter(Value::is_object).map(|_| reply.clone()),
        ..Failure::new(Some(reply.operation), reason)
    }
}

/// The provider's words go to terminals and logs: no control characters, no endless lines.
fn one_line(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.trim().chars().map(printable).take(LONGEST_MESSAGE).collect()
}

/// Seconds, or a date (RFC 9110, 10.2.3), which is held against the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = httpdate::parse_http_date(text(header::DATE)?).ok()?;
    Some(httpdate::parse_http_date(asked).ok()?.duration_since(now).unwrap_or_default())
}
