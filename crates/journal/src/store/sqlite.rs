//! A journal in a file: a connection that writes, and one that reads.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;

use super::statement::{Row, Statement};
use super::worker::Worker;
use super::{Ask, Kind, execute, file, guards, schema, within};
use crate::error::JournalError;

/// More than the journal has statements.
const PREPARED: usize = 64;

#[derive(Clone)]
pub(super) struct Sqlite {
    pub(super) writes: Worker,
    /// Another's commit on its way to the disk does not keep a question waiting.
    pub(super) reads: Worker,
}

impl Sqlite {
    /// Opens the journal of a URL, and makes it if it is not there. `patience` is for a file that another
    /// process holds.
    pub(super) async fn open(url: &str, patience: Duration) -> Result<Self, JournalError> {
        let file = file::prepare(url)?;
        look_first(&file, patience).await?;
        let worker = || {
            let file = file.clone();
            Worker::start(move || connect(&file, patience))
        };
        let mut writes = worker()?;
        schema::make_current(&mut writes, Kind::Sqlite).await?;
        guards::verify(&mut writes, Kind::Sqlite).await?;
        file::refuse_second_name(&file)?;
        file::keep_to_ourselves(&file)?;
        Ok(Self { writes, reads: worker()? })
    }

    pub(super) async fn close(&self) {
        self.writes.close().await;
        self.reads.close().await;
    }
}

impl Ask for Worker {
    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, JournalError> {
        self.call(move |connection| execute::rows(connection, &statement)).await
    }

    async fn batch(&mut self, sql: &'static str) -> Result<(), JournalError> {
        self.call(move |connection| connection.execute_batch(sql)).await
    }
}

/// Gives the rows of a statement one by one from the connection's own thread: few are on their way at a time.
pub(super) async fn each_of(
    worker: &Worker,
    statement: Statement,
    limit: Duration,
    mut take: impl FnMut(Row),
) -> Result<(), JournalError> {
    let (give, mut rows) = mpsc::channel(64);
    let ended = worker.call(move |connection| {
        execute::each(connection, &statement, |row| give.blocking_send(row).is_ok())
    });
    while let Some(row) = within(limit, async { Ok(rows.recv().await) }).await? {
        take(row);
    }
    within(limit, ended).await
}

/// Looks whether a file is a journal or empty, before anything is set: its mode stands in the file, which
/// may be another program's. Read-only, for the last one to close a file writes to it.
async fn look_first(file: &Path, patience: Duration) -> Result<(), JournalError> {
    let read = OpenFlags::SQLITE_OPEN_READ_ONLY;
    match look(file.to_owned(), read, patience).await {
        // A crash has left something to be mended, which whose file it is can be told without.
        Err(JournalError::Database(error))
            if matches!(error.sqlite_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen)) =>
        {
            let uri = file::immutable(file)?;
            match look(uri, read | OpenFlags::SQLITE_OPEN_URI, patience).await {
                Err(JournalError::Database(_)) => Ok(()),
                looked => looked,
            }
        }
        looked => looked,
    }
}

async fn look(file: PathBuf, flags: OpenFlags, patience: Duration) -> Result<(), JournalError> {
    let mut worker = Worker::start(move || {
        let connection = open(&file, flags)?;
        wait_for_others(&connection, patience)?;
        Ok(connection)
    })?;
    schema::refuse_others(&mut worker, Kind::Sqlite).await?;
    worker.close().await;
    Ok(())
}

fn open(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let file = match flags.contains(OpenFlags::SQLITE_OPEN_URI) {
        true => file.to_owned(),
        // A name that begins with `file:` is one all the same, and no URI of another file.
        false => Path::new(".").join(file),
    };
    // One thread has it.
    Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn wait_for_others(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA busy_timeout = {}", patience.as_millis()))
}

/// A connection that is fit for orders.
pub(super) fn connect(file: &Path, patience: Duration) -> Result<Connection, JournalError> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_up(&connection, patience)?;
    Ok(connection)
}

/// An intent that a power cut could take back would be no intent.
pub(super) fn set_up(connection: &Connection, patience: Duration) -> Result<(), JournalError> {
    connection.set_prepared_statement_cache_capacity(PREPARED);
    wait_for_others(connection, patience)?;
    // To change the mode, SQLite does not wait for others that do the same.
    let begun = Instant::now();
    while let Err(error) = connection.execute_batch("PRAGMA journal_mode = WAL") {
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || begun.elapsed() > patience
        {
            return Err(error.into());
        }
        sleep(Duration::from_millis(10));
    }
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    // SQLite answers a pragma that it cannot follow with silence, so what it holds is read back.
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    if mode == "wal" && synchronous == 2 {
        return Ok(());
    }
    Err(JournalError::NotDurable(format!("journal_mode is {mode}, synchronous is {synchronous}")))
}
