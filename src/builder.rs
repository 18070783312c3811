//! What a client can be told, and the HTTP client that is made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::env::VarError;
use std::sync::Arc;
use std::time::Duration;

use backon::ExponentialBuilder;
use http::{HeaderValue, Uri};
use reqwest::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::client::{Base, Client, Shared, is_loopback};
use crate::connections::{Connections, Connector, ConnectorOptions};
use crate::contract::OPERATIONS;
use crate::error::ConfigError;
use crate::secret::ApiKey;

#[cfg(test)]
mod tests;

/// Longest time to connect, unless told otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time for a whole call, unless told otherwise. Generous, for giving up early on an order
/// that is being booked makes it an unknown one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How often a read is repeated.
const READ_REPEATS: usize = 3;

/// The pause before a read is first repeated.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a [`Client`] can be told. Made by [`Client::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    api_key: String,
    base_url: Option<String>,
    host_urls: Vec<(String, String)>,
    connect_timeout: Option<Duration>,
    timeout: Duration,
    user_agent: String,
    proxy: Option<String>,
    root_certificate: Option<Vec<u8>>,
    repeat_reads: (usize, Duration),
    reuse_connections: bool,
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
}

impl ClientBuilder {
    pub(crate) fn new(api_key: String) -> Self {
        Self {
            api_key,
            base_url: None,
            host_urls: Vec::new(),
            connect_timeout: None,
            timeout: TIMEOUT,
            user_agent: concat!("oxhost/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            root_certificate: None,
            repeat_reads: (READ_REPEATS, READ_PAUSE),
            reuse_connections: true,
        }
    }

    /// Sends every operation to this URL, whatever its host: `https://`, or `http://` to loopback.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sends the operations of one host of the contract, such as `0xhost.net`, to this URL.
    pub fn host_url(mut self, host: impl Into<String>, url: impl Into<String>) -> Self {
        self.host_urls.push((host.into(), url.into()));
        self
    }

    /// Longest time to connect, TLS included: 10 s, or half the whole where that is less.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Longest time for a whole call: 120 s. An order that runs out of it is *unknown*.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the client names itself: `oxhost/` and its version.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Tunnels `https://` through this proxy. Proxies named in the environment are not used.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts this root certificate (PEM) as well as those of the system.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificate = Some(pem.into());
        self
    }

    /// How often a read that fails is repeated, and the pause before the first time: 3 times, after
    /// half a second. Each pause is twice the last, with jitter, or what `Retry-After` asks for, up to
    /// 120 s. Orders are never repeated.
    pub fn repeat_reads(mut self, times: usize, pause: Duration) -> Self {
        self.repeat_reads = (times, pause);
        self
    }

    /// Whether a read may go over a connection on which the server has answered another within the last second: yes.
    /// An order never does: it has a connection of its own, over which nothing goes before it or after, so that
    /// no answer but its own can come.
    pub fn reuse_connections(mut self, reuse: bool) -> Self {
        self.reuse_connections = reuse;
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`ConfigError`], for whatever is missing or cannot be used.
    pub fn build(self) -> Result<Client, ConfigError> {
        let key = if self.api_key.is_empty() {
            return Err(ConfigError::MissingKey);
        } else {
            ApiKey::new(self.api_key.as_str()).map_err(ConfigError::InvalidKey)?
        };
        let bases = self.bases()?;
        let connect_timeout = self.connect_timeout.unwrap_or(CONNECT_TIMEOUT.min(self.timeout / 2));
        if connect_timeout.is_zero() || connect_timeout >= self.timeout {
            return Err(ConfigError::InvalidTimeouts);
        }
        let user_agent =
            HeaderValue::from_str(&self.user_agent).map_err(|_| ConfigError::InvalidUserAgent)?;
        let proxy = self.proxy.as_deref().map(proxy_url).transpose()?;
        let encrypted = bases.values().any(|base| base.url.scheme() == "https");
        let tls = tls_config(encrypted, self.root_certificate.as_deref())?;
        let maker = maker(tls.clone())
            .map_err(|error| ConfigError::Setup(error.without_url().to_string()))?;
        let options = ConnectorOptions {
            timeout: connect_timeout,
            proxy,
            user_agent: user_agent.clone(),
            tls,
        };
        let connections = Connections::new(Connector::new(options), self.reuse_connections);
        let (times, pause) = self.repeat_reads;
        let repeat_reads = ExponentialBuilder::default()
            .with_max_times(times)
            .with_min_delay(pause)
            .with_max_delay(LONGEST_PAUSE.max(pause))
            .with_jitter();
        let shared = Shared {
            connections: Arc::new(connections),
            maker,
            key,
            bases,
            user_agent,
            timeout: self.timeout,
            repeat_reads,
        };
        Ok(Client { shared: Arc::new(shared), send_by: None })
    }

