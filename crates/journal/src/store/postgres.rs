//! A journal on a PostgreSQL server.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Either, Executor, PgConnection, PgPool, Postgres, TypeInfo, ValueRef};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::statement::{Cell, Row, Statement, Value};
use super::{Ask, Kind, guards, schema, within};
use crate::error::JournalError;

/// The name of the server's clock. Whoever takes over from a server goes by the same time.
pub(super) const CLOCK: &str = "database";

/// Microseconds on it.
pub(super) const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// PostgreSQL gives up a little before we do, so that most of what takes too long is known not to be
/// written.
const SERVER_LIMIT: Duration = Duration::from_secs(4);

/// How often a statement is sent, if the database answers that it lost against another.
const TRIES: u32 = 10;

/// Connections of one journal.
const CONNECTIONS: u32 = 4;

/// A journal on a server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) pool: PgPool,
    line: Arc<Semaphore>,
    /// What it may lose in a failover, in words.
    pub(super) caution: Option<Arc<str>>,
}

impl Server {
    /// Stands in line for a connection. Whoever waits here for others of this process does not wait for the
    /// server, which is told in time by those who have one.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.line).acquire_owned().await.ok()
    }
}

/// Opens the journal of a URL, and makes it if it is not there.
pub(super) async fn open(url: &str, limit: Duration) -> Result<Server, JournalError> {
    // By itself first: a pool would try again and again at what cannot be opened.
    let mut connection = PgConnection::connect(url).await?;
    set_up(&mut connection).await?;
    schema::make_current(&mut connection, Kind::Postgres).await?;
    guards::verify(&mut connection, Kind::Postgres).await?;
    let caution = caution(&mut connection).await?;
    connection.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        // `within` ends the waiting before that.
        .acquire_timeout(limit.saturating_mul(2))
        .after_connect(|connection, _| Box::pin(set_up(connection)))
        .connect_lazy(url)?;
    Ok(Server { pool, line: Arc::new(Semaphore::new(CONNECTIONS as usize)), caution })
}

impl Ask for PgConnection {
    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, JournalError> {
        Ok(self.fetch_all(query(&statement)).await?.iter().map(row).collect())
    }

    async fn batch(&mut self, sql: &'static str) -> Result<(), JournalError> {
        self.execute(sqlx::raw_sql(sql)).await?;
        Ok(())
    }
}

/// A connection on loan. One that was left in the middle of a statement is closed, not given back: its
/// next user would wait for what this one gave up.
struct Loan(Option<PoolConnection<Postgres>>);

