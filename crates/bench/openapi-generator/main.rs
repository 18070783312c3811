//! Places orders with openapi-generator's client, and says how many seconds it took:
//! `client URL CALLS CONCURRENCY [CERTIFICATE]`.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use contract::apis::configuration::{ApiKey, Configuration};
use contract::apis::plesk_api::renew_plesk_subscription;
use contract::models::{Payment, PleskRenewalOrder};
use rustls::pki_types::{CertificateDer, pem::PemObject};

type Failure = Box<dyn Error + Send + Sync>;

async fn order(configuration: &Configuration) -> Result<(), Failure> {
    let subscription = "sub123-4567-8901-2345-678901234567".to_owned();
    let order = PleskRenewalOrder::new(subscription, 3, Payment::Balance);
    let renewal = renew_plesk_subscription(configuration, order).await?;
    renewal.order.flatten().map(|_| ()).ok_or("the answer is not the documented one".into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let (base_path, calls): (_, u64) = (next()?, next()?.parse()?);
    let concurrency: u64 = next()?.parse()?;

    let mut roots = rustls::RootCertStore::empty();
    if let Ok(certificate) = next() {
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let configuration = Arc::new(Configuration {
        base_path,
        user_agent: None,
        client: reqwest::Client::builder().tls_backend_preconfigured(tls).build()?,
        basic_auth: None,
        oauth_access_token: None,
        bearer_access_token: None,
        api_key: Some(ApiKey { prefix: None, key: "bench-key".to_owned() }),
    });

    order(&configuration).await?;
    let begun = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..concurrency {
        let configuration = Arc::clone(&configuration);
        lanes.spawn(async move {
            for _ in (lane..calls).step_by(usize::try_from(concurrency)?) {
                order(&configuration).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    println!("{}", begun.elapsed().as_secs_f64());
    Ok(())
}
