//! Clients that are programs of their own: one that another generator makes, and the provider's documented samples.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oxhost::contract::operations::RENEW_PLESK_SUBSCRIPTION;

use crate::{Failure, root};

/// Who they are. The samples order one after the other, as they are documented.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    OpenapiGenerator,
    Python,
    Node,
    Php,
}

/// What one is to do.
pub(crate) struct Run<'a> {
    pub(crate) url: &'a str,
    /// Of the server, where it speaks TLS.
    pub(crate) certificate: Option<&'a Path>,
    pub(crate) calls: u64,
    pub(crate) concurrency: u64,
    /// For what is written for it.
    pub(crate) folder: &'a Path,
}

impl Other {
    pub(crate) const ALL: [Self; 4] = [Self::OpenapiGenerator, Self::Python, Self::Node, Self::Php];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenapiGenerator => "openapi-generator",
            Self::Python => "sample in Python",
            Self::Node => "sample in Node",
            Self::Php => "sample in PHP",
        }
    }

    pub(crate) fn is_sample(self) -> bool {
        self != Self::OpenapiGenerator
    }

    /// Why it is not measured here, and how to get it.
    pub(crate) fn missing(self) -> Option<&'static str> {
        let (there, how) = match self {
            Self::OpenapiGenerator => {
                (generated().is_file(), "crates/bench/openapi-generator/build makes it")
            }
            Self::Python => (
                works(python(), &["-c", "import requests"]),
                "needs `requests`, which conformance/provider/run installs",
            ),
            Self::Node => (works("node", &["--eval", "fetch"]), ".ci/install nodejs"),
            Self::Php => (works("php", &["-r", "curl_version();"]), ".ci/install php-cli php-curl"),
        };
        (!there).then_some(how)
    }

    /// A process that places orders, and says on its last line how many seconds it took.
    pub(crate) fn command(self, run: &Run<'_>) -> Result<Command, Failure> {
        if self == Self::OpenapiGenerator {
            let mut command = Command::new(generated());
            command.args([run.url, &run.calls.to_string(), &run.concurrency.to_string()]);
            command.args(run.certificate);
            return Ok(command);
        }
        let mut command = match self {
            Self::Php => Command::new("php"),
            Self::Node => Command::new("node"),
            _ => Command::new(python()),
        };
        if let Some(certificate) = run.certificate {
            command.env("REQUESTS_CA_BUNDLE", certificate).env("NODE_EXTRA_CA_CERTS", certificate);
            if self == Self::Php {
                command.arg("-d").arg(format!("curl.cainfo={}", certificate.display()));
            }
        }
        let program = run.folder.join("sample");
        std::fs::write(&program, self.program(run)?)?;
        command.arg(program);
        Ok(command)
    }

    /// The documented sample, mended as `conformance/provider/README.md` says, and a loop around its call.
    fn program(self, run: &Run<'_>) -> Result<String, Failure> {
        let calls = run.calls;
        let (ending, mended, rest): (_, &[(&str, &str)], _) = match self {
            Self::Php => (
                "php",
                &[("$data = {", "$data = ["), ("};", "];"), ("\": \"", "\" => \"")],
                format!(
                    "makeRequest('bench-key');\n$begun = hrtime(true);\n\
                     for ($i = 0; $i < {calls}; $i++) {{ if (!makeRequest('bench-key')['success']) exit(1); }}\n\
                     echo (hrtime(true) - $begun) / 1e9;"
                ),
            ),
            Self::Node => (
                "js",
                &[],
                format!(
                    "(async () => {{\nawait makeRequest();\nconst begun = performance.now();\n\
                     for (let i = 0; i < {calls}; i++) {{ if (!(await makeRequest()).success) process.exit(1); }}\n\
                     console.log((performance.now() - begun) / 1000);\n}})();"
                ),
            ),
            _ => (
                "py",
                &[("requests.POST(", "requests.post(")],
                format!(
                    "import time\nmake_request('bench-key')\nbegun = time.perf_counter()\n\
                     for _ in range({calls}):\n    assert make_request('bench-key')['success']\n\
                     print(time.perf_counter() - begun)"
                ),
            ),
        };
        let file = root().join("conformance/provider/plesk-scale-order").with_extension(ending);
        let mut text = std::fs::read_to_string(file)?;
        for (old, new) in [(RENEW_PLESK_SUBSCRIPTION.server, run.url)].iter().chain(mended) {
            if !text.contains(old) {
                return Err(format!("the sample of {} has no `{old}`", self.name()).into());
            }
            text = text.replace(old, new);
        }
        let begin = if self == Self::Php { "<?php\n" } else { "" };
        Ok(format!("{begin}{text}\n{rest}\n"))
    }
}

/// Where its script leaves it.
fn generated() -> PathBuf {
    root().join("target/openapi-generator/release/client")
}

/// The one of `conformance/`, if it was made.
fn python() -> PathBuf {
    let made = root().join("target/conformance/venv/bin/python");
    if made.is_file() { made } else { "python3".into() }
}

fn works(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
