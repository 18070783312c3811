//! When the first byte of a request may be written.

use std::io::Write as _;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::{Attempt, Mutex, Socket, Stage};
use crate::deadline::Deadline;

/// A client's end, and whether TLS is spoken on it.
struct End(TcpStream, bool);

impl Socket for End {
    fn tcp(&self) -> &TcpStream {
        &self.0
    }

    fn is_encrypted(&self) -> bool {
        self.1
    }
}

/// What the server has done before the request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Waits,
    Speaks,
    Closes,
}

async fn connected(server: Server, is_encrypted: bool) -> (End, std::net::TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let mut far = listener.accept().await.unwrap().0.into_std().unwrap();
    match server {
        Server::Waits => {}
        Server::Speaks => far.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap(),
        Server::Closes => far.shutdown(std::net::Shutdown::Write).unwrap(),
    }
    (End(near, is_encrypted), far)
}

fn attempt(is_reused: bool, send_by: Option<Deadline>) -> Attempt {
    Attempt { send_by, is_reused, is_last: false, stage: Mutex::new(Stage::Waiting) }
}

#[tokio::test]
async fn it_may_on_an_open_connection_on_which_nothing_waits_to_be_read() {
    for is_reused in [false, true] {
        for is_encrypted in [false, true] {
            for server in [Server::Waits, Server::Speaks, Server::Closes] {
                let (end, _far) = connected(server, is_encrypted).await;
                let attempt = attempt(is_reused, None);
                // Tickets of TLS come of their own accord after the handshake.
                let may = match server {
                    Server::Waits => true,
                    Server::Speaks => is_encrypted && !is_reused,
                    Server::Closes => false,
                };
                let case = format!("{server:?}, reused {is_reused}, encrypted {is_encrypted}");
                assert_eq!(attempt.may_begin(&end), may, "{case}");
                assert_eq!(attempt.may_begin(&end), may, "it said otherwise before: {case}");
                let stage = if may { Stage::Written } else { Stage::Withdrawn };
                assert!(attempt.end() == stage, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn it_may_not_past_the_deadline() {
    let (end, _far) = connected(Server::Waits, false).await;
    let [past, far] = [0, 600].map(|seconds| Deadline::after(Duration::from_secs(seconds)));
    let late = attempt(false, Some(past.clone()));
    assert!(!late.may_begin(&end));
    assert!(late.end() == Stage::TooLate);
    let in_time = attempt(false, Some(far.clone()));
    assert!(!far.has_begun());
    assert!(in_time.may_begin(&end));
    assert!(far.has_begun() && !past.has_begun());
}

#[tokio::test]
async fn it_may_not_once_the_call_was_told_that_nothing_was_written() {
    let (end, _far) = connected(Server::Waits, false).await;
    let attempt = attempt(false, None);
    assert!(attempt.end() == Stage::Withdrawn);
    assert!(!attempt.may_begin(&end));
    assert!(attempt.end() == Stage::Withdrawn);
}
