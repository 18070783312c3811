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
//! Hooks::exec ─▶ Transport::call                   host and key from the contract, sent, classified
//!   │  Ok(Reply) or CallError ──▶ into the Call, for the helper
//!   ▼
//! a made-up response                               for the generated method: `{}` if a helper called,
//!   │                                              else what it may see of the result
//!   ▼
//! helper: takes the result out of the Call         what generated code made of it is dropped
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use progenitor_client::{ClientHooks, Error as GeneratedError, OperationInfo};
use reqwest::{Request, Response};

use crate::contract::Operation;
use crate::error::{CallError, OrderError};
use crate::generated;
use crate::reply::Reply;
use crate::transport::Transport;

/// What generated code is built on, in place of a base URL that would serve both hosts.
pub(crate) const PLACEHOLDER: &str = "https://host-of-the-contract.invalid";

/// What a generated client carries. Code outside this crate cannot make one, so no generated client can
/// be built without the transport.
#[derive(Clone)]
pub struct Hooks {
    transport: Transport,
    call: Option<Call>,
}

/// One call of a helper, and how it ended.
#[derive(Clone, Default)]
pub(crate) struct Call(Arc<Mutex<Option<Result<Reply, CallError>>>>);

impl Call {
    /// The result of the call; `None` if generated code could not make the request.
    pub(crate) fn result(&self) -> Option<Result<Reply, CallError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn end(&self, result: Result<Reply, CallError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }
}

impl Hooks {
    /// A generated client that sends through `transport`. With a `call`, it makes that one.
    pub(crate) fn client(transport: Transport, call: Option<Call>) -> generated::Client {
        let http = transport.http().clone();
        generated::Client::new_with_client(PLACEHOLDER, http, Self { transport, call })
    }
}

impl ClientHooks<Hooks> for generated::Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let Hooks { transport, call } = &self.inner;
        let result = match Operation::of_function(info.operation_id) {
            Some(operation) => transport.call(operation, request).await,
            None => {
                let reason = format!("the contract has no operation for `{}`", info.operation_id);
                Err(CallError::Order(OrderError::not_sent(None, reason)))
            }
        };
        Ok(match call {
            Some(call) => {
                call.end(result);
                Response::from(http::Response::new("{}"))
            }
            None => for_generated_code(&result),
        })
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<Response>,
        _: &OperationInfo,
    ) -> Result<(), GeneratedError<E>> {
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
fn for_generated_code(result: &Result<Reply, CallError>) -> Response {
    let mut response = http::Response::new(String::new());
    match result {
        Ok(reply) => {
            *response.status_mut() =
                StatusCode::from_u16(reply.operation().success).unwrap_or(reply.status());
            *response.headers_mut() = reply.headers().clone();
            *response.body_mut() = reply.payload(true);
        }
        Err(error) => match documented_problem(error) {
            Some((reply, body)) => {
                *response.status_mut() = reply.status();
                *response.headers_mut() = reply.headers().clone();
                *response.body_mut() = body;
            }
            None => {
                response.extensions_mut().insert(InOurWords(error.to_string()));
            }
        },
    }
    Response::from(response)
}

fn documented_problem(error: &CallError) -> Option<(&Reply, String)> {
    let reply = error.failure().reply().filter(|reply| reply.status().is_client_error())?;
    // progenitor prints this body wherever the error is shown.
    let shown = reply.shown().filter(|_| error.is_refusal())?;
    Some((reply, shown.to_string()))
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transport.fmt(f)
    }
}
