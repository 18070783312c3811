//! The clients that are compared: each places the same order, and reads what it was answered.

use std::path::Path;

use clap::ValueEnum;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use oxhost::contract::API_KEY_HEADER;
use oxhost::contract::operations::RENEW_PLESK_SUBSCRIPTION;
use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{Journal, Placed};
use serde::{Deserialize, Serialize};

use crate::Failure;

const KEY: &str = "bench-key";

/// Who places the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// hyper, whose answer is not even parsed.
    Hyper,
    /// reqwest and serde, as someone writes it by hand.
    Reqwest,
    /// The same, with a new connection for each order.
    ReqwestFresh,
    /// Our client's generated half, which reads what it is answered as progenitor does.
    Generated,
    /// Our helper.
    Helper,
    /// Our helper through a journal in a file.
    Journal,
}

/// Where the orders go.
pub(crate) struct Target<'a> {
    pub(crate) url: &'a str,
    /// PEM, where it speaks TLS.
    pub(crate) certificate: Option<&'a str>,
    /// Of the journal.
    pub(crate) folder: &'a Path,
}

/// A client that is ready to order.
#[derive(Clone)]
pub(crate) enum Client {
    Hyper(Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>, String),
    Reqwest(reqwest::Client, String),
    Generated(oxhost::Client),
    Helper(oxhost::Client),
    Journal(Journal, oxhost::Client),
}

#[derive(Serialize)]
struct Order<'a> {
    subscription_id: &'a str,
    months: u32,
    type_payment: &'a str,
}

/// What a user would read of the reply.
#[derive(Deserialize)]
struct Renewal {
    success: bool,
    order: Booked,
    subscription: Subscription,
    balance_after: String,
}

#[derive(Deserialize)]
struct Booked {
    id: String,
    amount: String,
    status: String,
}

#[derive(Deserialize)]
struct Subscription {
    id: String,
    new_expires_at: String,
}

const SUBSCRIPTION: &str = "sub123-4567-8901-2345-678901234567";
const ORDER: Order<'_> =
    Order { subscription_id: SUBSCRIPTION, months: 3, type_payment: "balance" };

impl Client {
    pub(crate) async fn new(kind: Kind, target: &Target<'_>) -> Result<Self, Failure> {
        let url = format!("{}{}", target.url, RENEW_PLESK_SUBSCRIPTION.path);
        Ok(match kind {
            Kind::Hyper => Self::Hyper(hyper(target)?, url),
            Kind::Reqwest => Self::Reqwest(reqwest(target, true)?, url),
            Kind::ReqwestFresh => Self::Reqwest(reqwest(target, false)?, url),
            Kind::Generated => Self::Generated(oxhost(target)?),
            Kind::Helper => Self::Helper(oxhost(target)?),
            Kind::Journal => {
                let journal = Journal::open_file(&target.folder.join("journal.db")).await?;
                // A baseline is a read more, which the others do not make.
                Self::Journal(journal.with_baseline(None), oxhost(target)?)
            }
        })
    }

    /// Places one order, and reads its answer. `number` tells the orders of a run apart.
    pub(crate) async fn order(&self, number: u64) -> Result<(), Failure> {
        match self {
            Self::Hyper(client, url) => {
                let body = Full::new(Bytes::from(serde_json::to_vec(&ORDER)?));
                let request = hyper::Request::post(url)
                    .header(API_KEY_HEADER, KEY)
                    .header("content-type", "application/json")
                    .body(body)?;
                let answer = client.request(request).await?.into_body().collect().await?;
                complete(!answer.to_bytes().is_empty())
            }
            Self::Reqwest(client, url) => {
                let request = client.post(url).header(API_KEY_HEADER, KEY).json(&ORDER);
                let renewal: Renewal = request.send().await?.error_for_status()?.json().await?;
                let texts = [
                    &renewal.order.id,
                    &renewal.order.amount,
                    &renewal.order.status,
                    &renewal.subscription.id,
                    &renewal.subscription.new_expires_at,
                    &renewal.balance_after,
                ];
                complete(renewal.success && texts.iter().all(|text| !text.is_empty()))
            }
            Self::Generated(client) => {
                let order = PleskRenewalOrder::new(SUBSCRIPTION, ORDER.months)?;
                let renewal = client.generated().renew_plesk_subscription(&order).await?;
                complete(renewal.order.is_some())
            }
            Self::Helper(client) => {
                let order = PleskRenewalOrder::new(SUBSCRIPTION, ORDER.months)?;
                let renewal = client.renew_plesk_subscription(&order).await?;
                complete(renewal.order.is_some() && renewal.warnings().is_empty())
            }
            Self::Journal(journal, client) => {
                // A subscription of its own: another order of the same one is looked at first.
                let order = PleskRenewalOrder::new(format!("sub-{number}"), ORDER.months)?;
                match journal.place(client, order, None).await? {
                    Placed::Sent(sent) => complete(sent.result.is_ok()),
                    _ => Err("the journal sent nothing".into()),
                }
            }
        }
    }
}

fn complete(whole: bool) -> Result<(), Failure> {
    if whole { Ok(()) } else { Err("the answer is not the documented one".into()) }
}

fn roots(certificate: Option<&str>) -> Result<rustls::RootCertStore, Failure> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = certificate {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
    }
    Ok(roots)
}

fn tls(certificate: Option<&str>) -> Result<rustls::ClientConfig, Failure> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(certificate)?)
        .with_no_client_auth())
}

fn hyper(
    target: &Target<'_>,
) -> Result<Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>, Failure> {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(target.certificate)?)
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Hyper::builder(TokioExecutor::new()).build(connector))
}

#[expect(clippy::disallowed_methods, reason = "this one is the yardstick")]
fn reqwest(target: &Target<'_>, keeps: bool) -> Result<reqwest::Client, Failure> {
    let mut builder =
        reqwest::Client::builder().tls_backend_preconfigured(tls(target.certificate)?);
    if !keeps {
        builder = builder.pool_max_idle_per_host(0);
    }
    Ok(builder.build()?)
}

fn oxhost(target: &Target<'_>) -> Result<oxhost::Client, Failure> {
    let mut builder = oxhost::Client::builder(KEY).base_url(target.url);
    if let Some(pem) = target.certificate {
        builder = builder.root_certificate(pem);
    }
    Ok(builder.build()?)
}
