//! A port at which nobody listens: for a time, or always.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, mpsc},
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use tokio::{net::TcpListener, sync::mpsc::UnboundedReceiver, time::sleep};

use super::{Door, listen, serve};
use crate::fault::Places;

/// A port of 127.0.0.1 that refuses connections, and that nobody else gets.
pub(crate) struct Dead {
    socket: Socket,
}

impl Dead {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { socket: silent((Ipv4Addr::LOCALHOST, 0).into())? })
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        let address = self.socket.local_addr()?.as_socket();
        Ok(address.ok_or(io::ErrorKind::AddrNotAvailable)?.port())
    }
}

/// The port is to be closed for a time.
pub(crate) struct Closing {
    pub(crate) millis: u32,
    /// Told once it is closed.
    pub(crate) done: mpsc::Sender<()>,
}

/// Serves connections until the runtime ends, except while the port is closed.
pub(crate) async fn closable(
    mut listener: TcpListener,
    address: SocketAddr,
    door: Door,
    places: Arc<Places>,
    mut closings: UnboundedReceiver<Closing>,
) {
    loop {
        let serving = tokio::spawn(serve(listener, door.clone(), Arc::clone(&places)));
        let Some(closing) = closings.recv().await else {
            // No more closings: this one serves to the end.
            drop(serving.await);
            return;
        };
        serving.abort();
        // The listener is gone once the task is.
        drop(serving.await);
        // Kept by a socket that does not listen, or someone else might get the port.
        let socket = patiently(|| silent(address)).await;
        let _ = closing.done.send(());
        sleep(Duration::from_millis(closing.millis.into())).await;
        listener = patiently(|| {
            socket.listen(1024)?;
            listen(socket.try_clone()?.into())
        })
        .await;
    }
}

fn silent(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // As the standard library does it. On Windows it means something else.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
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
