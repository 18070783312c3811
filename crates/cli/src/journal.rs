//! Where the command remembers its orders.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, choose_native_strategy};
use oxhost_journal::{Journal, Settle};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::args::{self, Options};
use crate::configuration::{self, variable};
use crate::hindrance::Hindrance;
use crate::output::Output;
use crate::report::one_line;

/// An open journal, and the folder that goes with it if it is a sandbox's.
pub(crate) struct Opened {
    pub(crate) journal: Journal,
    _folder: Option<TempDir>,
}

/// Opens the journal that the options name, for the account that they name.
pub(crate) async fn open(options: &Options, sandbox: bool) -> Result<Opened, Hindrance> {
    if sandbox && options.journal.is_none() {
        let folder = tempfile::tempdir().map_err(|error| unusable(&error))?;
        let journal = Journal::open_file(&folder.path().join(FILE), "sandbox").await?;
        return Ok(Opened { journal, _folder: Some(folder) });
    }
    let account = account(options, sandbox)?;
    let journal = match named(options)? {
        Some(url) if is_url(&url) => Journal::open(&url, account).await?,
        Some(path) => Journal::open_file(Path::new(&path), account).await?,
        None => {
            let folder = default_folder()?;
            make(&folder)?;
            Journal::open_file(&folder.join(FILE), account).await?
        }
    };
    Ok(Opened { journal, _folder: None })
}

/// The name of a journal that was given none.
const FILE: &str = "journal.db";

/// Where the journal is, in words. A URL of PostgreSQL may hold a password.
pub(crate) fn place(options: &Options) -> String {
    match named(options) {
        Ok(Some(url)) if is_url(&url) && !url.starts_with("sqlite:") => "on PostgreSQL".to_owned(),
        Ok(Some(place)) => format!("at {}", one_line(&place)),
        _ if options.sandbox => "the sandbox's".to_owned(),
        _ => match default_folder() {
            Ok(folder) => format!("at {}", one_line(&folder.join(FILE).to_string_lossy())),
            Err(_) => "nowhere".to_owned(),
        },
    }
}

fn named(options: &Options) -> Result<Option<String>, Hindrance> {
    options.journal.clone().map_or_else(|| variable("OXHOST_JOURNAL"), |url| Ok(Some(url)))
}

fn is_url(text: &str) -> bool {
    text.starts_with("sqlite:") || text.contains("://")
}

fn unusable(error: &dyn std::fmt::Display) -> Hindrance {
    Hindrance::Configuration(format!(
        "the journal cannot be used, and nothing was sent: {error}; name another place with --journal"
    ))
}

/// Orders of different accounts, and at different URLs, do not meet.
fn account(options: &Options, sandbox: bool) -> Result<String, Hindrance> {
    let at = match configuration::base_url(options)? {
        _ if sandbox => "sandbox".to_owned(),
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => "0xhost".to_owned(),
    };
    let name = match &options.account {
        Some(name) => name.clone(),
        None if sandbox => String::new(),
        None => fingerprint(&configuration::required_key(options)?),
    };
    Ok(format!("{at} {name}"))
}

/// Tells keys apart without telling the key.
fn fingerprint(key: &str) -> String {
    let digest = Sha256::new().chain_update("oxhost account\n").chain_update(key).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn default_folder() -> Result<PathBuf, Hindrance> {
    let name = AppStrategyArgs {
        top_level_domain: "com".to_owned(),
        author: "oxhost".to_owned(),
        app_name: "oxhost".to_owned(),
    };
    Ok(choose_native_strategy(name).map_err(|error| unusable(&error))?.data_dir())
}

fn make(folder: &Path) -> Result<(), Hindrance> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        unusable(&format!("the folder {} cannot be made: {error}", folder.display()))
    })
}

/// How to find out, telling each reading on a terminal.
pub(crate) fn settle(args: &args::Settle, output: Output) -> Settle {
    let settle = Settle::default().over(Duration::from_secs(args.seconds));
    settle.watching(move |step| {
        let saw = match step.look {
            oxhost_journal::Look::Failed(why) => one_line(why),
            _ => "read".to_owned(),
        };
        let next = match step.next {
            Some(pause) => format!("; it does not show yet, next in {} s", pause.as_secs()),
            None => String::new(),
        };
        output.progress(&format!("reading {} of {}: {saw}{next}", step.number, step.of));
    })
}
