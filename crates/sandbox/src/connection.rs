//! A connection: requests come in on it, are answered by a service, and may break off.

use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    header::{CONNECTION, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, ReadBuf, ReadHalf, join, split},
    net::TcpStream,
    time::sleep,
};

use crate::{
    control,
    exchange::{BODY_LIMIT, HEAD_LIMIT, Received, Reply},
    fault::WireFault,
    service::{Cut, Service},
    stream::{Stream, close},
};

/// A longer body is read to its end, so that its sender gets to see the refusal; but not for ever.
const PATIENCE: usize = 16 * 1024 * 1024;

/// Longest first line that is waited for; a request with a longer one is let through.
const LONGEST_LINE: usize = 16 * 1024;

/// A connection, shared between what reads from it and what answers on it.
struct Connection {
    service: Arc<Service>,
    turn: Mutex<Turn>,
}

/// Where a connection is.
#[derive(Default)]
struct Turn {
    within_request: bool,
    /// Where the request is to break off.
    cut: Option<Cut>,
    /// How the connection ends, if not well, and the reply that there would have been.
    end: Option<(WireFault, Reply)>,
}

/// Serves a connection to its end.
pub(crate) async fn converse(stream: TcpStream, service: Arc<Service>) {
    let mut fault = service.connection();
    if let Some(fault) = fault.take_if(|fault| fault.goes_on().is_none()) {
        drop(fault.play(Box::new(stream), Reply::default()).await);
        return;
    }
    let greeted: io::Result<Stream> = match &service.tls {
        #[cfg(feature = "tls")]
        Some(tls) => tls.greet(stream, fault).await,
        #[cfg(not(feature = "tls"))]
        Some(none) => match *none {},
        None => Ok(Box::new(stream)),
    };
    // Who does not like the certificate is gone.
    let Ok(stream) = greeted else { return };
    let (read, write) = split(stream);
    let connection = Arc::new(Connection { service, turn: Mutex::default() });
    let reader = Reader { stream: read, connection: Arc::clone(&connection), seen: Vec::new() };
    let service = service_fn(|request| Box::pin(connection.answer(request)));
    let mut builder = http1::Builder::new();
    // A client that closes its half after the request still wants the reply.
    builder.half_close(true).max_buf_size(HEAD_LIMIT);
    let mut served = builder.serve_connection(TokioIo::new(join(reader, write)), service);
    // A connection that fails concerns nobody but the client. hyper is not to shut it down: it may be
    // about to be reset.
    let _ = poll_fn(|cx| served.poll_without_shutdown(cx)).await;
    let (reader, write) = served.into_parts().io.into_inner().into_inner();
    let stream = reader.stream.unsplit(write);
    let end = connection.turn().end.take();
    let _ = match end {
        Some((fault, reply)) => fault.play(stream, reply).await,
        None => close(stream).await,
    };
}

impl Connection {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request has been read, to its end or as far as it is to be. Says whether it may be answered.
    fn has_read(&self) -> bool {
        let mut turn = self.turn();
        turn.within_request = false;
        let Some(cut) = turn.cut.take() else { return true };
        turn.end = Some((self.service.break_off(cut), Reply::default()));
        false
    }

    /// The answer. There is none if the request does not come as a whole, or the connection is to end
    /// otherwise.
    async fn answer(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let abandoned = || ErrorKind::ConnectionAborted.into();
        let (request, all_read) = receive(request).await.map_err(|_| abandoned())?;
        if !self.has_read() {
            return Err(abandoned());
        }
        let (mut reply, fault) = match control::answer(&self.service, &request) {
            Some(reply) => (reply, None),
            None => self.service.answer(&request),
        };
        if let Some(fault) = fault {
            let Some(late) = fault.goes_on() else {
                self.turn().end = Some((fault, reply));
                return Err(abandoned());
            };
            sleep(late).await;
        }
        if !all_read {
            reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(reply.map(Full::from))
    }
}

/// Reads a request, and says whether it was read to its end.
async fn receive(request: Request<Incoming>) -> hyper::Result<(Received, bool)> {
    let (head, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    let mut length = 0_usize;
    while length <= PATIENCE
        && let Some(frame) = incoming.frame().await
    {
        let Ok(data) = frame?.into_data() else { continue };
        length = length.saturating_add(data.len());
        let room = (BODY_LIMIT + 1).saturating_sub(body.len());
        body.extend_from_slice(data.get(..room).unwrap_or(&data));
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let received = Received {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.iter().map(|(name, it)| (name.to_string(), text(it))).collect(),
        body,
    };
    Ok((received, length <= PATIENCE))
}

/// What hyper reads from. It looks at how each request begins, and can break off within it.
struct Reader {
    stream: ReadHalf<Stream>,
    connection: Arc<Connection>,
    /// What has been read and not been handed on.
    seen: Vec<u8>,
}

impl Reader {
    /// Reads on, and says how much.
    fn more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [0; 8192];
        let mut chunk = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.seen.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(chunk.filled().len()))
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let connection = Arc::clone(&this.connection);
        while !connection.turn().within_request {
            if let Some(line) = first_line(&this.seen) {
                let service = &connection.service;
                let cut = target(line).and_then(|(method, target)| service.cut(method, &target));
                let mut turn = connection.turn();
                (turn.cut, turn.within_request) = (cut, true);
            } else if this.seen.len() > LONGEST_LINE || ready!(this.more(cx))? == 0 {
                connection.turn().within_request = true;
            }
        }
        let left = connection.turn().cut.as_ref().map_or(usize::MAX, |cut| cut.left);
        if left == 0 {
            let _ = connection.has_read();
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        if this.seen.is_empty() {
            ready!(this.more(cx))?;
        }
        let length = this.seen.len().min(out.remaining()).min(left);
        out.put_slice(this.seen.get(..length).unwrap_or_default());
        drop(this.seen.drain(..length));
        if let Some(cut) = &mut connection.turn().cut {
            cut.left -= length;
        }
        Poll::Ready(Ok(()))
    }
}

/// The first line, once it is there as a whole. Empty lines before it do not count.
fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.trim_ascii_start();
    bytes.split_inclusive(|byte| *byte == b'\n').next().filter(|line| line.ends_with(b"\n"))
}

/// Method and target of a request's first line.
fn target(line: &[u8]) -> Option<(&str, Uri)> {
    let mut words = str::from_utf8(line).ok()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    Some((method, target.parse().ok()?))
}
