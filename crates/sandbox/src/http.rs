//! HTTP/1.1 in front of a service.

mod connection;
mod listener;

pub(crate) use listener::{Closing, Listener, bound};
