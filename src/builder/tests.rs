//! HTTP/2 is never spoken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::types::PleskRenewalOrder;
use crate::{Client, OrderError, Outcome};

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";
const REPLY: &str = r#"{"success": true, "order": {"id": "o"}}"#;

/// A frame, as every server begins (RFC 9113, 3.4).
const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

/// The type of the frame that begins a request (RFC 9113, 6.2).
const HEADERS: u8 = 1;

/// What a server does to every request over HTTP/2. Both mean that it may be sent again.
#[derive(Clone, Copy, Debug)]
enum Does {
    RefuseTheStream,
    GoAway,
}

/// A server that counts the requests it gets, by the version of HTTP.
#[derive(Default)]
struct Server {
    http_1: AtomicUsize,
    http_2: AtomicUsize,
}

impl Server {
    /// With TLS. Gives its URL, and the root to trust.
    async fn start(protocols: &[&[u8]], does: Does) -> (Arc<Self>, String, rcgen::Certificate) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let mut tls = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let server = Arc::new(Self::default());
        let counting = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let spoken = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
                let server = Arc::clone(&counting);
                if spoken {
                    tokio::spawn(async move { server.speak_http_2(stream, does).await });
                } else {
                    tokio::spawn(async move { server.speak_http_1(stream).await });
                }
            }
        });
        (server, url, certificate)
    }

    async fn speak_http_1(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut request = [0; 4096];
        if stream.read(&mut request).await.unwrap() > 0 {
            self.http_1.fetch_add(1, Ordering::SeqCst);
            let length = REPLY.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{REPLY}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    /// Reads frames until the client is gone, and turns every request away.
    async fn speak_http_2(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        does: Does,
    ) -> std::io::Result<()> {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await?;
        stream.write_all(&EMPTY_SETTINGS).await?;
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await?;
            let [long, longer, longest, kind, _, id @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, long, longer, longest]) as usize];
            stream.read_exact(&mut payload).await?;
            if kind == HEADERS {
                self.http_2.fetch_add(1, Ordering::SeqCst);
                let answer = match does {
                    Does::RefuseTheStream => [&[0, 0, 4, 3, 0][..], &id, &[0, 0, 0, 7]].concat(),
                    // No stream was looked at, and there was no error.
                    Does::GoAway => [&[0, 0, 8, 7, 0][..], &[0; 12]].concat(),
                };
                stream.write_all(&answer).await?;
            }
        }
    }

    /// Requests over HTTP/1 and HTTP/2.
    fn requests(&self) -> (usize, usize) {
        (self.http_1.load(Ordering::SeqCst), self.http_2.load(Ordering::SeqCst))
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(ring::default_provider())
}

async fn order(url: &str, root: impl Into<Option<rcgen::Certificate>>) -> Outcome {
    let mut builder = Client::builder("test-key").base_url(url);
    if let Some(root) = root.into() {
        builder = builder.root_certificate(root.pem());
    }
    let order = PleskRenewalOrder::new("sub-1", 1).unwrap();
    let result = builder.build().unwrap().renew_plesk_subscription(&order).await;
    result.map_or_else(|error| OrderError::outcome(&error), |_| Outcome::Accepted)
}

#[tokio::test]
async fn where_both_are_offered_http_1_is_spoken() {
    for does in [Does::RefuseTheStream, Does::GoAway] {
        let (server, url, root) = Server::start(&[HTTP_2, HTTP_1], does).await;
        assert_eq!(order(&url, root).await, Outcome::Accepted);
        assert_eq!(server.requests(), (1, 0), "{does:?}");
    }
}

#[tokio::test]
async fn where_http_2_alone_is_offered_nothing_is_sent() {
    let (server, url, root) = Server::start(&[HTTP_2], Does::GoAway).await;
    assert_eq!(order(&url, root).await, Outcome::NotSent);
    assert_eq!(server.requests(), (0, 0));
}

#[tokio::test]
async fn where_http_2_alone_is_understood_an_order_is_unknown_and_sent_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = tokio::spawn(async move {
        let mut orders = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut preface = [0; 5];
            if stream.read_exact(&mut preface).await.is_err() {
                break;
            }
            assert_eq!(&preface, b"POST ", "the client began HTTP/2");
            orders += 1;
            // That is no preface, so it ends here.
            stream.write_all(&EMPTY_SETTINGS).await.unwrap();
        }
        orders
    });
    let address = url.trim_start_matches("http://").to_owned();
    assert_eq!(order(&url, None).await, Outcome::Unknown);
    // Says nothing, and so ends the count.
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    assert_eq!(connections.await.unwrap(), 1);
}
