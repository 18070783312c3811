//! A proxy that turns everybody away.

use std::{
    fmt,
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use hyper::StatusCode;

/// Longest head that is read.
const LONGEST_HEAD: usize = 64 * 1024;

/// How long a client may take for its head: one at a time is served.
const PATIENCE: Duration = Duration::from_secs(2);

/// An HTTP proxy on a free port of 127.0.0.1 that answers every request with a failure: 407 for one that
/// wants to know who asks, 502 for one that reaches nobody. Dropping it stops it.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let proxy = oxhost_sandbox::Proxy::start(407)?;
/// // … a client is set up with `proxy.url()`, and orders …
/// assert!(proxy.seen().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy that answers with a status.
    ///
    /// # Errors
    ///
    /// If the status is not from 400 to 599 ([`io::ErrorKind::InvalidInput`]), no port can be listened
    /// on, or the thread cannot be started.
    pub fn start(status: u16) -> io::Result<Self> {
        let status = StatusCode::from_u16(status).ok();
        let status = status.filter(|it| it.is_client_error() || it.is_server_error());
        let status = status.ok_or(io::ErrorKind::InvalidInput)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (seen, stopped) = <(Arc<Mutex<Vec<_>>>, Arc<AtomicBool>)>::default();
        let (heads, stop) = (Arc::clone(&seen), Arc::clone(&stopped));
        let serve = move || {
            for stream in listener.incoming().take_while(|_| !stop.load(Ordering::SeqCst)) {
                // A connection that fails concerns nobody but the client.
                drop(stream.and_then(|stream| refuse(stream, status, &heads)));
            }
        };
        let thread = thread::Builder::new().name("oxhost-sandbox-proxy".into()).spawn(serve)?;
        Ok(Self { address, seen, stopped, thread: Some(thread) })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was shown: the head of every request, byte for byte, and what came along with it. A
    /// connection that said nothing counts too, as empty.
    pub fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn refuse(mut stream: TcpStream, status: StatusCode, seen: &Mutex<Vec<Vec<u8>>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(length) => head.extend(chunk.iter().take(length)),
        }
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    let asks = if status == 407 { "proxy-authenticate: Basic realm=\"proxy\"\r\n" } else { "" };
    let page = format!("<html><body>{}</body></html>\n", status.as_u16());
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{asks}content-type: text/html\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{page}",
        page.len(),
    )?;
    stream.shutdown(Shutdown::Write)
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it from waiting for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address).finish_non_exhaustive()
    }
}
