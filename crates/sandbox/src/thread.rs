//! The thread that a sandbox runs on.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
};

use tokio::{
    runtime,
    sync::{mpsc::UnboundedReceiver, oneshot},
};

use crate::{
    fault::Places,
    http::{self, Closing, Door},
};

/// What the thread serves.
pub(crate) struct Task {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) door: Door,
    pub(crate) elsewhere: TcpListener,
    pub(crate) away: Door,
    pub(crate) places: Arc<Places>,
}

/// The thread: tells whether it could start, then serves until it is stopped.
pub(crate) fn run(
    task: Task,
    closings: UnboundedReceiver<Closing>,
    started: &mpsc::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let served = runtime.and_then(|runtime| {
        let entered = runtime.enter();
        task.spawn(closings)?;
        drop(entered);
        Ok(runtime)
    });
    match served {
        Ok(runtime) => {
            let _ = started.send(Ok(()));
            // Sent or dropped, either means: stop.
            let _ = runtime.block_on(stopped);
        }
        Err(error) => {
            let _ = started.send(Err(error));
        }
    }
}

impl Task {
    /// Serves in the running runtime.
    fn spawn(self, closings: UnboundedReceiver<Closing>) -> io::Result<()> {
        let listener = http::listen(self.listener)?;
        let elsewhere = http::listen(self.elsewhere)?;
        drop(tokio::spawn(http::serve(elsewhere, self.away, Arc::clone(&self.places))));
        let front = http::closable(listener, self.address, self.door, self.places, closings);
        drop(tokio::spawn(front));
        Ok(())
    }
}
