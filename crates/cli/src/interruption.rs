//! Ctrl-C, or the word of a supervisor. A terminal that goes away counts as well.

use std::future::poll_fn;
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// What is said of an order that it came in time for.
pub(crate) const BEFORE: &str = "interrupted before anything was sent";

/// A file that may grow no further ends the process by a signal, and the word of an order with it, unless
/// someone listens: then writing fails, which is told (setrlimit(2)). The number is the same on all
/// platforms of ours.
#[cfg(unix)]
pub(crate) fn outlive_full_files() {
    const SIGXFSZ: i32 = 25;
    // Listening once is enough, and lasts as long as the process.
    drop(signal(SignalKind::from_raw(SIGXFSZ)));
}

#[cfg(not(unix))]
pub(crate) fn outlive_full_files() {}

/// What ends the command early.
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: [Option<Signal>; 4],
    #[cfg(windows)]
    signals: [Option<CtrlC>; 1],
}

impl Interruption {
    /// From now on, a signal does not end the process by itself.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        let signals = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::quit(),
            SignalKind::hangup(),
        ]
        .map(|kind| signal(kind).ok());
        #[cfg(windows)]
        let signals = [ctrl_c().ok()];
        Self { signals }
    }

    /// Ends when a signal has come, since this was made or last heard.
    pub(crate) fn heard(&mut self) -> impl Future<Output = ()> + Unpin {
        poll_fn(|context| {
            let heard =
                self.signals.iter_mut().flatten().any(|it| it.poll_recv(context).is_ready());
            if heard { Poll::Ready(()) } else { Poll::Pending }
        })
    }
}
