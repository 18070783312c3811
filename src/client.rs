//! The client, and everything that it can be told.

use std::collections::{BTreeMap, BTreeSet};
use std::env::VarError;
use std::time::Duration;

use backon::ExponentialBuilder;
use http::HeaderValue;
use reqwest::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::{OPERATIONS, Operation};
use crate::error::{ConfigError, Error, Failure};
use crate::generated;
use crate::reply::Accepted;
use crate::secret::ApiKey;
use crate::transport::{HttpOptions, Slot, Transport, http_client};

/// Longest time to connect, unless told otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time for a whole call, unless told otherwise. Generous, for giving up early on an order
/// that is being booked makes it an unknown one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How often a read is repeated.
const READ_AGAIN: usize = 3;

/// The pause before a read is first repeated.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

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
        ClientBuilder {
            api_key: api_key.into(),
            base_url: None,
            host_urls: Vec::new(),
            connect_timeout: None,
            timeout: TIMEOUT,
            user_agent: concat!("oxhost/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            root_certificate: None,
            read_again: (READ_AGAIN, READ_PAUSE),
        }
    }

    /// The generated client, for operations that have no helper. Key, host, transport rules and
    /// redaction apply to it; see [`generated`].
    pub fn generated(&self) -> generated::Client {
        self.transport.generated()
    }

    /// Where this client sends an operation.
    pub fn url(&self, operation: &Operation) -> Option<String> {
        self.transport.url(operation).map(String::from)
    }

    /// Makes one call of the generated client, and tells how it ended.
    pub(crate) async fn call<T, E>(
        &self,
        call: impl AsyncFnOnce(generated::Client) -> Result<generated::ResponseValue<T>, E>,
    ) -> Result<Accepted<T>, Error>
    where
        T: DeserializeOwned + Serialize + Default,
    {
        let slot = Slot::default();
        // The slot holds the whole truth; generated code is asked for the type alone.
        let _ = call(self.transport.generated_with(slot.clone())).await;
        match slot.take() {
            Some(outcome) => outcome.map(Accepted::new),
            None => {
                Err(Error::NotSent(Box::new(Failure::new(None, "the request could not be made"))))
            }
        }
    }
}

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
    read_again: (usize, Duration),
}

impl ClientBuilder {
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
    pub fn read_again(mut self, times: usize, pause: Duration) -> Self {
        self.read_again = (times, pause);
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
        let encrypted = bases.values().any(|url| url.scheme() == "https");
        let tls = tls_config(encrypted, self.root_certificate.as_deref())?;
        let http = http_client(HttpOptions {
            connect_timeout,
            timeout: self.timeout,
            user_agent,
            proxy,
            tls,
        })
        .map_err(|error| ConfigError::Setup(error.without_url().to_string()))?;
        let (times, pause) = self.read_again;
        let read_again = ExponentialBuilder::default()
            .with_max_times(times)
            .with_min_delay(pause)
            .with_max_delay(LONGEST_PAUSE.max(pause))
            .with_jitter();
        Ok(Client { transport: Transport::new(http, key, bases, read_again) })
    }

    /// The base URL of each server in the contract.
    fn bases(&self) -> Result<BTreeMap<&'static str, Url>, ConfigError> {
        let servers: BTreeSet<&'static str> =
            OPERATIONS.iter().map(|operation| operation.server).collect();
        let host = |server: &'static str| server.trim_start_matches("https://");
        for (given, _) in &self.host_urls {
            if !servers.iter().any(|server| host(server) == given) {
                let known: Vec<&str> = servers.iter().map(|server| host(server)).collect();
                return Err(ConfigError::UnknownHost {
                    given: given.clone(),
                    known: known.join(", "),
                });
            }
        }
        let mut bases = BTreeMap::new();
        for server in servers {
            let own = self.host_urls.iter().rev().find(|(given, _)| given == host(server));
            let url = own.map(|(_, url)| url).or(self.base_url.as_ref());
            bases.insert(server, base_url(url.map_or(server, String::as_str))?);
        }
        Ok(bases)
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Key and URLs may hold secrets, and nothing else is worth showing.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

/// A variable of the environment; an empty one counts as unset. One that cannot be read is not unset:
/// the order would go to the provider instead.
fn variable(name: &'static str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::InvalidVariable(name)),
    }
}

fn base_url(text: &str) -> Result<Url, ConfigError> {
    let invalid = |reason| ConfigError::InvalidUrl { what: "base URL", reason };
    let url = Url::parse(text).map_err(|_| invalid("it is not a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(invalid("http:// would show the key to everyone on the way; use https://"));
        }
        _ => return Err(invalid("it is neither https:// nor http://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it holds a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it holds a query or a fragment"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

fn proxy_url(text: &str) -> Result<Url, ConfigError> {
    let invalid = |reason| ConfigError::InvalidUrl { what: "proxy", reason };
    let url = Url::parse(text).map_err(|_| invalid("it is not a URL"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(invalid("it is neither http:// nor https://")),
    }
}

/// ring, and the system's own trust. Said here, for reqwest without a provider panics.
fn tls_config(encrypted: bool, root: Option<&[u8]>) -> Result<rustls::ClientConfig, ConfigError> {
    let setup = |error: rustls::Error| ConfigError::Setup(error.to_string());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
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
        .with_custom_certificate_verifier(std::sync::Arc::new(verifier))
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
