//! The guards of a journal, verified whenever it is opened: without them, two could charge one target.

use sqlx::{AnyConnection, Row};

use super::Database;
use crate::error::JournalError;

/// A unique index: over what, and of which orders.
struct Guard {
    name: &'static str,
    columns: &'static str,
    /// As the migration says it, and SQLite after it.
    of: &'static str,
    /// As PostgreSQL says it back, without brackets, blanks and types.
    in_postgres: &'static str,
}

const GUARDS: [Guard; 2] = [
    Guard {
        name: "orders_claim",
        columns: "provider, target",
        of: "state IN ('claimed', 'open', 'unknown')",
        in_postgres: "state=ANYARRAY['claimed','open','unknown']",
    },
    Guard {
        name: "orders_reference",
        columns: "provider, reference",
        of: "state NOT IN ('refused', 'not_sent', 'not_ordered')",
        in_postgres: "state<>ALLARRAY['refused','not_sent','not_ordered']",
    },
];

/// A state that nobody knows would block nothing.
const STATES: &str = "CONSTRAINT orders_known_state CHECK (state IN ('claimed', 'open', 'accepted', 'refused', 'not_sent', 'unknown', 'confirmed', 'not_ordered'))";
const STATES_IN_POSTGRES: &str = "CHECKstate=ANYARRAY['claimed','open','accepted','refused','not_sent','unknown','confirmed','not_ordered']";

pub(super) async fn verify(
    connection: &mut AnyConnection,
    database: Database,
) -> Result<(), JournalError> {
    let missing = match database {
        Database::Sqlite => missing_in_sqlite(connection).await?,
        Database::Postgres => missing_in_postgres(connection).await?,
    };
    match missing {
        None => Ok(()),
        Some(name) => Err(JournalError::NotAJournal(format!(
            "the guard `{name}` is missing or not as it was made, so orders could be sent twice"
        ))),
    }
}

async fn missing_in_sqlite(
    connection: &mut AnyConnection,
) -> Result<Option<&'static str>, JournalError> {
    let sql = "SELECT type, name, COALESCE(sql, '') FROM sqlite_master WHERE tbl_name = 'orders'";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    let mut found = Vec::new();
    for row in rows {
        let (kind, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        found.push((kind, name, plain(&row.try_get::<String, _>(2)?)));
    }
    let sql_of = |kind: &str, name: &str| {
        found.iter().find(|it| it.0 == kind && it.1 == name).map(|it| it.2.as_str())
    };
    for Guard { name, columns, of, .. } in &GUARDS {
        let made = format!("CREATE UNIQUE INDEX {name} ON orders ({columns}) WHERE {of}");
        if sql_of("index", name) != Some(&plain(&made)) {
            return Ok(Some(name));
        }
    }
    let checked = sql_of("table", "orders").is_some_and(|sql| sql.contains(&plain(STATES)));
    Ok((!checked).then_some("orders_known_state"))
}

async fn missing_in_postgres(
    connection: &mut AnyConnection,
) -> Result<Option<&'static str>, JournalError> {
    let sql = "SELECT CAST(name.relname AS TEXT), \
        pg_get_indexdef(it.indexrelid, 1, true) || ', ' || pg_get_indexdef(it.indexrelid, 2, true), \
        COALESCE(pg_get_expr(it.indpred, it.indrelid), '') \
        FROM pg_index AS it JOIN pg_class AS name ON name.oid = it.indexrelid \
        WHERE it.indrelid = to_regclass('orders') AND it.indisunique AND it.indisvalid \
        AND it.indisready AND it.indislive AND it.indimmediate AND it.indnkeyatts = 2";
    let mut found = Vec::new();
    for row in sqlx::query(sql).fetch_all(&mut *connection).await? {
        let (name, columns): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        found.push((name, columns, bare(&row.try_get::<String, _>(2)?)));
    }
    for Guard { name, columns, in_postgres, .. } in &GUARDS {
        let is_there = |it: &(String, String, String)| {
            it.0 == *name && it.1 == *columns && it.2 == *in_postgres
        };
        if !found.iter().any(is_there) {
            return Ok(Some(name));
        }
    }
    let sql = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('orders') \
        AND conname = 'orders_known_state' AND contype = 'c' AND convalidated";
    let row = sqlx::query(sql).fetch_optional(connection).await?;
    let check: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    let checked = check.is_some_and(|check| bare(&check) == STATES_IN_POSTGRES);
    Ok((!checked).then_some("orders_known_state"))
}

/// A statement without the freedom of its writing.
fn plain(sql: &str) -> String {
    sql.replace('"', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An expression as PostgreSQL tells it, without what differs between its versions.
fn bare(expression: &str) -> String {
    let text = expression.replace("::text", "");
    text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '(' | ')')).collect()
}
