//! Listening, and not listening: for a time, or always.

use std::{
    io,
    net::{self, SocketAddr},
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::mpsc::UnboundedReceiver,
    time::sleep,
};

use super::connection::converse;
use crate::service::Service;

/// Takes connections for a service.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
}

/// The port is to be closed for a time.
pub(crate) struct Closing {
    pub(crate) millis: u32,
    /// Told once it is closed.
    pub(crate) done: mpsc::Sender<()>,
}

impl Listener {
    /// Takes a listener into the running runtime.
    pub(crate) fn new(listener: net::TcpListener, service: Arc<Service>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener: TcpListener::from_std(listener)?, address, service })
    }

    /// Takes connections until the runtime ends, except while the port is closed.
    pub(crate) async fn serve(mut self, mut closings: UnboundedReceiver<Closing>) {
        loop {
            let closing = self.serve_until(&mut closings).await;
            drop(self.listener);
            // Kept by a socket that does not listen, or someone else might get the port.
            let mut socket = patiently(|| bound(self.address)).await;
            let _ = closing.done.send(());
            sleep(Duration::from_millis(closing.millis.into())).await;
            self.listener = loop {
                match socket.listen(1024) {
                    Ok(listener) => break listener,
                    Err(_) => socket = patiently(|| bound(self.address)).await,
                }
            };
        }
    }

    /// Takes connections until the port is to be closed.
    async fn serve_until(&self, closings: &mut UnboundedReceiver<Closing>) -> Closing {
        loop {
            let accepted = tokio::select! {
                biased;
                Some(closing) = closings.recv() => return closing,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    drop(tokio::spawn(converse(stream, Arc::clone(&self.service))));
                }
                // Out of file handles, most likely: wait for some to come back.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// A socket at an address that refuses connections, and that nobody else gets.
pub(crate) fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As the standard library does it. On Windows it means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Tries again until it works: in between, the port may be anyone's.
async fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> T {
    loop {
        match attempt() {
            Ok(done) => return done,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}
