//! `--sandbox`, and `oxhost sandbox` for other programs.

use oxhost_testkit::{ByteServer, bytes, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use oxhost_sandbox::{EXAMPLE_SERVER_ID, KEY, SERVER_ID, USER_ID};
use serde_json::Value;

use crate::command::{EXTEND, RENEW, both_of_an_order, oxhost, run};

#[test]
fn the_embedded_sandbox_takes_both_orders_without_a_key() {
    let example = ["server", "extend", EXAMPLE_SERVER_ID, "--user", USER_ID, "--hours", "720"];
    for (order, amount) in [(&RENEW[..], "29.97"), (&EXTEND, "0.02"), (&example, "12.99")] {
        let ended = both_of_an_order(0, "accepted", || oxhost(&[&["--sandbox"], order].concat()));
        assert_eq!(ended.json["amount"], amount);
        assert!(ended.text.stderr.contains("no real money"), "{}", ended.text.stderr);
    }
    let stranger = ["--sandbox", "plesk", "renew", "unknown-id", "--months", "1"];
    both_of_an_order(4, "refused", || oxhost(&stranger));
}

#[test]
fn the_embedded_sandbox_heeds_neither_url_nor_key_of_the_environment() {
    let wire = ByteServer::without_reads(bytes(json("500 Boom", "{}")));
    for url in [wire.url(), "nonsense", "http://example.com"] {
        for key in ["", "another-key", "a\nb"] {
            let mut command = oxhost(&[&RENEW[..], &["--sandbox"]].concat());
            command.env("OXHOST_BASE_URL", url).env("OXHOST_API_KEY", key);
            let run = run(command);
            assert_eq!(run.code, Some(0), "{run:?}");
        }
    }
    assert_eq!(wire.requests().len(), 0);
}

/// A sandbox in a process of its own. Dropping it kills it.
struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut command = oxhost(&[&["sandbox"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    fn lines_until(&mut self, last: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.stdout.by_ref().lines() {
            lines.push(line.unwrap());
            if last(&lines[lines.len() - 1]) {
                return lines;
            }
        }
        panic!("it ended with {lines:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn renewed_at(url: &str, key: &str) {
    let mut command = oxhost(&[&RENEW[..], &["--yes"]].concat());
    command.env("OXHOST_BASE_URL", url).env("OXHOST_API_KEY", key);
    let run = run(command);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_second_process_can_use_what_a_running_sandbox_prints_as_json() {
    let mut sandbox = Running::start(&["--listen", "127.0.0.1:0", "-o", "json"]);
    let text = sandbox.lines_until(|line| line == "}").concat();
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["user_id"], USER_ID);
    assert_eq!(told["api_key"], KEY);
    let url = told["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    renewed_at(url, told["api_key"].as_str().unwrap());
    assert!(sandbox.child.try_wait().unwrap().is_none(), "it goes on");
}

#[test]
fn the_lines_that_a_running_sandbox_prints_can_be_pasted() {
    let mut sandbox = Running::start(&[]);
    let lines = sandbox.lines_until(|line| line.starts_with("curl "));
    let value = |name: &str| {
        let prefix = format!("export {name}=");
        lines.iter().find_map(|line| line.strip_prefix(prefix.as_str())).unwrap()
    };
    let (url, key) = (value("OXHOST_BASE_URL"), value("OXHOST_API_KEY"));
    let orders: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("oxhost ")).collect();
    assert_eq!(orders.len(), 2, "{lines:?}");
    assert!(orders[1].contains(SERVER_ID), "{lines:?}");
    for order in orders {
        let args: Vec<&str> = order.split(' ').collect();
        let mut command = oxhost(&args);
        command.env("OXHOST_BASE_URL", url).env("OXHOST_API_KEY", key);
        let run = run(command);
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}

#[test]
fn a_url_that_clients_refuse_is_not_printed() {
    for (listen, begins) in [("0.0.0.0:0", "http://127.0.0.1:"), ("[::]:0", "http://[::1]:")] {
        let mut sandbox = Running::start(&["--listen", listen, "-o", "json"]);
        let told = sandbox.lines_until(|line| line == "}").concat();
        let told: Value = serde_json::from_str(&told).unwrap();
        let url = told["url"].as_str().unwrap();
        assert!(url.starts_with(begins), "{url}");
        renewed_at(url, told["api_key"].as_str().unwrap());
    }
}

#[test]
fn a_sandbox_that_cannot_listen_is_a_configuration_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = both_of_an_order(3, "error", || oxhost(&["sandbox", "--listen", &address]));
    assert!(ended.json["error"].as_str().unwrap().contains(&address));
}

#[cfg(unix)]
#[test]
fn a_running_sandbox_ends_with_0_when_it_is_told_to_even_at_once() {
    use crate::interruption::signal;
    use rustix::process::Signal;
    for with in [Signal::INT, Signal::TERM] {
        for _ in 0..5 {
            let mut sandbox = Running::start(&[]);
            sandbox.lines_until(|line| line.contains("http://"));
            signal(&sandbox.child, with);
            assert_eq!(sandbox.child.wait().unwrap().code(), Some(0), "{with:?}");
        }
    }
}
