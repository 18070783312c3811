//! A provider that answers every order with the documented reply to a renewal, and every read with that about a
//! subscription, as quickly as it can.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use oxhost::contract::Operation;
use oxhost::contract::operations::{GET_PLESK_SUBSCRIPTION, RENEW_PLESK_SUBSCRIPTION};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::Failure;

/// Where it is reached, and what must be trusted for that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) plain: String,
    pub(crate) tls: String,
    /// PEM.
    pub(crate) certificate: String,
}

/// Serves until the process is ended, once it has told where.
pub(crate) async fn serve(
    latency: Duration,
    announce: impl FnOnce(&Announcement),
) -> Result<(), Failure> {
    let name = Ipv4Addr::LOCALHOST.to_string();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let (plain, tls) = (listener().await?, listener().await?);
    announce(&Announcement {
        plain: format!("http://{}", plain.local_addr()?),
        tls: format!("https://{}", tls.local_addr()?),
        certificate: cert.pem(),
    });
    let contract = std::fs::read_to_string(crate::root().join("openapi.yaml"))?;
    let contract = serde_saphyr::from_str(&contract)?;
    let replies = Replies {
        latency,
        renewal: documented(&contract, &RENEW_PLESK_SUBSCRIPTION)?,
        subscription: documented(&contract, &GET_PLESK_SUBSCRIPTION)?,
    };
    tokio::try_join!(accept(plain, None, replies.clone()), accept(tls, Some(acceptor), replies))?;
    Ok(())
}

#[derive(Clone)]
struct Replies {
    latency: Duration,
    renewal: Bytes,
    subscription: Bytes,
}

/// The contract's example of a reply.
fn documented(contract: &serde_json::Value, operation: &Operation) -> Result<Bytes, Failure> {
    let (path, method) = (operation.path.replace('/', "~1"), operation.method.to_lowercase());
    let example = format!("/paths/{path}/{method}/responses/200/content/application~1json/example");
    let reply = contract.pointer(&example).ok_or("the contract has no example of the reply")?;
    Ok(Bytes::from(reply.to_string()))
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    replies: Replies,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (tls, replies) = (tls.clone(), replies.clone());
        tokio::spawn(async move {
            match tls {
                None => answer(TokioIo::new(stream), replies).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        answer(TokioIo::new(stream), replies).await;
                    }
                }
            }
        });
    }
}

async fn listener() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

async fn answer(stream: impl Read + Write + Unpin, replies: Replies) {
    let http = hyper::server::conn::http1::Builder::new();
    // A client that goes away in the middle is none of its business.
    let _ = http.serve_connection(stream, service_fn(|request| reply(request, &replies))).await;
}

async fn reply(
    request: Request<Incoming>,
    replies: &Replies,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let reply =
        if request.method() == Method::GET { &replies.subscription } else { &replies.renewal };
    let _ = request.into_body().collect().await;
    if !replies.latency.is_zero() {
        tokio::time::sleep(replies.latency).await;
    }
    let mut response = Response::new(Full::new(reply.clone()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
