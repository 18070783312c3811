//! Proxies: none but the one that was asked for, and that one sees neither key nor order.

use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, http};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use oxhost::{Client, ClientBuilder, OrderError};
use oxhost_sandbox::{SUBSCRIPTION_ID, Sandbox};

use crate::documented::renewal;

fn to(sandbox: &Sandbox) -> ClientBuilder {
    let builder = Client::builder(sandbox.key()).base_url(sandbox.url());
    match sandbox.root_certificate() {
        Some(root) => builder.root_certificate(root),
        None => builder,
    }
}

/// A proxy that makes tunnels, and keeps all that a client sends it.
struct Tunnels {
    url: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Tunnels {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keeping = Arc::clone(&seen);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, seen) = (client.unwrap(), Arc::clone(&keeping));
                thread::spawn(move || tunnel(client, &seen));
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }
}

fn tunnel(mut client: TcpStream, seen: &Mutex<Vec<u8>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    seen.lock().unwrap().extend(&head);
    let target = String::from_utf8(head).unwrap();
    let target = target.strip_prefix("CONNECT ")?.split(' ').next()?;
    let mut server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
    let (mut back, mut from) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        seen.lock().unwrap().extend(&buffer[..length]);
        server.write_all(&buffer[..length]).ok()?;
    }
    server.shutdown(Shutdown::Write).ok()
}

#[tokio::test]
async fn an_order_goes_through_a_tunnel_that_shows_neither_key_nor_order() {
    let (sandbox, proxy) = (Sandbox::builder().tls().start().unwrap(), Tunnels::start());
    let client = to(&sandbox).proxy(&proxy.url).build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (1, 1));
    let seen = proxy.seen();
    let address = sandbox.url().trim_start_matches("https://");
    assert!(seen.starts_with(&format!("CONNECT {address} HTTP/1.1\r\n")), "{seen}");
    assert!(seen.len() > 1000, "the order went through it, as what nobody can read");
    for secret in [sandbox.key(), SUBSCRIPTION_ID, API_KEY_HEADER, "months", "create_order"] {
        assert!(!seen.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_order_goes_through_a_tunnel_of_its_own() {
    let (sandbox, proxy) = (Sandbox::builder().tls().start().unwrap(), Tunnels::start());
    let client = to(&sandbox).proxy(&proxy.url).build().unwrap();
    client.get_plesk_subscription(&renewal().subscription_id).await.unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (2, 1));
    let seen = proxy.seen();
    assert_eq!(seen.matches("CONNECT ").count(), 2, "{seen}");
}

#[tokio::test]
async fn a_proxy_is_told_the_name_and_password_in_its_url() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    let proxy = ByteServer::answering(http("502 Bad Gateway", &[], ""));
    let url = proxy.url().replace("http://", "http://user:p%40ss@");
    let client = to(&sandbox).proxy(url).build().unwrap();
    let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("p%40ss"), "{error:?}");
    let [seen] = &proxy.requests()[..] else { panic!("asked more than once") };
    // `user:p@ss` (RFC 7617, 2).
    assert_eq!(seen.header("proxy-authorization"), ["Basic dXNlcjpwQHNz"]);
}

#[tokio::test]
async fn a_proxy_is_not_shown_what_goes_to_loopback_without_tls() {
    let (sandbox, proxy) = (Sandbox::start().unwrap(), Tunnels::start());
    let client = to(&sandbox).proxy(&proxy.url).build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!((sandbox.ledger().len(), proxy.seen().as_str()), (1, ""));
}

#[tokio::test]
async fn what_a_proxy_turns_away_is_not_sent() {
    for status in ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway", "504 x"]
    {
        let sandbox = Sandbox::builder().tls().start().unwrap();
        let asks = ["content-type: text/html", "proxy-authenticate: Basic realm=\"proxy\""];
        let proxy = ByteServer::answering(http(status, &asks, "<html><body>No</body></html>"));
        let client = to(&sandbox).proxy(proxy.url()).build().unwrap();
        let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
        assert!(matches!(error, OrderError::NotSent(_)), "{status}: {error}");
        assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (0, 0));
        let [seen] = &proxy.requests()[..] else { panic!("{status}: asked more than once") };
        assert!(seen.head.starts_with("CONNECT ") && seen.body.is_empty(), "{seen:?}");
        assert!(!seen.head.contains(sandbox.key()), "{seen:?}");
    }
}

#[tokio::test]
async fn what_a_proxy_does_not_answer_is_not_sent() {
    let sandbox = Sandbox::builder().tls().start().unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = to(&sandbox)
        .proxy(format!("http://{}", proxy.local_addr().unwrap()))
        .connect_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    assert!(matches!(error, OrderError::NotSent(_)), "{error}");
    assert_eq!(error.failure().reason(), "no connection in time");
    assert_eq!(sandbox.requests().len(), 0);
}

/// Runs itself again, with the proxy in the environment: that of a process cannot be changed safely.
#[test]
fn proxies_in_the_environment_are_not_used() {
    const AGAIN: &str = "OXHOST_TEST_WITH_PROXIES";
    if std::env::var_os(AGAIN).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(with_proxies_in_the_environment());
    }
    let proxy = ByteServer::answering(http("502 Bad Gateway", &[], ""));
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "proxies::proxies_in_the_environment_are_not_used"]).env(AGAIN, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        again.env(name, proxy.url()).env(name.to_lowercase(), proxy.url());
    }
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let [seen] = &proxy.requests()[..] else { panic!("not the control alone") };
    assert!(seen.head.starts_with("GET http://"), "{seen:?}");
}

#[expect(clippy::disallowed_methods, reason = "the control is the default")]
async fn with_proxies_in_the_environment() {
    for sandbox in [Sandbox::start(), Sandbox::builder().tls().start()] {
        let sandbox = sandbox.unwrap();
        let client = to(&sandbox).build().unwrap();
        client.renew_plesk_subscription(&renewal()).await.unwrap();
        assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (1, 1));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let shipped = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(shipped.get(sandbox.url()).send().await.unwrap().status(), 502);
    assert_eq!(sandbox.requests().len(), 0, "the environment is in force");
}
