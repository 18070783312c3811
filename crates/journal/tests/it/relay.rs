//! A relay before the sandbox, which can stop the world at every point of a call.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use oxhost_testkit::message;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The request is here, and the provider has not seen it.
    Arrived,
    /// The provider has answered, and nothing of that was passed on.
    Answered,
    /// Half of the answer was passed on.
    Half,
    /// All of it was passed on, and the client has closed the connection.
    Delivered,
}

pub struct Relay {
    url: String,
}

impl Relay {
    /// Passes each call on, and tells of each point of it, with the request's method.
    pub fn to(provider: &str, tell: impl Fn(&str, Point) + Send + Sync + 'static) -> Self {
        let provider = provider.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tell = Arc::new(tell);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, provider, tell) = (stream.unwrap(), provider.clone(), tell.clone());
                // A client that was killed breaks its connections; that is not the relay's fault.
                thread::spawn(move || drop(pass(stream, &provider, &*tell)));
            }
        });
        Self { url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

fn pass(
    mut client: TcpStream,
    provider: &str,
    tell: &(dyn Fn(&str, Point) + Send + Sync),
) -> std::io::Result<()> {
    let request = message(&mut client)?;
    let method = String::from_utf8_lossy(&request).split(' ').next().unwrap_or_default().to_owned();
    tell(&method, Point::Arrived);
    let mut provider = TcpStream::connect(provider)?;
    provider.write_all(&request)?;
    let answer = message(&mut provider)?;
    tell(&method, Point::Answered);
    let (first, second) = answer.split_at(answer.len() / 2);
    client.write_all(first)?;
    tell(&method, Point::Half);
    client.write_all(second)?;
    // A client that keeps no connection: that it closes this one says that it has read all.
    while client.read(&mut [0; 64])? > 0 {}
    tell(&method, Point::Delivered);
    client.shutdown(Shutdown::Both)
}
