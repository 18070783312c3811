//! Ctrl-C, or the word of a supervisor.

use std::future::poll_fn;
use std::task::Poll;

/// Heard from this call on, not only once it is awaited. A terminal that goes away counts as well.
pub(crate) fn interruption() -> impl Future<Output = ()> + Unpin {
    #[cfg(unix)]
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
            .map(|kind| signal(kind).ok())
    };
    #[cfg(windows)]
    let mut signals = [tokio::signal::windows::ctrl_c().ok()];
    poll_fn(move |context| {
        let heard = signals.iter_mut().flatten().any(|it| it.poll_recv(context).is_ready());
        if heard { Poll::Ready(()) } else { Poll::Pending }
    })
}
