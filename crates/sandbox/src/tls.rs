//! TLS in front of the sandbox, with certificates that are good or not.

use std::{error::Error, io, net::SocketAddr, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{ServerConfig, crypto::ring};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::{fault::WireFault, stream::Stream};

/// The certificates of a sandbox, all of one root.
pub(crate) struct Tls {
    /// The root's certificate, as PEM.
    pub(crate) root: String,
    good: TlsAcceptor,
    expired: TlsAcceptor,
    other_name: TlsAcceptor,
}

impl Tls {
    /// For a sandbox at an address.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "oxhost sandbox root");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let here = vec![address.ip().to_string(), "localhost".to_owned()];
        let mut expired = CertificateParams::new(here.clone())?;
        expired.not_before = date_time_ymd(2020, 1, 1);
        expired.not_after = date_time_ymd(2021, 1, 1);
        let elsewhere = CertificateParams::new(["elsewhere.example".to_owned()])?;
        Ok(Self {
            root: issuer.pem(),
            good: acceptor(CertificateParams::new(here)?, &issuer)?,
            expired: acceptor(expired, &issuer)?,
            other_name: acceptor(elsewhere, &issuer)?,
        })
    }

    /// Shakes hands, with the certificate that the fault says.
    pub(crate) async fn greet(
        &self,
        stream: TcpStream,
        fault: Option<WireFault>,
    ) -> io::Result<Stream> {
        let acceptor = match fault {
            Some(WireFault::TlsExpired) => &self.expired,
            Some(WireFault::TlsName) => &self.other_name,
            _ => &self.good,
        };
        acceptor.accept(stream).await.map(|stream| Box::new(stream) as Stream)
    }
}

fn acceptor(
    params: CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<TlsAcceptor, Box<dyn Error + Send + Sync>> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
