//! The database under the journal: SQLite, or PostgreSQL with the same schema.

use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Row};

use crate::error::JournalError;

/// How long another process may hold the journal before this one gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Serves both databases. Two indexes are the guard: one claimed, open or unknown order a target, and
/// one order a reference.
const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        operation TEXT NOT NULL,
        target TEXT NOT NULL,
        parameters TEXT NOT NULL,
        reference TEXT,
        state TEXT NOT NULL CHECK (state IN
            ('claimed', 'open', 'accepted', 'refused', 'not_sent', 'unknown', 'confirmed', 'not_ordered')),
        baseline TEXT,
        outcome TEXT,
        findings TEXT,
        reason TEXT,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    )",
    "CREATE UNIQUE INDEX IF NOT EXISTS orders_claim ON orders (account, target)
        WHERE state IN ('claimed', 'open', 'unknown')",
    "CREATE UNIQUE INDEX IF NOT EXISTS orders_reference ON orders (account, reference)
        WHERE state NOT IN ('not_sent', 'not_ordered')",
];

/// What a path must not hold as it is where it stands in a URL.
const NOT_IN_URL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// The URL of a journal in a file.
pub(crate) fn url_of(file: &Path) -> Result<String, JournalError> {
    let path = file.to_str().ok_or_else(|| JournalError::NotText(file.display().to_string()))?;
    Ok(format!("sqlite://{}", utf8_percent_encode(path, NOT_IN_URL)))
}

pub(crate) async fn open(url: &str, patience: Duration) -> Result<AnyPool, JournalError> {
    sqlx::any::install_default_drivers();
    let file = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    if let Some(file) = file {
        let file = percent_decode_str(file).decode_utf8_lossy();
        refuse_network_file_system(Path::new(file.as_ref()))?;
    }
    let url = if file.is_some() { format!("{url}?mode=rwc") } else { url.to_owned() };
    let sqlite = file.is_some();
    // By itself first: a pool would try again and again at what cannot be opened.
    let mut connection = AnyConnection::connect(&url).await?;
    if sqlite {
        make_durable(&mut connection, patience).await?;
        verify_durable(&mut connection).await?;
    }
    let mut transaction = connection.begin().await?;
    if !sqlite {
        // PostgreSQL's IF NOT EXISTS fails where two make the table at once; SQLite lets in one writer.
        sqlx::query("SELECT pg_advisory_xact_lock(684127)").execute(&mut *transaction).await?;
    }
    for statement in SCHEMA {
        sqlx::query(statement).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    connection.close().await?;
    let pool = AnyPoolOptions::new()
        // SQLite has one writer, and a second connection of ours would only wait for the first.
        .max_connections(if sqlite { 1 } else { 4 })
        .acquire_timeout(patience)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite { make_durable(connection, patience).await } else { Ok(()) }
            })
        })
        .connect_lazy(&url)?;
    Ok(pool)
}

/// An intent that a power cut could take back would be no intent.
async fn make_durable(connection: &mut AnyConnection, patience: Duration) -> sqlx::Result<()> {
    for pragma in [
        format!("PRAGMA busy_timeout = {}", patience.as_millis()),
        "PRAGMA journal_mode = WAL".to_owned(),
        "PRAGMA synchronous = FULL".to_owned(),
    ] {
        sqlx::query(&pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

/// SQLite answers a pragma that it cannot follow with silence, so what it holds is read back.
async fn verify_durable(connection: &mut AnyConnection) -> Result<(), JournalError> {
    let mode: String =
        sqlx::query("PRAGMA journal_mode").fetch_one(&mut *connection).await?.try_get(0)?;
    let synchronous: i64 =
        sqlx::query("PRAGMA synchronous").fetch_one(&mut *connection).await?.try_get(0)?;
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    if mode != "wal" || synchronous != 2 {
        return Err(JournalError::NotDurable(format!(
            "journal_mode is {mode}, synchronous is {synchronous}"
        )));
    }
    Ok(())
}

/// Locks of SQLite do not hold over a network: https://www.sqlite.org/wal.html#overview
#[cfg(target_os = "linux")]
fn refuse_network_file_system(file: &Path) -> Result<(), JournalError> {
    /// Magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, Coda, AFS, Ceph, 9P, and FUSE (sshfs, s3fs).
    const NETWORK: [u32; 9] = [
        0x6969,
        0x517b,
        0xfe53_4d42,
        0xff53_4d42,
        0x7375_7245,
        0x5346_414f,
        0x00c3_6400,
        0x0102_1997,
        0x6573_5546,
    ];
    let folder =
        file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::statfs(folder) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the numbers have 32 bits"
        )]
        Ok(found) if NETWORK.contains(&(found.f_type as u32)) => {
            Err(JournalError::NetworkFileSystem(folder.display().to_string()))
        }
        // A folder that is not there is the database's own error to tell.
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network_file_system(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

#[cfg(test)]
mod locked;
