//! How a connection is made: name, TCP, a tunnel through a proxy where one was asked for, TLS.

use std::future::ready;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Uri, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::connection::Connection;
use super::socket::Socket;
use super::{Lost, after};
use crate::error::BoxError;

/// A connection over which nothing comes is looked after from then on, so often, and given up after so many.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(15), Duration::from_secs(15), 3);

/// What was written and is not acknowledged within this is lost.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// What a connector is told from outside.
pub(crate) struct ConnectorOptions {
    /// TLS included.
    pub(crate) timeout: Duration,
    pub(crate) proxy: Option<Uri>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) tls: rustls::ClientConfig,
}

/// Makes connections that speak HTTP/1.1, and nothing else. A redirect is an answer to it, and what fails is
/// not tried again.
pub(crate) struct Connector {
    timeout: Duration,
    direct: HttpsConnector<Tcp>,
    /// For `https://` alone: the proxy sees neither key nor order.
    tunnelled: Option<HttpsConnector<Tunnel<HttpsConnector<Tcp>>>>,
}

type Tcp = HttpConnector<Resolver>;

impl Connector {
    pub(crate) fn new(options: ConnectorOptions) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let (after, every, times) = KEEPALIVE;
        tcp.set_keepalive(Some(after));
        tcp.set_keepalive_interval(Some(every));
        tcp.set_keepalive_retries(Some(times));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let tunnelled = options.proxy.map(|proxy| {
            let mut tls = options.tls.clone();
            tls.alpn_protocols.clear();
            // Takes a user's name and password out of the URL.
            let matcher = Matcher::builder().https(proxy.to_string()).build();
            let found = matcher.intercept(&Uri::from_static("https://0xhost.com"));
            let to_proxy = HttpsConnector::from((tcp.clone(), tls));
            let uri = found.as_ref().map_or(proxy, |it| it.uri().clone());
            let mut tunnel = Tunnel::new(uri, to_proxy);
            if let Some(password) = found.and_then(|it| it.basic_auth().cloned()) {
                tunnel = tunnel.with_auth(password);
            }
            let names = HeaderMap::from_iter([(header::USER_AGENT, options.user_agent)]);
            HttpsConnector::from((tunnel.with_headers(names), options.tls.clone()))
        });
        let direct = HttpsConnector::from((tcp, options.tls));
        Self { timeout: options.timeout, direct, tunnelled }
    }

    pub(super) async fn connect(&self, origin: &Uri, until: Instant) -> Result<Connection, Lost> {
        let until = until.min(after(self.timeout));
        let connecting = async {
            match &self.tunnelled {
                Some(tunnelled) if origin.scheme_str() == Some("https") => {
                    made(tunnelled.clone(), origin).await
                }
                _ => made(self.direct.clone(), origin).await,
            }
        };
        match timeout_at(until, connecting).await {
            Ok(connection) => connection.map_err(|error| Lost::NoConnection(Some(error))),
            Err(_) => Err(Lost::NoConnection(None)),
        }
    }
}

async fn made<C>(mut connector: C, origin: &Uri) -> Result<Connection, BoxError>
where
    C: Service<Uri, Error = BoxError>,
    C::Response: hyper::rt::Read + hyper::rt::Write + Socket + Send + Unpin + 'static,
{
    std::future::poll_fn(|context| connector.poll_ready(context)).await?;
    let stream = connector.call(origin.clone()).await?;
    Ok(Connection::over(stream).await?)
}

/// The system's resolver. Loopback by name is loopback in fact (RFC 6761, 6.3), whatever that says.
#[derive(Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if name.as_str() == "localhost" {
            let loopback = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
            return Box::pin(ready(Ok(Vec::from(loopback).into_iter())));
        }
        let found = self.0.call(name);
        Box::pin(async move { Ok(found.await?.collect::<Vec<_>>().into_iter()) })
    }
}
