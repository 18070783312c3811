//! TLS, and what can go wrong with it.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use oxhost_sandbox::{Fault, KEY, Sandbox};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::client::{SERVERS, extension, key_header};

/// Orders an hour over TLS, trusting the sandbox's root and nobody else.
fn order(sandbox: &Sandbox) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    let root = sandbox.root_certificate().unwrap();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = sandbox.url().strip_prefix("https://").unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_millis(400)))?;
    let mut stream = StreamOwned::new(connection, stream);
    let body = extension(1).to_string();
    let (length, key) = (body.len(), key_header());
    let request = format!(
        "POST {SERVERS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}: {KEY}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    // At once: a connection that is reset in between would fail as it is written, too.
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn inject(sandbox: &Sandbox, fault: &str) {
    sandbox.inject(fault.parse::<Fault>().unwrap());
}

#[test]
fn an_order_over_tls_is_like_any_other_and_faults_meet_it_too() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    assert!(order(&sandbox).unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    inject(&sandbox, "after:close-reply@12");
    assert_eq!(order(&sandbox).unwrap(), "HTTP/1.1 200");
    inject(&sandbox, "after:reset-reply@12");
    assert_eq!(order(&sandbox).unwrap_err().kind(), ErrorKind::ConnectionReset);
    inject(&sandbox, "before:reset-request@30");
    assert_eq!(order(&sandbox).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!((sandbox.ledger().len(), sandbox.faults_fired().len()), (3, 3));
}

#[test]
fn a_certificate_that_is_expired_or_for_another_name_ends_a_careful_client_before_its_request() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    for (fault, reason) in
        [("connect:tls-expired", "Expired"), ("connect:tls-name", "NotValidForName")]
    {
        inject(&sandbox, fault);
        let error = format!("{:?}", order(&sandbox).unwrap_err());
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!((sandbox.requests(), sandbox.faults_fired().len()), (vec![], 2));
    assert!(order(&sandbox).unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_handshake_can_stall() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    inject(&sandbox, "tls-stall");
    assert_eq!(order(&sandbox).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!((sandbox.requests(), sandbox.faults_fired().len()), (vec![], 1));
}

#[test]
fn faults_of_tls_leave_a_sandbox_without_it_alone() {
    let sandbox = Sandbox::start().unwrap();
    inject(&sandbox, "tls-stall");
    assert_eq!(sandbox.root_certificate(), None);
    assert_eq!(crate::client::extend(&sandbox, 1).status, 200);
    assert_eq!(sandbox.faults_waiting().len(), 1);
}
