//! The clock of the client under test: it stands still, until there is nothing left to wait for.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

/// For how long, by the clock on the wall, the client's may stand still.
const STUCK: Duration = Duration::from_secs(30);

/// A runtime on which time passes only where every task waits for it: it then leaps.
pub fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

/// Makes a call. Time stands still until `leaps`, although the call waits.
pub async fn still_until<T>(
    leaps: impl Fn() -> bool + Send + 'static,
    call: impl Future<Output = T>,
) -> T {
    let (ended, end) = channel::<()>();
    let stuck = Instant::now() + STUCK;
    // tokio does not advance a paused clock while a blocking task runs.
    let standstill = spawn_blocking(move || {
        while end.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
            if leaps() || Instant::now() > stuck {
                break;
            }
        }
    });
    let result = call.await;
    drop(ended);
    standstill.await.unwrap();
    result
}
