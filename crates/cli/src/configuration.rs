//! Key, URL and client, from options and environment.

use std::env::VarError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use oxhost::Client;
use oxhost_sandbox::Sandbox;

use crate::args::Options;
use crate::hindrance::Hindrance;

pub(crate) fn client(options: &Options, sandbox: Option<&Sandbox>) -> Result<Client, Hindrance> {
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
    Ok(builder.timeout(Duration::from_secs(options.timeout)).build()?)
}

/// The URL that stands for both hosts, if one is given.
pub(crate) fn base_url(options: &Options) -> Result<Option<String>, Hindrance> {
    options.base_url.clone().map_or_else(|| variable("OXHOST_BASE_URL"), |url| Ok(Some(url)))
}

pub(crate) fn required_key(options: &Options) -> Result<String, Hindrance> {
    api_key(options)?.ok_or_else(|| Hindrance::Configuration(NO_KEY.to_owned()))
}

const NO_KEY: &str = "there is no API key: set OXHOST_API_KEY, or name a file with --api-key-file (a key is never an argument: other users could see it)";

/// A variable of the environment; an empty one counts as unset.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Hindrance> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        // One that cannot be read is not unset: the order would go to the provider instead.
        Err(VarError::NotUnicode(_)) => {
            Err(Hindrance::Configuration(format!("{name} is not UTF-8")))
        }
    }
}

/// The longest key file that is read, in bytes: a device has no end.
const LONGEST_KEY_FILE: u64 = 64 << 10;

fn read_key(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_KEY_FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn api_key(options: &Options) -> Result<Option<String>, Hindrance> {
    let Some(path) = &options.api_key_file else {
        return variable("OXHOST_API_KEY");
    };
    let text = read_key(path).map_err(|error| {
        Hindrance::Configuration(format!(
            "the API key file {} cannot be read: {error}",
            path.display()
        ))
    })?;
    // An editor ends a file with a line break.
    match text.trim_end() {
        "" => {
            Err(Hindrance::Configuration(format!("the API key file {} is empty", path.display())))
        }
        key => Ok(Some(key.to_owned())),
    }
}
