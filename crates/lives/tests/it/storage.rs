//! Where the journals of lives are: each in a file of its own, or one after the other in a schema of a
//! PostgreSQL server. `OXHOST_LIVES_DATABASE` is the server's URL.

use std::sync::atomic::{AtomicUsize, Ordering};

use oxhost_journal::Journal;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::runtime::Runtime;

/// The server, if there is one.
pub fn server() -> Option<String> {
    std::env::var("OXHOST_LIVES_DATABASE").ok()
}

/// A place for one journal at a time.
pub struct Storage {
    url: String,
    runtime: Runtime,
    place: Place,
}

enum Place {
    /// A folder, and the bytes of a journal without orders.
    Files(tempfile::TempDir, Vec<u8>),
    /// A schema of its own.
    Schema(String, PgConnection),
}

/// In memory, where that can be.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

const FILES: [&str; 3] = ["journal.db", "journal.db-wal", "journal.db-shm"];

impl Storage {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (url, place) = match server() {
            Some(server) => runtime.block_on(schema(&server)),
            None => {
                let folder = folder();
                let file = folder.path().join(FILES[0]);
                let url = format!("sqlite://{}", file.display());
                (url, Place::Files(folder, Vec::new()))
            }
        };
        let mut storage = Self { url, runtime, place };
        drop(storage.runtime.block_on(Journal::open(&storage.url)).unwrap());
        if let Place::Files(folder, empty) = &mut storage.place {
            // Only the last to leave writes all of it into the one file.
            let file = folder.path().join(FILES[0]);
            let connection = rusqlite::Connection::open(&file).unwrap();
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            connection.close().unwrap();
            *empty = std::fs::read(file).unwrap();
        }
        storage
    }

    /// The URL of a journal without orders. What was in the last one is gone.
    pub fn clear(&mut self) -> String {
        match &mut self.place {
            // Elsewhere: who closes the last one late takes the files of that name along.
            Place::Files(old, empty) => {
                *old = folder();
                let file = old.path().join(FILES[0]);
                std::fs::write(&file, empty).unwrap();
                self.url = format!("sqlite://{}", file.display());
            }
            Place::Schema(name, connection) => {
                let sql = format!("DELETE FROM {name}.orders");
                self.runtime.block_on(connection.execute(&*sql)).unwrap();
            }
        }
        self.url.clone()
    }

    /// Everything that the journal has written, with a name for each part of it.
    pub fn bytes(&mut self) -> Vec<(String, Vec<u8>)> {
        match &mut self.place {
            Place::Files(folder, _) => {
                let read = |name: &str| std::fs::read(folder.path().join(name)).ok();
                let parts =
                    FILES.into_iter().filter_map(|name| Some((name.to_owned(), read(name)?)));
                parts.collect()
            }
            Place::Schema(name, connection) => {
                let sql = format!("SELECT CAST(it AS TEXT) FROM {name}.orders AS it");
                let rows = self.runtime.block_on(connection.fetch_all(&*sql)).unwrap();
                let row = |row: sqlx::postgres::PgRow| row.get::<String, _>(0).into_bytes();
                rows.into_iter().map(|it| ("row".to_owned(), row(it))).collect()
            }
        }
    }

    /// Whether many machines can use a journal here, by one clock that is none of theirs.
    pub fn has_clock(&self) -> bool {
        matches!(self.place, Place::Schema(..))
    }
}

async fn schema(server: &str) -> (String, Place) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("lives_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(&*format!("CREATE SCHEMA {name}")).await.unwrap();
    let and = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{and}options[search_path]={name}");
    (url, Place::Schema(name, connection))
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Place::Schema(name, connection) = &mut self.place {
            let sql = format!("DROP SCHEMA {name} CASCADE");
            let _ = self.runtime.block_on(connection.execute(&*sql));
        }
    }
}
