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
use oxhost::contract::operations::{GET_PLESK_SUBSCRIPTION, RENEW_PLESK_SUBSCRIPTION};
use oxhost::types::PleskRenewalOrder;
#[cfg(feature = "all")]
use oxhost_journal::Journal;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// What progenitor makes of the contract, and nobody else.
#[cfg(feature = "all")]
#[allow(missing_docs, missing_debug_implementations, unreachable_pub, dead_code, unused_imports)]
#[allow(clippy::all, clippy::disallowed_types, clippy::disallowed_methods, clippy::unwrap_used)]
#[allow(clippy::expect_used, clippy::panic, clippy::missing_errors_doc, rustdoc::all)]
mod bare {
    include!(concat!(env!("OUT_DIR"), "/bare.rs"));
}

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
    /// What progenitor makes of the contract, without any of ours.
    #[cfg(feature = "all")]
    Progenitor,
    /// Our client's generated half, which reads what it is answered as progenitor does.
    Generated,
    /// Our helper.
    Helper,
    /// Our helper through a journal in a file.
    #[cfg(feature = "all")]
    Journal,
}

/// Where the orders go.
pub(crate) struct Target<'a> {
    pub(crate) url: &'a str,
    /// PEM, where it speaks TLS.
    pub(crate) certificate: Option<&'a str>,
    /// Of the journal.
    #[cfg_attr(not(feature = "all"), expect(dead_code, reason = "there is none"))]
    pub(crate) folder: &'a Path,
}

/// A client that is ready to order.
#[derive(Clone)]
pub(crate) enum Client {
    Hyper(Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>, String),
    Reqwest(reqwest::Client, Urls),
    #[cfg(feature = "all")]
    Progenitor(bare::Client),
    Generated(oxhost::Client),
    Helper(oxhost::Client),
    #[cfg(feature = "all")]
    Journal(Journal, oxhost::Client),
}

/// Of the order, and of the read before it.
#[derive(Clone)]
pub(crate) struct Urls {
    order: String,
    read: String,
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

/// What a user would compare of a subscription.
#[derive(Deserialize)]
struct Detail {
    success: bool,
    subscription: Standing,
    orders: Vec<Past>,
}

#[derive(Deserialize)]
struct Standing {
    id: String,
    expires_at: String,
    plan_name: String,
    price: String,
}

#[derive(Deserialize)]
struct Past {
    id: String,
    order_number: String,
    amount: String,
    status: String,
    created_at: String,
}

const SUBSCRIPTION: &str = "sub123-4567-8901-2345-678901234567";
const ORDER: Order<'_> =
    Order { subscription_id: SUBSCRIPTION, months: 3, type_payment: "balance" };

impl Client {
    pub(crate) async fn new(kind: Kind, target: &Target<'_>) -> Result<Self, Failure> {
        let order = format!("{}{}", target.url, RENEW_PLESK_SUBSCRIPTION.path);
        let read = format!("{}{}?id={SUBSCRIPTION}", target.url, GET_PLESK_SUBSCRIPTION.path);
        let urls = Urls { order, read };
        Ok(match kind {
            Kind::Hyper => Self::Hyper(hyper(target)?, urls.order),
            Kind::Reqwest => Self::Reqwest(reqwest(target, true)?.build()?, urls),
            Kind::ReqwestFresh => Self::Reqwest(reqwest(target, false)?.build()?, urls),
            #[cfg(feature = "all")]
            Kind::Progenitor => {
                // It does not read `security`: the key is put in as its documentation does.
                let key = reqwest::header::HeaderValue::from_static(KEY);
                let headers = [(API_KEY_HEADER.parse()?, key)].into_iter().collect();
                let client = reqwest(target, true)?.default_headers(headers).build()?;
                Self::Progenitor(bare::Client::new_with_client(target.url, client))
            }
            Kind::Generated => Self::Generated(oxhost(target)?),
            Kind::Helper => Self::Helper(oxhost(target)?),
            #[cfg(feature = "all")]
            Kind::Journal => {
                let journal = Journal::open_file(&target.folder.join("journal.db")).await?;
                // A baseline is a read more, which the others do not make.
                Self::Journal(journal.with_baseline(None), oxhost(target)?)
            }
        })
    }

    /// Places one order, and reads its answer. `number` tells the orders of a run apart.
    #[cfg_attr(not(feature = "all"), expect(unused_variables, reason = "only the journal does"))]
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
            Self::Reqwest(client, urls) => {
                let request = client.post(&urls.order).header(API_KEY_HEADER, KEY).json(&ORDER);
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
            #[cfg(feature = "all")]
            Self::Progenitor(client) => {
                let order = bare::types::PleskRenewalOrder {
                    months: ORDER.months.try_into()?,
                    new_plan_id: None,
                    subscription_id: SUBSCRIPTION.parse()?,
                    type_payment: bare::types::Payment::Balance,
                };
                let renewal = client.renew_plesk_subscription(&order).await?;
                complete(renewal.order.is_some())
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
            #[cfg(feature = "all")]
            Self::Journal(journal, client) => {
                // A subscription of its own: another order of the same one is looked at first.
                let order = PleskRenewalOrder::new(format!("sub-{number}"), ORDER.months)?;
                match journal.place(client, order, None).await? {
                    oxhost_journal::Placed::Sent(sent) => complete(sent.result.is_ok()),
                    _ => Err("the journal sent nothing".into()),
                }
            }
        }
    }

    /// Reads what the journal reads before this order, to compare with later.
    pub(crate) async fn read(&self) -> Result<(), Failure> {
        match self {
            Self::Reqwest(client, urls) => {
                let request = client.get(&urls.read).header(API_KEY_HEADER, KEY);
                let detail: Detail = request.send().await?.error_for_status()?.json().await?;
                let Standing { id, expires_at, plan_name, price } = &detail.subscription;
                let orders = detail.orders.iter().flat_map(|order| {
                    let Past { id, order_number, amount, status, created_at } = order;
                    [id, order_number, amount, status, created_at]
                });
                let mut texts = [id, expires_at, plan_name, price].into_iter().chain(orders);
                complete(detail.success && texts.all(|text| !text.is_empty()))
            }
            Self::Helper(client) => {
                let detail = client.get_plesk_subscription(&SUBSCRIPTION.parse()?).await?;
                let detail = detail.exact();
                complete(detail.subscription.is_some() && detail.orders.is_some())
            }
            _ => Err("this client has no read here".into()),
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
fn reqwest(target: &Target<'_>, keeps: bool) -> Result<reqwest::ClientBuilder, Failure> {
    let mut builder =
        reqwest::Client::builder().tls_backend_preconfigured(tls(target.certificate)?);
    if !keeps {
        builder = builder.pool_max_idle_per_host(0);
    }
    Ok(builder)
}

fn oxhost(target: &Target<'_>) -> Result<oxhost::Client, Failure> {
    let mut builder = oxhost::Client::builder(KEY).base_url(target.url);
    if let Some(pem) = target.certificate {
        builder = builder.root_certificate(pem);
    }
    Ok(builder.build()?)
}
