//! The client.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use backon::ExponentialBuilder;
use http::{HeaderValue, Uri};
use reqwest::Url;

use crate::connections::Connections;
use crate::contract::Operation;
use crate::deadline::Deadline;
use crate::error::Failure;
#[cfg(doc)]
use crate::error::OrderError;
use crate::generated;
use crate::hooks::{Call, Hooks};
use crate::reply::Reply;
use crate::secret::ApiKey;

/// What the contract's own hosts are called together.
const PROVIDER: &str = "0xhost";

/// A client of 0xHost. Cheap to clone; clones share key, hosts and settings.
///
/// Dropping the future of a call after it was polled is like losing the answer: the order may have
/// been placed.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) send_by: Option<Deadline>,
}

/// What every call needs.
pub(crate) struct Shared {
    pub(crate) connections: Arc<Connections>,
    /// Makes requests for generated code, and never sends one.
    pub(crate) maker: reqwest::Client,
    pub(crate) key: ApiKey,
    /// Base URL of each server in the contract.
    pub(crate) bases: BTreeMap<&'static str, Base>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    /// How often, and after which pauses, a read is repeated.
    pub(crate) repeat_reads: ExponentialBuilder,
}

/// Where the operations of a server go.
pub(crate) struct Base {
    pub(crate) url: Url,
    /// What is connected to.
    pub(crate) origin: Uri,
    /// Its name, as each request says it.
    pub(crate) host: HeaderValue,
    /// What comes before the path of an operation.
    pub(crate) path: String,
}

impl Base {
    /// `None` where a request cannot be made to it.
    pub(crate) fn new(url: Url) -> Option<Self> {
        let origin = url.origin().ascii_serialization();
        let (_, host) = origin.split_once("://")?;
        let (host, path) = (host.parse().ok()?, url.path().trim_end_matches('/').to_owned());
        Some(Self { origin: origin.parse().ok()?, host, path, url })
    }
}

impl Client {
    /// The generated client, for operations that have no helper. Key, host, transport rules and
    /// redaction apply to it; see [`generated`].
    pub fn generated(&self) -> generated::Client {
        Hooks::client(self.clone(), None)
    }

    /// The same client for one order that must not be sent after a deadline. Past it, nothing is handed
    /// over, and the order ends as [`OrderError::NotSent`]: whatever kept this process from sending
    /// it, it is too late.
    #[must_use]
    pub fn with_send_by(&self, deadline: Deadline) -> Self {
        Self { send_by: Some(deadline), ..self.clone() }
    }

    /// Longest time for a whole call.
    pub fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// Where this client sends an operation.
    pub fn url(&self, operation: &Operation) -> Option<String> {
        let base = self.shared.bases.get(operation.server)?;
        let mut url = base.url.clone();
        url.set_path(&format!("{}{}", base.path, operation.path));
        Some(url.into())
    }

    /// Who is asked to do an operation: `0xhost`, or the URL that stands in its place. Two clients that
    /// reach the same provider say the same, however their URLs are written.
    pub fn provider(&self, operation: &Operation) -> String {
        let base = self.shared.bases.get(operation.server);
        base.map(|base| provider_at(&base.url)).unwrap_or_default()
    }

    /// Makes one call of the generated client. What generated code makes of it is of no interest.
    pub(crate) async fn call<T, E>(
        &self,
        operation: &'static Operation,
        call: impl AsyncFnOnce(generated::Client) -> Result<T, E>,
    ) -> Result<Reply, Box<Failure>> {
        let made = Call::default();
        let _ = call(Hooks::client(self.clone(), Some(Arc::clone(&made)))).await;
        // Taken out, whoever else still holds the call: a lost result would look like one never sent.
        let result = made.lock().unwrap_or_else(PoisonError::into_inner).take();
        let reason = "the request could not be made";
        result.unwrap_or_else(|| Err(Failure::not_sent(Some(operation), reason).into()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases: Vec<&str> = self.shared.bases.values().map(|base| base.url.as_str()).collect();
        f.debug_struct("Client").field("bases", &bases).finish_non_exhaustive()
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

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}
