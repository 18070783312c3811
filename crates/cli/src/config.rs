//! Key, URL and client, from options and environment.

use std::env::VarError;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use oxhost::Client;
use oxhost_sandbox::Sandbox;

use crate::args::Options;
use crate::error::CliError;

/// How long an order waits for its answer, in seconds.
const TIMEOUT: u64 = 120;

pub(crate) fn client(options: &Options, sandbox: Option<&Sandbox>) -> Result<Client, CliError> {
    let builder = match sandbox {
        Some(sandbox) => Client::builder(sandbox.key()).base_url(sandbox.url()),
        None => {
            let key = match options.dry_run {
                // A dry run shows the request without a key, too.
                true => api_key(options)?.unwrap_or_else(|| "dry-run".to_owned()),
                false => required_key(options)?,
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

/// The URL that stands for both hosts, if one is given.
pub(crate) fn base_url(options: &Options) -> Result<Option<String>, CliError> {
    options.base_url.clone().map_or_else(|| variable("OXHOST_BASE_URL"), |url| Ok(Some(url)))
}

fn required_key(options: &Options) -> Result<String, CliError> {
    api_key(options)?.ok_or_else(|| CliError::Configuration(NO_KEY.to_owned()))
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

fn api_key(options: &Options) -> Result<Option<String>, CliError> {
    let Some(path) = &options.api_key_file else {
        // Without a key nothing can go astray.
        let is_empty = std::env::var_os("OXHOST_API_KEY").is_some_and(|key| key.is_empty());
        return if is_empty { Ok(None) } else { variable("OXHOST_API_KEY") };
    };
    let text = read_key(path).map_err(|error| {
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
