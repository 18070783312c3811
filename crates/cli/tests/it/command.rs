//! Runs the binary, for people and for machines.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use oxhost_sandbox::{Received, SERVER_ID, SUBSCRIPTION_ID, Sandbox, USER_ID};
use serde_json::{Map, Value};

pub const RENEW: [&str; 5] = ["plesk", "renew", SUBSCRIPTION_ID, "--months", "3"];
pub const EXTEND: [&str; 7] = ["server", "extend", SERVER_ID, "--user", USER_ID, "--hours", "1"];

/// How the advice begins for an order that may have been placed.
pub const MAY_HAVE_BEEN_PLACED: &str = "Do NOT send it again";

/// The members of every report, in order.
pub const REPORT: [&str; 27] = [
    "outcome",
    "exit_code",
    "blocked",
    "blocked_by",
    "dry_run",
    "nothing_to_do",
    "interrupted",
    "recorded",
    "error",
    "operation",
    "target",
    "journal_id",
    "status",
    "order_id",
    "order_number",
    "amount",
    "currency",
    "balance_before",
    "balance_after",
    "expires_at",
    "message",
    "reason",
    "warnings",
    "advice",
    "retry_after_seconds",
    "reply",
    "request",
];

/// Those of them that are true.
pub fn marks(json: &Map<String, Value>) -> Vec<&str> {
    let marks = json.iter().filter(|(_, value)| **value == true);
    marks.map(|(name, _)| name.as_str()).collect()
}

/// The command without a key, a URL, a terminal, or a wish for colours.
pub fn oxhost(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oxhost"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("OXHOST_") || name.contains("COLOR") {
            command.env_remove(name);
        }
    }
    command.args(args).stdin(Stdio::null());
    // Each run has a journal of its own, unless it is told otherwise.
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let data = format!("data-{}/{run}", std::process::id());
    command.env("XDG_DATA_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join(data));
    command
}

/// The command with a key. Where no URL is set, it must stay without `--yes`: should a test fail,
/// it would order at the provider.
pub fn keyed(args: &[&str]) -> Command {
    let mut command = oxhost(args);
    command.env("OXHOST_API_KEY", oxhost_sandbox::KEY);
    command
}

/// The command with a key and `--yes`, sent to `url`.
pub fn ordering(url: &str, args: &[&str]) -> Command {
    let mut command = keyed(args);
    command.arg("--yes").env("OXHOST_BASE_URL", url);
    command
}

/// The orders that a sandbox was sent, whatever became of them.
pub fn orders(sandbox: &Sandbox) -> Vec<Received> {
    sandbox.requests().into_iter().filter(|request| request.method == "POST").collect()
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let run = Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        run
    }
}

impl Run {
    /// Everything on stdout, which must be one JSON object and its line end.
    pub fn json(&self) -> Map<String, Value> {
        let object = serde_json::from_str(&self.stdout);
        let object = object.unwrap_or_else(|error| panic!("not one object: {error}: {self:?}"));
        assert!(self.stdout.starts_with('{') && self.stdout.ends_with("}\n"), "{self:?}");
        object
    }
}

pub fn run(mut command: Command) -> Run {
    command.output().unwrap().into()
}

/// The same command line, once for people and once for machines.
#[derive(Debug)]
pub struct Both {
    pub text: Run,
    pub json: Map<String, Value>,
}

/// Runs a command twice, and checks what holds however it ends. `outcome` is one, `error`, or the mark of
/// why there is none.
pub fn both_of_an_order(code: i32, outcome: &str, make: impl Fn() -> Command) -> Both {
    let (text, mut machine) = (make(), make());
    machine.args(["-o", "json"]);
    // At the same time: some take as long as the command is patient.
    let (text, machine) = std::thread::scope(|scope| {
        let machine = scope.spawn(|| run(machine));
        (run(text), machine.join().unwrap())
    });
    assert_eq!(text.code, Some(code), "{text:?}");
    if code == 0 {
        assert!(!text.stdout.is_empty(), "{text:?}");
    } else {
        assert_eq!(text.stdout, "", "failures go to stderr");
        assert!(!text.stderr.is_empty(), "{text:?}");
    }
    assert_eq!(machine.code, Some(code), "{machine:?}");
    let json = machine.json();
    assert_eq!(json["exit_code"], code, "{machine:?}");
    let keys: Vec<&str> = json.keys().map(String::as_str).collect();
    assert_eq!(keys, REPORT);
    if outcome == "error" {
        assert_eq!((&json["outcome"], marks(&json)), (&Value::Null, vec![]), "{machine:?}");
        assert!(json["error"].as_str().is_some_and(|error| !error.is_empty()), "{machine:?}");
    } else {
        assert_eq!(json["error"], Value::Null, "{machine:?}");
        match json["outcome"].as_str() {
            Some(word) => assert_eq!((word, marks(&json)), (outcome, vec![])),
            None => assert_eq!(marks(&json), [outcome]),
        }
        let word = outcome.replace('_', " ");
        let shown = if code == 0 { &text.stdout } else { &text.stderr };
        assert!(shown.starts_with(&format!("{word}: ")), "{shown}");
    }
    Both { text, json }
}
