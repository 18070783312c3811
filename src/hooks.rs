//! The seam between generated code and ours: what progenitor lets a client hook into.
//!
//! progenitor reads neither `security` nor `servers`, loses statuses and prints bodies. So a generated
//! method only makes the request; everything after that is ours:
//!
//! ```text
//! client.renew_plesk_subscription(&order)          a helper
//!   │  Call: a place for the result of one call
//!   ▼
//! generated::Client::renew_plesk_subscription      makes the request, of a placeholder's URL
//!   │  ClientHooks::exec(request, operation id)
//!   ▼
//! Hooks::exec ─▶ Client::send                      host and key from the contract, sent, classified
//!   │  Ok(Reply) or Failure ──▶   into the Call, for the helper
//!   ▼
//! a made-up response                               for the generated method: what it may see of the result,
//!   │                                              or nothing if a helper called
//!   ▼
//! helper: takes the result out of the Call         what generated code made of it is dropped
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use progenitor_client::{ClientHooks, Error as GeneratedError, OperationInfo};
use reqwest::{Request, Response};

use crate::Client;
use crate::contract::Operation;
use crate::error::Failure;
use crate::generated;
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::show::View;

/// What generated code is built on, in place of a base URL that would serve both hosts.
pub(crate) const PLACEHOLDER: &str = "https://host-of-the-contract.invalid";

/// What a generated client carries. Code outside this crate cannot make one, so no generated client can
/// be built without our client.
#[derive(Clone, Debug)]
pub struct Hooks {
    client: Client,
    call: Option<Call>,
}

/// One call of a helper, and how it ended; nothing if generated code could not make the request.
pub(crate) type Call = Arc<Mutex<Option<Result<Reply, Box<Failure>>>>>;

impl Hooks {
    /// A generated client that sends through ours. With a `call`, it makes that one.
    pub(crate) fn client(client: Client, call: Option<Call>) -> generated::Client {
        let http = client.shared.maker.clone();
        generated::Client::new_with_client(PLACEHOLDER, http, Self { client, call })
    }
}

impl ClientHooks<Hooks> for generated::Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let Hooks { client, call } = &self.inner;
        let result = match Operation::of_function(info.operation_id) {
            Some(operation) => client.send(operation, request).await,
            None => {
                let reason = format!("the contract has no operation for `{}`", info.operation_id);
                Err(Failure::not_sent(None, reason).into())
            }
        };
        Ok(match call {
            Some(call) => {
                *call.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                Response::from(http::Response::new(""))
            }
            None => for_generated_code(result),
        })
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<Response>,
        _: &OperationInfo,
    ) -> Result<(), GeneratedError<E>> {
        if self.inner.call.is_some() {
            // The helper has the result: nothing is to be made of the response.
            return Err(GeneratedError::Custom(String::new()));
        }
        match result.as_ref().ok().and_then(|response| response.extensions().get::<InOurWords>()) {
            Some(InOurWords(words)) => Err(GeneratedError::Custom(words.clone())),
            None => Ok(()),
        }
    }
}

/// Marks an answer that generated code must not take for what its status and body look like.
#[derive(Clone)]
struct InOurWords(String);

/// The answer as generated code may see it: an accepted order under the documented status, for any
/// other 2xx would be an error to it; a refusal as documented; everything else in our words.
fn for_generated_code(result: Result<Reply, Box<Failure>>) -> Response {
    let answer = |reply: &Reply, status: StatusCode, body| {
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = reply.headers().clone();
        response
    };
    let response = match result {
        Ok(reply) => {
            let documented = StatusCode::from_u16(reply.operation().success);
            answer(
                &reply,
                documented.unwrap_or(reply.status()),
                reply.payload(View::Typed).to_string(),
            )
        }
        Err(failure) => match documented_problem(&failure) {
            Some((reply, body)) => answer(reply, reply.status(), body),
            None => {
                let mut response = http::Response::new(String::new());
                response.extensions_mut().insert(InOurWords(failure.words()));
                response
            }
        },
    };
    Response::from(response)
}

fn documented_problem(failure: &Failure) -> Option<(&Reply, String)> {
    let reply = failure.reply().filter(|reply| reply.status().is_client_error())?;
    // progenitor prints this body wherever the error is shown.
    let shown = reply.shown().filter(|_| failure.outcome == Outcome::Refused)?;
    Some((reply, shown.to_string()))
}
