//! A journal on a PostgreSQL server.

use sqlx::{AnyConnection, Row};

use super::connection::Statement;
use super::{SERVER_LIMIT, Store, not_durable};
use crate::clock::Moment;
use crate::error::JournalError;

/// The name of the server's clock. Whoever takes over from a server goes by the same time.
pub(super) const CLOCK: &str = "database";

/// Microseconds on it.
pub(super) const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// Sets what a session needs, and reads what it must find, in one round trip. Each statement of the
/// journal is right by itself, so that more isolation would only let it fail: read committed, whatever
/// the server's default.
pub(super) async fn set_up(connection: &mut AnyConnection) -> sqlx::Result<()> {
    let limit = SERVER_LIMIT.as_millis();
    let sql = format!(
        "SELECT set_config('default_transaction_isolation', 'read committed', false), \
         set_config('statement_timeout', '{limit}', false), \
         set_config('lock_timeout', '{limit}', false), \
         set_config('idle_in_transaction_session_timeout', '{limit}', false), \
         current_setting('synchronous_commit') AS synchronous_commit, \
         current_setting('fsync') AS fsync, \
         CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS role"
    );
    let row = sqlx::query(&sql).fetch_one(connection).await?;
    let commit: String = row.try_get("synchronous_commit")?;
    let fsync: String = row.try_get("fsync")?;
    let role: String = row.try_get("role")?;
    if role != "primary" {
        return Err(not_durable(
            "the server is a standby; the journal needs the primary".to_owned(),
        ));
    }
    // "local" does not wait for the standby that may take over.
    if fsync == "on" && !matches!(commit.as_str(), "off" | "local") {
        return Ok(());
    }
    Err(not_durable(format!("synchronous_commit is {commit}, fsync is {fsync}")))
}

pub(super) async fn now(store: &Store) -> Result<Moment, JournalError> {
    let rows = store.rows(&Statement::new(format!("SELECT {NOW}"))).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(Moment { clock: CLOCK.to_owned(), micros: row.try_get(0)? })
}
