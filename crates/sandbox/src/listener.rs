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

use crate::{connection::converse, service::Service};

/// The port is to be closed for a time.
pub(crate) struct Closing {
    pub(crate) millis: u32,
    /// Told once it is closed.
    pub(crate) done: mpsc::Sender<()>,
}

/// Takes connections for a service until the present runtime ends, except while the port is closed.
pub(crate) fn serve(
    listener: net::TcpListener,
    service: Arc<Service>,
    closings: UnboundedReceiver<Closing>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    drop(tokio::spawn(accept(TcpListener::from_std(listener)?, address, service, closings)));
    Ok(())
}

async fn accept(
    mut listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
    mut closings: UnboundedReceiver<Closing>,
) {
    loop {
        tokio::select! {
            biased;
            Some(closing) = closings.recv() => {
                drop(listener);
                listener = reopened(address, closing).await;
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&service)))),
                // Out of file handles, most likely: wait for some to come back.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
}

/// Listens again once the port has been closed for its time.
async fn reopened(address: SocketAddr, closing: Closing) -> TcpListener {
    // Kept by a socket that does not listen, or someone else might get the port.
    let mut socket = kept(address).await;
    let _ = closing.done.send(());
    sleep(Duration::from_millis(closing.millis.into())).await;
    loop {
        match socket.listen(1024) {
            Ok(listener) => return listener,
            Err(_) => socket = kept(address).await,
        }
    }
}

/// Tries until it has the port: in between, it may be anyone's.
async fn kept(address: SocketAddr) -> TcpSocket {
    loop {
        match bound(address) {
            Ok(socket) => return socket,
            Err(_) => sleep(Duration::from_millis(10)).await,
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
