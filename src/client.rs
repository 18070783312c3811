//! The client.

use std::env::VarError;
use std::time::Duration;

use reqwest::Url;

use crate::builder::{ClientBuilder, is_loopback};
use crate::contract::Operation;
use crate::deadline::Deadline;
use crate::error::{CallError, ConfigError, OrderError, ReadError};
use crate::generated;
use crate::hooks::{Call, Hooks};
use crate::reply::{Reply, Response};
use crate::transport::Transport;

/// What the contract's own hosts are called together.
const PROVIDER: &str = "0xhost";

/// A client of 0xHost. Cheap to clone; clones share key, hosts and settings.
///
/// Dropping the future of a call after it was polled is like losing the answer: the order may have
/// been placed.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// A client with the key in `OXHOST_API_KEY`, for the URL in `OXHOST_BASE_URL` where that is set.
    ///
    /// # Errors
    /// [`ConfigError::MissingKey`] without a key; others as for [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, ConfigError> {
        let key = variable("OXHOST_API_KEY")?.ok_or(ConfigError::MissingKey)?;
        let mut builder = Self::builder(key);
        if let Some(url) = variable("OXHOST_BASE_URL")? {
            builder = builder.base_url(url);
        }
        builder.build()
    }

    /// A client with this API key, and whatever else the builder is told.
    pub fn builder(api_key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(api_key.into())
    }

    /// The generated client, for operations that have no helper. Key, host, transport rules and
    /// redaction apply to it; see [`generated`].
    pub fn generated(&self) -> generated::Client {
        Hooks::client(self.transport.clone(), None)
    }

    pub(crate) fn over(transport: Transport) -> Self {
        Self { transport }
    }

    /// The same client for one order that must not be sent after a deadline. Past it, nothing is handed
    /// over, and the order ends as [`OrderError::NotSent`]: whatever kept this process from sending
    /// it, it is too late.
    #[must_use]
    pub fn with_send_by(&self, deadline: Deadline) -> Self {
        Self::over(self.transport.with_send_by(deadline))
    }

    /// Longest time for a whole call.
    pub fn timeout(&self) -> Duration {
        self.transport.timeout()
    }

    /// Where this client sends an operation.
    pub fn url(&self, operation: &Operation) -> Option<String> {
        self.transport.url(operation, operation.path).map(String::from)
    }

    /// Who is asked to do an operation: `0xhost`, or the URL that stands in its place. Two clients that
    /// reach the same provider say the same, however their URLs are written.
    pub fn provider(&self, operation: &Operation) -> String {
        self.transport.base(operation).map(provider_at).unwrap_or_default()
    }

    /// Makes the call of an order, and tells how it ended.
    pub(crate) async fn order<T, E>(
        &self,
        operation: &'static Operation,
        call: impl AsyncFnOnce(generated::Client) -> Result<T, E>,
    ) -> Result<Reply, OrderError> {
        self.call(call)
            .await
            .unwrap_or_else(|| {
                let reason = "the request could not be made";
                Err(CallError::Order(OrderError::not_sent(Some(operation), reason)))
            })
            .map_err(|error| match error {
                CallError::Order(error) => error,
                CallError::Read(error) => OrderError::not_sent(Some(operation), error.to_string()),
            })
    }

    /// Makes the call of a read.
    pub(crate) async fn read<T, E>(
        &self,
        operation: &'static Operation,
        call: impl AsyncFnOnce(generated::Client) -> Result<generated::ResponseValue<T>, E>,
    ) -> Result<Response<T>, ReadError>
    where
        T: serde::de::DeserializeOwned + serde::Serialize + Default,
    {
        match self.call(call).await {
            Some(Ok(reply)) => Ok(Response::new(reply)),
            Some(Err(CallError::Read(error))) => Err(error),
            Some(Err(CallError::Order(error))) => {
                Err(ReadError::unavailable(Some(operation), error.to_string()))
            }
            None => Err(ReadError::unavailable(Some(operation), "the request could not be made")),
        }
    }

    /// Makes one call of the generated client. What generated code makes of it is of no interest.
    async fn call<T, E>(
        &self,
        call: impl AsyncFnOnce(generated::Client) -> Result<T, E>,
    ) -> Option<Result<Reply, CallError>> {
        let made = Call::default();
        let _ = call(Hooks::client(self.transport.clone(), Some(made.clone()))).await;
        made.result()
    }
}

/// Hosts are compared as URLs are: letters' case, default ports, a final dot or slash make no other.
fn provider_at(base: &Url) -> String {
    let mut url = base.clone();
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let _ = url.set_host(Some(&host));
    // Loopback by any name is this machine.
    if is_loopback(&url) {
        let _ = url.set_host(Some("127.0.0.1"));
    }
    let normal = url.as_str().trim_end_matches('/').to_owned();
    let is_ours = crate::contract::OPERATIONS.iter().any(|known| known.server == normal);
    if is_ours { PROVIDER.to_owned() } else { normal }
}

/// A variable of the environment. One that is empty or cannot be read is not unset: the order would go
/// to the provider instead.
fn variable(name: &'static str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::InvalidVariable(name)),
    }
}
