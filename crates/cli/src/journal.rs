//! Where the command remembers its orders, and how it finds out what became of one.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, choose_native_strategy};
use oxhost::Client;
use oxhost_journal::{Entry, Journal, JournalError, ReconcileOptions};
use tempfile::TempDir;

use crate::args::Options;
use crate::config::variable;
use crate::error::CliError;
use crate::output::Output;

/// A journal that does not open in this time does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The name of a journal that was given none.
const FILE: &str = "journal.db";

/// An open journal, and the folder that goes with it if it is a sandbox's.
pub(crate) struct Opened {
    pub(crate) journal: Journal,
    _folder: Option<TempDir>,
}

/// How long leaving a journal may take.
const LEAVING: Duration = Duration::from_secs(2);

impl Opened {
    /// Tells what it may lose of the orders that will be written to it.
    pub(crate) fn warn(&self, output: Output) {
        if let Some(caution) = self.journal.caution() {
            output.note(&format!("warning: {caution}"));
        }
    }

    /// What was written is in the one file then, which people move and copy.
    pub(crate) async fn close(self) {
        let _ = tokio::time::timeout(LEAVING, self.journal.close()).await;
    }
}

/// Where a journal is.
enum Place {
    Default(PathBuf),
    File(PathBuf),
    Url(String),
}

/// Opens the journal that the options name, and makes it if it is not there.
pub(crate) async fn open(options: &Options) -> Result<Opened, CliError> {
    if options.sandbox {
        let folder = tempfile::tempdir().map_err(|error| unusable(&error))?;
        let journal = answering(Journal::open_file(&folder.path().join(FILE))).await?;
        return Ok(Opened { journal, _folder: Some(folder) });
    }
    let journal = match Place::of(options)? {
        Place::Url(url) => answering(Journal::open(&url)).await?,
        Place::File(file) => answering(Journal::open_file(&file)).await?,
        Place::Default(folder) => {
            make(&folder)?;
            answering(Journal::open_file(&folder.join(FILE))).await?
        }
    };
    Ok(Opened { journal, _folder: None })
}

/// Opens the journal to look at it; none is made.
pub(crate) async fn open_existing(options: &Options) -> Result<Option<Opened>, CliError> {
    match Place::of(options)?.file().map(|file| file.try_exists()) {
        Some(Ok(false)) => Ok(None),
        // What cannot be looked for is the journal's own error to tell.
        _ => open(options).await.map(Some),
    }
}

/// Whether a path is that of the journal's file, or of one that SQLite has beside it.
pub(crate) fn owns(options: &Options, path: &Path) -> Result<bool, CliError> {
    let Some(file) = Place::of(options)?.file().filter(|_| !options.sandbox) else {
        return Ok(false);
    };
    let (file, path) = (resolved(&file), resolved(path));
    Ok(path == file || Journal::files_beside(&file).contains(&path))
}

/// Without links and detours, as far as there is something at the path.
fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    path.canonicalize().unwrap_or_else(|_| match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
}

async fn answering(
    opening: impl Future<Output = Result<Journal, JournalError>>,
) -> Result<Journal, CliError> {
    let opened = tokio::time::timeout(PATIENCE, opening).await;
    Ok(opened.unwrap_or(Err(JournalError::TimedOut(PATIENCE)))?)
}

/// Where the journal is, in words. A URL of PostgreSQL may hold a password.
pub(crate) fn place(options: &Options) -> String {
    match Place::of(options) {
        _ if options.sandbox => "the sandbox's".to_owned(),
        Ok(Place::Url(url)) if !url.starts_with("sqlite:") => "on PostgreSQL".to_owned(),
        Ok(Place::Url(url)) => format!("at {url}"),
        Ok(Place::File(file)) => format!("at {}", file.display()),
        Ok(Place::Default(folder)) => format!("at {}", folder.join(FILE).display()),
        Err(_) => "nowhere".to_owned(),
    }
}

impl Place {
    fn of(options: &Options) -> Result<Self, CliError> {
        let named = match &options.journal {
            Some(name) => Some(name.clone()),
            None => variable("OXHOST_JOURNAL")?,
        };
        Ok(match named {
            Some(url) if url.starts_with("sqlite:") || url.contains("://") => Self::Url(url),
            // Not repeated: it may hold a password.
            Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                return Err(unusable(&"the URL of a PostgreSQL server begins with postgres://"));
            }
            // A file of this name would be made, and its name shown.
            Some(words) if words.contains("password=") => {
                return Err(unusable(&"a PostgreSQL server is named by its URL, postgres://…"));
            }
            Some(path) => Self::File(path.into()),
            None => Self::Default(default_folder()?),
        })
    }

    /// None on a server.
    fn file(self) -> Option<PathBuf> {
        match self {
            Self::Default(folder) => Some(folder.join(FILE)),
            Self::File(file) => Some(file),
            Self::Url(url) => Journal::file(&url),
        }
    }
}

fn unusable(error: &dyn std::fmt::Display) -> CliError {
    CliError::Configuration(format!(
        "the journal cannot be used, and nothing was sent: {error}; name another place with --journal"
    ))
}

fn default_folder() -> Result<PathBuf, CliError> {
    let name = AppStrategyArgs {
        top_level_domain: "com".to_owned(),
        author: "oxhost".to_owned(),
        app_name: "oxhost".to_owned(),
    };
    Ok(choose_native_strategy(name).map_err(|error| unusable(&error))?.data_dir())
}

fn make(folder: &Path) -> Result<(), CliError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        unusable(&format!("the folder {} cannot be made: {error}", folder.display()))
    })
}

/// Finds out what became of an order, telling each look on a terminal.
pub(crate) async fn reconcile(
    journal: &Journal,
    client: &Client,
    id: &str,
    settle: Option<u64>,
    output: Output,
) -> Result<Entry, JournalError> {
    let options =
        looking_for(settle).watching(move |progress| output.progress(&progress.to_string()));
    journal.reconcile(client, id, &options).await
}

/// How long is looked for an order.
pub(crate) fn looking_for(settle: Option<u64>) -> ReconcileOptions {
    match settle {
        Some(seconds) => ReconcileOptions::default().window(Duration::from_secs(seconds)),
        None => ReconcileOptions::default(),
    }
}

/// What a window could not decide, if it ended before it can be believed that there is no order.
pub(crate) fn too_short(entry: &Entry, settle: Option<u64>) -> Option<String> {
    let seconds = settle.filter(|_| entry.state.blocks())?;
    let findings = entry.findings.as_ref()?;
    let from = findings.absence_from?;
    let is_late = findings.observations.last()?.late;
    (!is_late).then(|| {
        format!(
            "--settle {seconds} ended too early to tell that the order was not placed, which can be believed from {from:.0} on: it could only have told that it was"
        )
    })
}
