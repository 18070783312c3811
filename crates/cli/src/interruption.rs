//! Ctrl-C, or the word of a supervisor. A terminal that goes away counts as well.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// Signals so close together are one: timeout(1) sends its signal to the command and to its process group.
const TOGETHER: Duration = Duration::from_millis(100);

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

/// Whether someone, such as `nohup`, wants this to go on without its terminal. Only of a hangup: a shell has
/// Ctrl-C ignored by all that it starts in the background.
#[cfg(target_os = "linux")]
fn outlives_its_terminal() -> bool {
    const SIGHUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    // proc_pid_status(5): hexadecimal, the lowest bit for signal 1, which is this one.
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & SIGHUP_BIT != 0)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn outlives_its_terminal() -> bool {
    false
}

/// What ends the command early.
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: [Option<Signal>; 4],
    #[cfg(windows)]
    signals: [Option<CtrlC>; 1],
    last: Option<Instant>,
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
        .map(|kind| match kind == SignalKind::hangup() && outlives_its_terminal() {
            true => None,
            false => signal(kind).ok(),
        });
        #[cfg(windows)]
        let signals = [ctrl_c().ok()];
        Self { signals, last: None }
    }

    /// Ends when a signal has come, since this was made or last heard.
    pub(crate) fn heard(&mut self) -> impl Future<Output = ()> + Unpin {
        let Self { signals, last } = self;
        poll_fn(|context| {
            while signals.iter_mut().flatten().any(|it| it.poll_recv(context).is_ready()) {
                let before = last.replace(Instant::now());
                if before.is_none_or(|before| before.elapsed() >= TOGETHER) {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
    }
}
