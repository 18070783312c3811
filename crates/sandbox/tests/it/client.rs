//! The smallest HTTP client that will do: a request for a connection.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::LazyLock,
};

use oxhost_sandbox::{EXAMPLE_SERVER_ID, KEY, SUBSCRIPTION_ID, Sandbox, USER_ID};
use serde_json::{Value, json};

pub(crate) const PLESK: &str = "/API/orders/create_order_scale_plesk";
pub(crate) const SERVERS: &str = "/API/orders/create_order";
pub(crate) const SUBSCRIPTION: &str = "/API/plesk/subscriptions/detail";
pub(crate) const ORDERS: &str = "/API/orders/list_order";
pub(crate) const USER: &str = "/API/info_user";

/// As the contract names it.
pub(crate) fn key_header() -> &'static str {
    static NAME: LazyLock<String> =
        LazyLock::new(|| Sandbox::start().unwrap().key_header().to_owned());
    &NAME
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// Sends bytes as they are, and reads until the other side closes.
pub(crate) fn raw(sandbox: &Sandbox, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

pub(crate) fn send(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    let length = body.len();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Length: {length}\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend(body);
    let answer = String::from_utf8(raw(sandbox, &request)).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_ascii_lowercase(), text: text.to_owned() }
}

/// Posts a body with the right headers.
pub(crate) fn post(sandbox: &Sandbox, path: &str, body: impl AsRef<[u8]>) -> Answer {
    let headers = [(key_header(), KEY), ("Content-Type", "application/json")];
    send(sandbox, "POST", path, &headers, body.as_ref())
}

/// Reads with the right key. The query is taken as it is.
pub(crate) fn get(sandbox: &Sandbox, path: &str, query: &str) -> Answer {
    send(sandbox, "GET", &format!("{path}?{query}"), &[(key_header(), KEY)], b"")
}

/// What the documented subscription's read shows.
pub(crate) fn subscription(sandbox: &Sandbox) -> Value {
    get(sandbox, SUBSCRIPTION, &format!("id={SUBSCRIPTION_ID}")).json()
}

/// The first page of the documented user's orders.
pub(crate) fn orders(sandbox: &Sandbox) -> Value {
    get(sandbox, ORDERS, &format!("user_id={USER_ID}")).json()["data"].take()
}

/// The documented user's balance, as the read shows it.
pub(crate) fn balance(sandbox: &Sandbox) -> Value {
    get(sandbox, USER, &format!("user_id={USER_ID}")).json()["user"]["balance"].take()
}

pub(crate) fn renew(sandbox: &Sandbox, months: impl Into<Value>) -> Answer {
    post(sandbox, PLESK, renewal(months).to_string())
}

pub(crate) fn extend(sandbox: &Sandbox, hours: impl Into<Value>) -> Answer {
    post(sandbox, SERVERS, extension(hours).to_string())
}

/// A renewal on the present plan.
pub(crate) fn renewal(months: impl Into<Value>) -> Value {
    json!({
        "subscription_id": SUBSCRIPTION_ID, "months": months.into(), "type_payment": "balance",
    })
}

pub(crate) fn extension(hours: impl Into<Value>) -> Value {
    json!({"user_id": USER_ID, "server_id": EXAMPLE_SERVER_ID, "hours": hours.into()})
}
