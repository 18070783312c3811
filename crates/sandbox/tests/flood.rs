//! What anyone can send takes a bounded amount of memory. In a process of its own, to measure it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may; clippy.toml allows it in functions marked as tests, not in their helpers"
)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
};

use oxhost_sandbox::{EXAMPLE_SERVER_ID, Fault, KEY, Received, Sandbox, USER_ID};

const ORDER: &str = "/API/orders/create_order";
const MIB: usize = 1024 * 1024;

fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap()
}

fn request(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

/// Sends requests on one connection, and counts the answers of each status.
fn answers<'a>(
    sandbox: &Sandbox,
    requests: impl Iterator<Item = &'a str> + Send,
    statuses: &[&str],
) -> Vec<usize> {
    let mut stream = connect(sandbox);
    let mut sender = stream.try_clone().unwrap();
    let mut text = String::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            // What is refused may be closed before all of it is sent: the answers tell.
            let _ = requests.map(str::as_bytes).try_for_each(|bytes| sender.write_all(bytes));
            let _ = sender.shutdown(std::net::Shutdown::Write);
        });
        let _ = stream.read_to_string(&mut text);
    });
    let count = |status: &&str| text.matches(&format!("HTTP/1.1 {status} ")).count();
    statuses.iter().map(count).collect()
}

fn bytes(requests: &[Received]) -> usize {
    let of = |request: &Received| {
        let headers = request.headers.iter().map(|(name, value)| name.len() + value.len());
        request.path.len() + request.body.len() + headers.sum::<usize>()
    };
    requests.iter().map(of).sum()
}

/// Resident memory, in bytes, where that can be told.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<usize>().ok().map(|kib| kib * 1024)
}

#[test]
fn a_flood_of_requests_that_anyone_can_send_takes_little_memory_and_pushes_nothing_out() {
    let standing: Fault = "read:status=503".parse().unwrap();
    let sandbox = Sandbox::builder().fault(standing).start().unwrap();
    let order =
        format!(r#"{{"user_id": "{USER_ID}", "server_id": "{EXAMPLE_SERVER_ID}", "hours": 1}}"#);
    let key = format!("{}: {KEY}\r\n", sandbox.key_header());
    let paid = request(ORDER, &key, &order);
    assert_eq!(answers(&sandbox, [&*paid].into_iter(), &["200"]), [1]);
    let before = resident();

    // Without a key, with a wrong one, at no path, and reads that fail for all.
    let filler = " ".repeat(12 * 1024);
    let read =
        format!("GET /API/info_user HTTP/1.1\r\nHost: x\r\nx-filler: {}\r\n\r\n", "a".repeat(512));
    let kinds = [
        request(ORDER, "", &format!("{order}{filler}")),
        request(ORDER, &key.replace(KEY, "wrong"), &format!("{order}{filler}")),
        request(&format!("/{}", "a".repeat(512)), &key, &filler),
        read,
    ];
    let flood = kinds.iter().cycle().take(20_000).map(String::as_str);
    let statuses = ["401", "404", "503"];
    assert_eq!(answers(&sandbox, flood, &statuses), [10_000, 5000, 5000]);

    // With a key, but too long.
    let long = request(ORDER, &key, &format!("{order}{}", " ".repeat(MIB)));
    let long = [&*long].into_iter().cycle().take(200);
    assert_eq!(answers(&sandbox, long, &["413"]), [200]);

    let kept = sandbox.requests();
    assert!(kept.len() <= 1001 && bytes(&kept) <= 4 * MIB + 1024, "{}", kept.len());
    assert!(kept.iter().all(|request| request.body.len() <= 64 * 1024 + 1));
    assert_eq!(sandbox.requests_forgotten(), 20_201 - kept.len() as u64);
    assert_eq!(kept[0].body, order.as_bytes(), "a customer's request is not pushed out");
    assert_eq!((sandbox.ledger().len(), sandbox.faults_fired().len()), (1, 5000));

    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = after.saturating_sub(before) / MIB;
        assert!(grown < 48, "{grown} MiB");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let sandbox = Sandbox::start().unwrap();
    let mut stream = connect(&sandbox);
    let _ = stream.write_all(b"GET /API/info_user HTTP/1.1\r\nx-filler: ");
    // Refused before all of it is there.
    while stream.write_all(&[b'a'; 4096]).is_ok() {}
    assert_eq!(sandbox.requests().len(), 0);

    let head = |length| {
        format!(
            "GET /API/info_user HTTP/1.1\r\nHost: x\r\nx-filler: {}\r\n\r\n",
            "a".repeat(length)
        )
    };
    assert_eq!(answers(&sandbox, [&*head(60_000)].into_iter(), &["401"]), [1]);
    assert_eq!(answers(&sandbox, [&*head(70_000)].into_iter(), &["431"]), [1]);
}
