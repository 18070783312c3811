//! A connection's socket. It looks at how each request begins, and can break off within it.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use hyper::Uri;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    door::{Cut, Door},
    ending::Ending,
    line::Line,
};

/// Longest beginning that is waited for; a longer one is let through.
const LONGEST_LINE: usize = 16 * 1024;

/// What is known of a connection, shared between its socket and what answers on it.
#[derive(Clone, Default)]
pub(super) struct Link(Arc<Mutex<Place>>);

#[derive(Default)]
struct Place {
    within: bool,
    /// Where the request is to break off.
    cut: Option<Cut>,
    /// How the connection ends, if not well.
    ending: Option<Ending>,
}

impl Link {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request has been read, to its end or as far as it is to be. Says whether it may be answered.
    pub(super) fn read(&self, door: &Door) -> bool {
        let mut place = self.place();
        place.within = false;
        let Some(cut) = place.cut.take() else { return true };
        place.ending = Some(door.break_off(cut));
        false
    }

    pub(super) fn end(&self, ending: Ending) {
        self.place().ending = Some(ending);
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        self.place().ending.take()
    }
}

pub(super) struct Gate {
    stream: Line,
    door: Door,
    link: Link,
    /// What has been read and not been handed on.
    seen: Vec<u8>,
}

impl Gate {
    pub(super) fn new(stream: Line, door: Door, link: Link) -> Self {
        Self { stream, door, link, seen: Vec::new() }
    }

    pub(super) fn into_stream(self) -> Line {
        self.stream
    }

    /// Reads on, and says how much.
    fn more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [0; 8192];
        let mut chunk = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.seen.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(chunk.filled().len()))
    }
}

impl AsyncRead for Gate {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let link = this.link.clone();
        while !link.place().within {
            if let Some(line) = first_line(&this.seen) {
                let cut = target(line).and_then(|(method, target)| this.door.cut(method, &target));
                let mut place = link.place();
                (place.cut, place.within) = (cut, true);
            } else if this.seen.len() > LONGEST_LINE || ready!(this.more(cx))? == 0 {
                link.place().within = true;
            }
        }
        let left = link.place().cut.as_ref().map_or(usize::MAX, |cut| cut.left);
        if left == 0 {
            let _ = link.read(&this.door);
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        if this.seen.is_empty() {
            ready!(this.more(cx))?;
        }
        let length = this.seen.len().min(out.remaining()).min(left);
        out.put_slice(this.seen.get(..length).unwrap_or_default());
        drop(this.seen.drain(..length));
        if let Some(cut) = &mut link.place().cut {
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

impl AsyncWrite for Gate {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper would close what is about to be reset.
        if self.link.place().ending.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
