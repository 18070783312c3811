//! A relay that passes so many messages on to a server, and then nothing more: as a firewall that has
//! forgotten a connection, or a machine that has lost its power.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Default)]
struct Shared {
    /// So many messages are still passed on.
    left: AtomicUsize,
    silent: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

pub struct Silence {
    address: String,
    shared: Arc<Shared>,
}

impl Silence {
    /// Passes everything on, until it is told otherwise.
    pub fn before(server: &str) -> Self {
        let (listener, server) = (TcpListener::bind("127.0.0.1:0").unwrap(), server.to_owned());
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared { left: AtomicUsize::new(usize::MAX), ..Shared::default() });
        let relay = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Ok(server) = TcpStream::connect(&server) else { return };
                let (there, back) = (Arc::clone(&relay), Arc::clone(&relay));
                let mut streams = relay.streams.lock().unwrap();
                streams.push(client.try_clone().unwrap());
                streams.push(server.try_clone().unwrap());
                drop(streams);
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || there.pass(from, to));
                thread::spawn(move || back.pass(server, client));
            }
        });
        Self { address, shared }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on, passes so many messages, of either side.
    pub fn after(&self, messages: usize) {
        self.shared.left.store(messages, Ordering::SeqCst);
    }

    pub fn is_silent(&self) -> bool {
        self.shared.silent.load(Ordering::SeqCst)
    }

    /// Breaks what is silent, and passes on what comes from now on.
    pub fn end(&self) {
        self.after(usize::MAX);
        for stream in self.shared.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let one_less = |left: usize| left.checked_sub(1);
            if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_err() {
                self.silent.store(true, Ordering::SeqCst);
                continue;
            }
            if to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }
}