impl Loan {
    async fn of(pool: &PgPool) -> Result<Self, JournalError> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    fn get(&mut self) -> Result<&mut PgConnection, JournalError> {
        self.0.as_deref_mut().ok_or_else(|| sqlx::Error::PoolClosed.into())
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// All rows of a statement, which is tried again where the database says that it did nothing.
pub(super) async fn rows(pool: &PgPool, statement: &Statement) -> Result<Vec<Row>, JournalError> {
    let mut tries = 1;
    loop {
        let mut loan = Loan::of(pool).await?;
        let result = loan.get()?.fetch_all(query(statement)).await;
        if matches!(result, Ok(_) | Err(sqlx::Error::Database(_))) {
            loan.give_back();
        }
        match result {
            Err(error) if tries < TRIES && lost_a_race(&error) => tries += 1,
            result => return Ok(result?.iter().map(row).collect()),
        }
        // Others need the time that they won.
        tokio::time::sleep(Duration::from_millis(u64::from(tries))).await;
    }
}

/// Carries out statements together, and gives the rows of the first; or none of them, if one does not change
/// what it must, and no rows. They are tried again where the database says that it did nothing.
pub(super) async fn write(pool: &PgPool, all: &[Statement]) -> Result<Vec<Row>, JournalError> {
    if let [one] = all {
        return rows(pool, one).await;
    }
    let mut tries = 1;
    loop {
        let mut loan = Loan::of(pool).await?;
        let result = together(loan.get()?, all).await;
        if matches!(result, Ok(_) | Err(sqlx::Error::Database(_))) {
            loan.give_back();
        }
        match result {
            Err(error) if tries < TRIES && lost_a_race(&error) => tries += 1,
            result => return Ok(result?),
        }
        tokio::time::sleep(Duration::from_millis(u64::from(tries))).await;
    }
}

async fn together(connection: &mut PgConnection, all: &[Statement]) -> sqlx::Result<Vec<Row>> {
    // Whoever leaves in between has its connection closed, which takes all of it back.
    let mut transaction = connection.begin().await?;
    let mut first = None;
    for statement in all {
        let (mut changed, mut given) = (0, Vec::new());
        let mut results = transaction.fetch_many(query(statement));
        while let Some(result) = results.next().await {
            match result {
                Ok(Either::Left(done)) => changed += done.rows_affected(),
                Ok(Either::Right(it)) => given.push(row(&it)),
                Err(error) => {
                    drop(results);
                    transaction.rollback().await?;
                    return Err(error);
                }
            }
        }
        drop(results);
        if statement.must_change && changed == 0 {
            transaction.rollback().await?;
            return Ok(Vec::new());
        }
        first.get_or_insert(given);
    }
    transaction.commit().await?;
    Ok(first.unwrap_or_default())
}

/// Gives the rows of a statement one by one, so that there are never many in memory.
pub(super) async fn each(
    pool: &PgPool,
    statement: &Statement,
    limit: Duration,
    mut take: impl FnMut(Row),
) -> Result<(), JournalError> {
    let mut loan = within(limit, Loan::of(pool)).await?;
    {
        let mut rows = loan.get()?.fetch(query(statement));
        while let Some(it) = within(limit, async { Ok(rows.next().await) }).await? {
            take(row(&it?));
        }
    }
    loan.give_back();
    Ok(())
}

fn query(statement: &Statement) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(&statement.sql);
    statement.values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Number(number) => query.bind(*number),
    })
}

fn row(row: &PgRow) -> Row {
    use sqlx::Row as _;
    let cell = |place: usize| {
        let value = row.try_get_raw(place)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        match value.type_info().name() {
            "TEXT" | "VARCHAR" | "NAME" => row.try_get(place).map(Cell::Text),
            "INT8" => row.try_get(place).map(Cell::Number),
            _ => Ok(Cell::Other),
        }
    };
    (0..row.len()).map(|place| cell(place).unwrap_or(Cell::Other)).collect()
}

/// PostgreSQL took back all of a statement because another came first: serialization_failure,
/// deadlock_detected.
fn lost_a_race(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}

/// Sets what a session needs, and reads what it must find, in one round trip. Each statement of the
/// journal is right by itself, so that more isolation would only let it fail: read committed, whatever
/// the server's default.
async fn set_up(connection: &mut PgConnection) -> sqlx::Result<()> {
    use sqlx::Row as _;
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
    let row = connection.fetch_one(sqlx::query(&sql)).await?;
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

/// A standby that is not waited for takes over without what was written last.
async fn caution(connection: &mut PgConnection) -> sqlx::Result<Option<Arc<str>>> {
    use sqlx::Row as _;
    let sql = "SELECT current_setting('synchronous_standby_names') AS waits_for, \
         (SELECT COUNT(*) FROM pg_stat_replication) AS standbys";
    let row = connection.fetch_one(sqlx::query(sql)).await?;
    let (waits_for, standbys): (String, i64) =
        (row.try_get("waits_for")?, row.try_get("standbys")?);
    Ok((waits_for.is_empty() && standbys > 0).then(|| {
        "the journal's server has a standby that it does not wait for (synchronous_standby_names is empty): \
         if that one takes over, it does not know the latest orders, and they could be sent again"
            .into()
    }))
}

/// Why a server is not fit for orders, on its way through the pool.
fn not_durable(why: String) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(JournalError::NotDurable(why)))
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(why) => match why.downcast::<Self>() {
                Ok(why) => *why,
                Err(why) => Self::Database(sqlx::Error::Configuration(why).into()),
            },
            error => Self::Database(error.into()),
        }
    }
}
