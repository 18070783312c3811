//! Whoever names the wrong file must not lose it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::error::JournalError;
use crate::store::{Store, url_of};

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_journal_keeps_its_rights_and_its_bytes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "not a database, but long enough to be taken for one: ".repeat(40))
        .unwrap();
    std::fs::set_permissions(&notes, std::fs::Permissions::from_mode(0o644)).unwrap();
    let before = std::fs::read(&notes).unwrap();
    for path in [notes.as_path(), std::path::Path::new("/dev/null"), folder.path()] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        let url = url_of(path).unwrap();
        assert!(Store::open(&url, Duration::from_millis(200)).await.is_err(), "{path:?}");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode(), mode, "{path:?}");
    }
    assert_eq!(std::fs::read(&notes).unwrap(), before);
}

async fn opened(file: &Path) -> Result<(), JournalError> {
    let store = Store::open(&url_of(file).unwrap(), Duration::from_millis(500)).await?;
    store.close().await;
    Ok(())
}

fn connect(file: &Path) -> Connection {
    Connection::open(file).unwrap()
}

/// All that is in a folder but the index of a WAL, and a WAL that holds nothing: readers make both.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read(file.path()).unwrap())
        })
        .filter(|(name, bytes)| !name.ends_with("-shm") && !bytes.is_empty())
        .collect()
}

/// Copies a file of SQLite's as a crash would have left it.
fn crashed(from: &Path, to: &Path) {
    for side in ["", "-wal", "-journal"] {
        let with = |file: &Path| format!("{}{side}", file.display());
        let _ = std::fs::copy(with(from), with(to));
    }
}

/// Enough to be written to the file before it is committed.
const HALF: &str = "PRAGMA cache_size = 1; CREATE TABLE IF NOT EXISTS filling (it BLOB); BEGIN; \
    INSERT INTO filling WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) \
    SELECT randomblob(1000) FROM n";

#[tokio::test]
async fn another_programs_database_keeps_its_mode_and_its_bytes() {
    const TABLE: &str = "CREATE TABLE invoices (id TEXT); INSERT INTO invoices VALUES ('17')";
    const MIGRATIONS: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT, \
         installed_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT)";
    for mode in ["DELETE", "TRUNCATE", "PERSIST", "WAL"] {
        for sql in [
            TABLE,
            "CREATE VIEW invoices AS SELECT 17",
            "CREATE TABLE sqlitebrowser (id TEXT)",
            "CREATE TABLE orders (id TEXT)",
            "CREATE TABLE _sqlx_migrations (version INTEGER)",
            &format!("{MIGRATIONS}; {TABLE}"),
            &format!(
                "{MIGRATIONS}; INSERT INTO _sqlx_migrations VALUES (1, 'x', 0, TRUE, x'00', 0)"
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("theirs.db");
            let theirs = connect(&file);
            theirs.execute_batch(&format!("PRAGMA journal_mode = {mode}; {sql}")).unwrap();
            let in_use = contents(folder.path());
            assert!(opened(&file).await.is_err(), "{mode}: {sql}");
            assert_eq!(contents(folder.path()), in_use, "{mode}: {sql}");
            theirs.close().unwrap();

            let left = contents(folder.path());
            assert!(opened(&file).await.is_err(), "{mode}: {sql}");
            assert_eq!(contents(folder.path()), left, "{mode}: {sql}");
        }
    }
}

#[tokio::test]
async fn what_another_program_did_not_finish_is_left_to_it() {
    for mode in ["DELETE", "WAL"] {
        let (theirs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = theirs.path().join("theirs.db");
        let connection = connect(&file);
        connection.execute_batch(&format!("PRAGMA journal_mode = {mode}; {HALF}")).unwrap();
        let file = folder.path().join("theirs.db");
        crashed(&theirs.path().join("theirs.db"), &file);
        let before = contents(folder.path());
        assert_eq!(before.len(), 2, "else nothing is unfinished");
        let error = opened(&file).await.unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal(_)), "{mode}: {error}");
        assert_eq!(contents(folder.path()), before, "{mode}");
    }
}

/// As `VACUUM INTO` copies it, and as a crash leaves that.
#[tokio::test]
async fn a_journal_in_another_mode_is_a_journal() {
    for half in ["", HALF] {
        let (ours, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = ours.path().join("journal.db");
        opened(&file).await.unwrap();
        let connection = connect(&file);
        connection.execute_batch(&format!("PRAGMA journal_mode = DELETE; {half}")).unwrap();
        let copy = folder.path().join("journal.db");
        crashed(&file, &copy);
        assert_eq!(contents(folder.path()).len(), if half.is_empty() { 1 } else { 2 });
        opened(&copy).await.unwrap();
        let mode = connect(&copy).query_row("PRAGMA journal_mode", [], |row| row.get(0));
        let mode: String = mode.unwrap();
        assert_eq!(mode, "wal");
    }
}
