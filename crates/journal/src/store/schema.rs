//! The tables, and how an older journal gets those of today.

use std::fmt::Write as _;

use sha2::{Digest, Sha384};

use super::statement::{Cell, Statement};
use super::{Ask, Kind, count};
use crate::error::JournalError;

/// Version, what it does, and how in SQLite and in PostgreSQL; never changed once released, only added to.
const MIGRATIONS: [(i64, &str, &str, &str); 3] = [
    (
        1,
        "orders",
        include_str!("../../migrations/sqlite/0001_orders.sql"),
        include_str!("../../migrations/postgres/0001_orders.sql"),
    ),
    (
        2,
        "states",
        include_str!("../../migrations/sqlite/0002_states.sql"),
        include_str!("../../migrations/postgres/0002_states.sql"),
    ),
    (
        3,
        "batches",
        include_str!("../../migrations/sqlite/0003_batches.sql"),
        include_str!("../../migrations/postgres/0003_batches.sql"),
    ),
];

/// Which of them were made, as sqlx writes it down, which made the first journals.
const MADE: (&str, &str) = (
    "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
     checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
     checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)",
);

/// Brings a journal up to date. One that is gets only read, so that it can be used without the right to
/// create anything.
pub(super) async fn make_current(database: &mut impl Ask, kind: Kind) -> Result<(), JournalError> {
    if is_current(database, kind).await? {
        return Ok(());
    }
    // One at a time: who comes second finds the work done. Whoever fails leaves, which takes all of it back.
    match kind {
        Kind::Sqlite => database.batch("BEGIN IMMEDIATE").await?,
        Kind::Postgres => {
            // Any number, so long as it is always the same. Before the transaction: within it, a table that was
            // looked for before the wait is still not there.
            database.rows(Statement::new("SELECT pg_advisory_lock(17485120)")).await?;
            database.batch("BEGIN").await?;
        }
    }
    let made = versions(database, kind).await?;
    database.batch(kind.choose(MADE.0, MADE.1)).await?;
    for (version, name, in_sqlite, in_postgres) in MIGRATIONS {
        let sql = kind.choose(in_sqlite, in_postgres);
        if !made.contains(&version) {
            database.batch(sql).await?;
            let bytes = kind.choose("x'", "'\\x");
            let sql = format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES ($1, $2, TRUE, {bytes}{}', 0)",
                checksum(sql)
            );
            database.rows(Statement::new(sql).bind(version).bind(name)).await?;
        }
    }
    database.batch("COMMIT").await?;
    if let Kind::Postgres = kind {
        database.rows(Statement::new("SELECT pg_advisory_unlock(17485120)")).await?;
    }
    Ok(())
}

/// Fails if the database holds what no version of the journal has made. Only reads.
pub(super) async fn refuse_others(database: &mut impl Ask, kind: Kind) -> Result<(), JournalError> {
    is_current(database, kind).await.map(drop)
}

async fn is_current(database: &mut impl Ask, kind: Kind) -> Result<bool, JournalError> {
    // Another process may be making the tables at this moment: SQLite shows a transaction all of them or
    // none. PostgreSQL may show more to each statement, so `orders` is asked for first.
    database.batch("BEGIN").await?;
    let made = versions(database, kind).await?;
    database.batch("ROLLBACK").await?;
    Ok(made.len() == MIGRATIONS.len())
}

/// The versions that were made here, each as we would make it.
async fn versions(database: &mut impl Ask, kind: Kind) -> Result<Vec<i64>, JournalError> {
    let has_orders = has_table(database, kind, "orders").await?;
    if !has_table(database, kind, "_sqlx_migrations").await? {
        return can_be_made(database, kind, has_orders).await;
    }
    let hex = kind.choose("lower(hex(checksum))", "encode(checksum, 'hex')");
    let sql = format!("SELECT version, {hex} FROM _sqlx_migrations WHERE success ORDER BY version");
    let mut versions = Vec::new();
    for row in database.rows(Statement::new(sql)).await? {
        let [Cell::Number(version), Cell::Text(made)] = row.as_slice() else {
            return Err(no_journal("its versions cannot be read"));
        };
        match MIGRATIONS.iter().find(|(ours, ..)| ours == version) {
            Some((_, _, in_sqlite, in_postgres))
                if checksum(kind.choose(in_sqlite, in_postgres)) == *made => {}
            Some(_) => {
                let why =
                    format!("its tables were made by version {version}, which has been modified");
                return Err(no_journal(&why));
            }
            None => {
                let why = format!(
                    "its tables have version {version}, which a newer version of the journal has made, or another program"
                );
                return Err(no_journal(&why));
            }
        }
        versions.push(*version);
    }
    match versions.is_empty() {
        true => can_be_made(database, kind, has_orders).await,
        false => Ok(versions),
    }
}

/// None was made: either a journal can be made here, or something else is here.
async fn can_be_made(
    database: &mut impl Ask,
    kind: Kind,
    has_orders: bool,
) -> Result<Vec<i64>, JournalError> {
    match has_orders {
        true => Err(no_journal("it has a table `orders` that no version of the journal has made")),
        false if holds_another_program(database, kind).await? => {
            Err(no_journal("it holds the tables of another program"))
        }
        false => Ok(Vec::new()),
    }
}

/// A file is one program's. A database on a server is many's.
async fn holds_another_program(database: &mut impl Ask, kind: Kind) -> Result<bool, JournalError> {
    let Kind::Sqlite = kind else { return Ok(false) };
    // SQLite keeps names with this beginning for itself.
    let sql = "SELECT COUNT(*) FROM sqlite_master \
        WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> '_sqlx_migrations'";
    Ok(count(database, Statement::new(sql)).await? > 0)
}

async fn has_table(database: &mut impl Ask, kind: Kind, name: &str) -> Result<bool, JournalError> {
    let sql = kind.choose(
        "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        "SELECT COUNT(to_regclass($1))",
    );
    Ok(count(database, Statement::new(sql).bind(name)).await? > 0)
}

fn checksum(sql: &str) -> String {
    Sha384::digest(sql).iter().fold(String::new(), |mut text, byte| {
        // A text takes all that is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn no_journal(why: &str) -> JournalError {
    JournalError::NotAJournal(why.to_owned())
}