    /// The base URL of each server in the contract.
    fn bases(&self) -> Result<BTreeMap<&'static str, Base>, ConfigError> {
        let host = |server: &'static str| server.trim_start_matches("https://");
        let servers: BTreeSet<&'static str> = OPERATIONS.iter().map(|it| it.server).collect();
        let known: Vec<&str> = servers.iter().copied().map(host).collect();
        let unknown = self.host_urls.iter().find(|(given, _)| !known.contains(&given.as_str()));
        if let Some((given, _)) = unknown {
            let (given, known) = (given.clone(), known.join(", "));
            return Err(ConfigError::UnknownHost { given, known });
        }
        let base = |server: &'static str| {
            let own = self.host_urls.iter().rev().find(|(given, _)| given == host(server));
            let url = own.map(|(_, url)| url).or(self.base_url.as_ref());
            Ok((server, base_url(url.map_or(server, String::as_str))?))
        };
        servers.into_iter().map(base).collect()
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Key and URLs may hold secrets, and nothing else is worth showing.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<Base, ConfigError> {
    let url = Url::parse(text);
    let reason = match &url {
        Err(_) => "it is not a URL",
        Ok(url) if url.scheme() == "http" && !is_loopback(url) => {
            "http:// would show the key to everyone on the way; use https://"
        }
        Ok(url) if !["http", "https"].contains(&url.scheme()) => {
            "it is neither https:// nor http://"
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            "it holds a user name or password"
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            "it holds a query or a fragment"
        }
        Ok(_) => "",
    };
    let usable = url.ok().filter(|_| reason.is_empty());
    usable.and_then(Base::new).ok_or(ConfigError::InvalidUrl { what: "base URL", reason })
}

fn proxy_url(text: &str) -> Result<Uri, ConfigError> {
    let invalid = |reason| ConfigError::InvalidUrl { what: "proxy", reason };
    let url = Url::parse(text).map_err(|_| invalid("it is not a URL"))?;
    let spoken = ["http", "https"].contains(&url.scheme());
    if !spoken {
        return Err(invalid("it is neither http:// nor https://"));
    }
    url.as_str().parse().map_err(|_| invalid("it is not a URL"))
}

/// Makes the requests of generated code, and sends none: what is sent goes through [`Connections`].
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn maker(tls: rustls::ClientConfig) -> reqwest::Result<reqwest::Client> {
    // Told all that it would otherwise look for on the machine.
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()
}

/// ring, and the system's own trust. Said here, for reqwest without a provider panics.
fn tls_config(encrypted: bool, root: Option<&[u8]>) -> Result<rustls::ClientConfig, ConfigError> {
    let setup = |error: rustls::Error| ConfigError::Setup(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let roots = root.map(certificates).transpose()?.unwrap_or_default();
    if !encrypted {
        // A machine without any system certificates can still reach a sandbox.
        return Ok(builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth());
    }
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider).map_err(setup)?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A server that speaks HTTP/2 alone must say so before it is sent an order (RFC 7301, 3.2).
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(ConfigError::InvalidCertificate),
    }
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
