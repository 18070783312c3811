//! What most people write: reqwest as it ships, the replies as progenitor reads them, another try, and
//! an error taken for a no.

use oxhost::contract::API_KEY_HEADER;
use std::sync::Arc;
use std::time::Duration;

use oxhost::Outcome;
use oxhost::types::Problem;
use oxhost_sandbox::{KEY, SERVER_ID, SUBSCRIPTION_ID, Sandbox, USER_ID};
use progenitor_client::{Error, ResponseValue};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::plan::{Call, Step};
use super::run::{Bench, Subject};

/// How often it tries.
const TRIES: usize = 3;

/// Tries again where progenitor's client says that it may.
pub struct Naive(Wire);

/// Also where it has a reply that it cannot read.
pub struct MoreNaive(Wire);

struct Wire {
    http: reqwest::Client,
    url: String,
}

impl Subject for Naive {
    fn new(sandbox: &Sandbox, _: bool) -> Self {
        Self(Wire::new(sandbox))
    }

    async fn call(&self, bench: &Bench, step: &Step, units: u32) -> Outcome {
        self.0.order(bench, step, units, is_retryable).await
    }
}

impl Subject for MoreNaive {
    fn new(sandbox: &Sandbox, _: bool) -> Self {
        Self(Wire::new(sandbox))
    }

    async fn call(&self, bench: &Bench, step: &Step, units: u32) -> Outcome {
        let unreadable = |error: &Error<Problem>| !matches!(error, Error::ErrorResponse(_));
        self.0.order(bench, step, units, |error| is_retryable(error) || unreadable(error)).await
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what one must not do")]
fn is_retryable(error: &Error<Problem>) -> bool {
    error.is_retryable()
}

impl Wire {
    #[expect(clippy::disallowed_methods, reason = "this is what one must not do")]
    fn new(sandbox: &Sandbox) -> Self {
        // The timeouts of a generated client's `new`, without which some faults would never end.
        let patience = Duration::from_secs(15);
        // The rest as it ships, but for TLS, without which it is not built, and for proxies: the
        // machine's are not part of the test.
        let http = reqwest::Client::builder()
            .connect_timeout(patience)
            .timeout(patience)
            .tls_backend_preconfigured(tls(sandbox))
            .no_proxy();
        Self { http: http.build().unwrap(), url: sandbox.url().to_owned() }
    }

    async fn order(
        &self,
        bench: &Bench,
        step: &Step,
        units: u32,
        again: impl Fn(&Error<Problem>) -> bool,
    ) -> Outcome {
        for _ in 0..TRIES {
            match bench.meanwhile(step, self.once(step.call, units)).await {
                Ok(_) => return Outcome::Accepted,
                Err(error) if again(&error) => {}
                Err(_) => return Outcome::Refused,
            }
        }
        Outcome::Refused
    }

    /// As in generated code.
    async fn once(&self, call: Call, units: u32) -> Result<ResponseValue<Value>, Error<Problem>> {
        let (path, body) = match call {
            Call::Renew => (
                "create_order_scale_plesk",
                json!({"subscription_id": SUBSCRIPTION_ID, "months": units, "type_payment": "balance"}),
            ),
            Call::Extend | Call::Read => (
                "create_order",
                json!({"user_id": USER_ID, "server_id": SERVER_ID, "hours": units}),
            ),
        };
        let request = self
            .http
            .post(format!("{}/API/orders/{path}", self.url))
            .header(API_KEY_HEADER, KEY)
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            400..=599 => Err(Error::ErrorResponse(ResponseValue::from_response(response).await?)),
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}

fn tls(sandbox: &Sandbox) -> rustls::ClientConfig {
    let mut roots = RootCertStore::empty();
    let pem = sandbox.root_certificate().unwrap_or_default();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem.as_bytes()).flatten());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots).with_no_client_auth()
}
