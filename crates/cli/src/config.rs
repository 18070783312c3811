//! Key, URL and client, from options and environment.

use std::env::VarError;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use oxhost::Client;
use oxhost_sandbox::Sandbox;

use crate::args::Options;
use crate::error::CliError;
use crate::interruption::{BEFORE, Interruption};

/// How long an order waits for its answer, in seconds.
const TIMEOUT: u64 = 120;

pub(crate) async fn client(
    options: &Options,
    sandbox: Option<&Sandbox>,
    interruption: &mut Interruption,
) -> Result<Client, CliError> {
    let builder = match sandbox {
        Some(sandbox) => Client::builder(sandbox.key()).base_url(sandbox.url()),
        None => {
            let key = match api_key(options, interruption).await? {
                Some(key) => key,
                // A dry run shows the request without a key, too.
                None if options.dry_run => "dry-run".to_owned(),
                None => return Err(CliError::Configuration(NO_KEY.to_owned())),
            };
            let mut builder = Client::builder(key);
            if let Some(url) = base_url(options)? {
                builder = builder.base_url(url);
            }
            builder
        }
    };
    Ok(builder.timeout(Duration::from_secs(options.timeout.unwrap_or(TIMEOUT))).build()?)
}

/// The sandbox that is to stand for the provider, if that is wanted.
pub(crate) fn sandbox(options: &Options) -> Result<Option<Sandbox>, CliError> {
    options
        .sandbox
        .then(Sandbox::start)
        .transpose()
        .map_err(|error| CliError::Configuration(format!("the sandbox cannot be started: {error}")))
}

/// The URL that stands for both hosts, if one is given.
pub(crate) fn base_url(options: &Options) -> Result<Option<String>, CliError> {
    options.base_url.clone().map_or_else(|| variable("OXHOST_BASE_URL"), |url| Ok(Some(url)))
}

const NO_KEY: &str = "there is no API key: set OXHOST_API_KEY, or name a file with --api-key-file (a key is never an argument: other users could see it)";

/// A variable of the environment.
pub(crate) fn variable(name: &str) -> Result<Option<String>, CliError> {
    match std::env::var(name) {
        // Empty is not unset: the order would go to the provider, or be journaled elsewhere.
        Ok(value) if value.is_empty() => {
            Err(CliError::Configuration(format!("{name} is empty: unset it, or give it a value")))
        }
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(CliError::Configuration(format!("{name} is not UTF-8")))
        }
    }
}

/// The longest key file that is read, in bytes: a device has no end.
const LONGEST_KEY_FILE: usize = 64 << 10;

/// The text of a key file: all of it, for a part of a key is another key.
fn read_key(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    // One byte more tells that there is more.
    let longest = (LONGEST_KEY_FILE + 1).try_into().unwrap_or(u64::MAX);
    file.take(longest).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > LONGEST_KEY_FILE {
        return Err(format!("it is longer than {LONGEST_KEY_FILE} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// Reads a key file until someone has had enough: a pipe gives nothing before its writer does.
async fn read_key_unless(
    path: PathBuf,
    interruption: &mut Interruption,
) -> Result<Result<String, String>, CliError> {
    tokio::select! {
        biased;
        text = tokio::task::spawn_blocking(move || read_key(&path)) => {
            Ok(text.unwrap_or_else(|error| Err(error.to_string())))
        }
        () = interruption.heard() => Err(CliError::Interrupted(BEFORE)),
    }
}

async fn api_key(
    options: &Options,
    interruption: &mut Interruption,
) -> Result<Option<String>, CliError> {
    let Some(path) = &options.api_key_file else {
        // Without a key nothing can go astray.
        let is_empty = std::env::var_os("OXHOST_API_KEY").is_some_and(|key| key.is_empty());
        return if is_empty { Ok(None) } else { variable("OXHOST_API_KEY") };
    };
    let text = read_key_unless(path.clone(), interruption).await?.map_err(|error| {
        CliError::Configuration(format!(
            "the API key file {} cannot be read: {error}",
            path.display()
        ))
    })?;
    // An editor ends a file with a line break.
    match text.trim_end() {
        "" => Err(CliError::Configuration(format!("the API key file {} is empty", path.display()))),
        key => Ok(Some(key.to_owned())),
    }
}
