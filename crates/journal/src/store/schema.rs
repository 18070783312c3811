//! The tables, and how an older journal gets those of today.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection};

use super::Database;
use crate::error::JournalError;

/// Version, what it does, and how in SQLite and in PostgreSQL; never changed once released, only added to.
const MIGRATIONS: [(i64, &str, &str, &str); 1] = [(
    1,
    "orders",
    include_str!("../../migrations/sqlite/0001_orders.sql"),
    include_str!("../../migrations/postgres/0001_orders.sql"),
)];

/// Brings a journal up to date. One that is gets only read, so that it can be used without the right to
/// create anything.
pub(super) async fn make_current(
    connection: &mut AnyConnection,
    database: Database,
) -> Result<(), JournalError> {
    let migrator = migrator(database);
    if is_current(connection, database, &migrator).await? {
        return Ok(());
    }
    match database {
        // SQLite lets in one writer, and who comes second finds the work done.
        Database::Sqlite => {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            if !is_current(&mut transaction, database, &migrator).await? {
                migrator.run_direct(&mut *transaction).await.map_err(refused)?;
            }
            transaction.commit().await?;
        }
        // The migrator holds a lock of the server's.
        Database::Postgres => migrator.run_direct(connection).await.map_err(refused)?,
    }
    Ok(())
}

/// Fails if the database holds what no version of the journal has made. Only reads.
pub(super) async fn refuse_others(
    connection: &mut AnyConnection,
    database: Database,
) -> Result<(), JournalError> {
    is_current(connection, database, &migrator(database)).await.map(drop)
}

fn migrator(database: Database) -> Migrator {
    let migrations = MIGRATIONS.map(|(version, name, in_sqlite, in_postgres)| {
        let sql = match database {
            Database::Sqlite => in_sqlite,
            Database::Postgres => in_postgres,
        };
        Migration::new(version, name.into(), MigrationType::Simple, sql.into(), false)
    });
    Migrator { migrations: Cow::Owned(migrations.into()), ..Migrator::DEFAULT }
}

async fn is_current(
    connection: &mut AnyConnection,
    database: Database,
    migrator: &Migrator,
) -> Result<bool, JournalError> {
    // Another process may be making the tables at this moment: SQLite shows a transaction all of them or
    // none. PostgreSQL may show more to each statement, so `orders` is asked for first.
    let mut connection = connection.begin().await?;
    let current = is_current_within(&mut connection, database, migrator).await?;
    connection.rollback().await?;
    Ok(current)
}

async fn is_current_within(
    connection: &mut AnyConnection,
    database: Database,
    migrator: &Migrator,
) -> Result<bool, JournalError> {
    let has_orders = has_table(connection, database, "orders").await?;
    if !has_table(connection, database, "_sqlx_migrations").await? {
        return can_be_made(connection, database, has_orders).await;
    }
    let sql = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let made: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql).fetch_all(&mut *connection).await?;
    for (version, checksum) in &made {
        match migrator.iter().find(|migration| migration.version == *version) {
            Some(ours) if *ours.checksum == **checksum => {}
            Some(_) => return Err(refused(MigrateError::VersionMismatch(*version))),
            None => return Err(refused(MigrateError::VersionMissing(*version))),
        }
    }
    match made.is_empty() {
        true => can_be_made(connection, database, has_orders).await,
        false => Ok(made.len() == MIGRATIONS.len()),
    }
}

/// Never current: either a journal can be made here, or something else is here.
async fn can_be_made(
    connection: &mut AnyConnection,
    database: Database,
    has_orders: bool,
) -> Result<bool, JournalError> {
    let why = match has_orders {
        true => "it has a table `orders` that no version of the journal has made",
        false if holds_another_program(connection, database).await? => {
            "it holds the tables of another program"
        }
        false => return Ok(false),
    };
    Err(JournalError::NotAJournal(why.to_owned()))
}

/// A file is one program's. A database on a server is many's.
async fn holds_another_program(
    connection: &mut AnyConnection,
    database: Database,
) -> Result<bool, JournalError> {
    let Database::Sqlite = database else { return Ok(false) };
    // SQLite keeps names with this beginning for itself.
    let sql = "SELECT COUNT(*) FROM sqlite_master \
        WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> '_sqlx_migrations'";
    let count: i64 = sqlx::query_scalar(sql).fetch_one(connection).await?;
    Ok(count > 0)
}

async fn has_table(
    connection: &mut AnyConnection,
    database: Database,
    name: &str,
) -> Result<bool, JournalError> {
    let sql = match database {
        Database::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        Database::Postgres => "SELECT COUNT(to_regclass($1))",
    };
    let count: i64 = sqlx::query_scalar(sql).bind(name).fetch_one(connection).await?;
    Ok(count > 0)
}

fn refused(error: MigrateError) -> JournalError {
    match error {
        MigrateError::VersionMissing(version) => JournalError::NotAJournal(format!(
            "its tables have version {version}, which a newer version of the journal has made, or another program"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        error => JournalError::NotAJournal(error.to_string()),
    }
}
