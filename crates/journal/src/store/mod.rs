//! The database under the journal: SQLite, or PostgreSQL with the same tables. It knows rows and
//! states; what an order is, and who answers it, is told elsewhere.

mod batch_writes;
mod batches;
mod cells;
mod execute;
mod file;
mod guards;
mod postgres;
mod prune;
mod query;
mod rows;
mod schema;
mod sqlite;
mod statement;
mod worker;
mod write;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::clock::{Clock, Moment};
use crate::entry::Entry;
use crate::error::JournalError;

pub(crate) use batch_writes::is_of_limit;
pub(crate) use batches::{
    BatchRecord, Ending, HeldRow, NewRow, Pool, Price, Reserve, RowSum, Settlement, StoredRow,
    TakenRow,
};
pub(crate) use file::{file_of, side_files, url_of};
pub(crate) use prune::{Chunk, Fates, Place};
use sqlite::Sqlite;
use statement::{Row, Statement};

pub(crate) use write::{NewOrder, Step, Written, is_of_target, json};

/// How long another process may hold a SQLite journal before this one gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Within this, a database that can be reached answers a statement.
const ANSWER: Duration = Duration::from_secs(5);

/// Which database it is, where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    fn choose<T>(self, in_sqlite: T, in_postgres: T) -> T {
        match self {
            Self::Sqlite => in_sqlite,
            Self::Postgres => in_postgres,
        }
    }
}

/// One connection, which is asked one thing after the other.
trait Ask: Send {
    fn rows(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, JournalError>> + Send;

    /// Statements that give no rows.
    fn batch(&mut self, sql: &'static str)
    -> impl Future<Output = Result<(), JournalError>> + Send;
}

#[derive(Clone)]
enum Database {
    Sqlite(Sqlite),
    Postgres(postgres::Server),
}

/// An open journal: each of its connections was verified to write durably.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
    /// The clock that the deadlines stand on; `None` is the database's own.
    clock: Option<Clock>,
    limit: Duration,
}

impl Store {
    /// Opens a journal, and makes it if it is not there. `patience` is for a SQLite file that another
    /// process holds.
    pub(crate) async fn open(url: &str, patience: Duration) -> Result<Self, JournalError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => {
                let limit = patience.saturating_add(ANSWER);
                let database = within(limit, Sqlite::open(url, patience)).await?;
                let clock = Some(Clock::system());
                Ok(Self { database: Database::Sqlite(database), clock, limit })
            }
            Some("postgres" | "postgresql") => {
                let database = within(ANSWER, postgres::open(url, ANSWER)).await?;
                Ok(Self { database: Database::Postgres(database), clock: None, limit: ANSWER })
            }
            _ => Err(JournalError::Usage(
                "the URL of a journal begins with sqlite:// or postgres://".to_owned(),
            )),
        }
    }

    fn kind(&self) -> Kind {
        match self.database {
            Database::Sqlite(_) => Kind::Sqlite,
            Database::Postgres(_) => Kind::Postgres,
        }
    }

    /// What it may lose, in words.
    pub(crate) fn caution(&self) -> Option<&str> {
        match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(server) => server.caution.as_deref(),
        }
    }

    /// Writes what waits to be written, and ends every connection.
    pub(crate) async fn close(&self) {
        match &self.database {
            Database::Sqlite(database) => database.close().await,
            Database::Postgres(server) => server.pool.close().await,
        }
    }

    /// The same journal by another clock.
    pub(crate) fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The present moment, on the clock that the deadlines stand on.
    pub(crate) async fn now(&self) -> Result<Moment, JournalError> {
        match &self.clock {
            Some(clock) => Ok(clock.now()),
            None => {
                let rows = self.rows(Statement::new(format!("SELECT {}", postgres::NOW))).await?;
                Ok(Moment { clock: postgres::CLOCK.to_owned(), micros: first_number(rows)? })
            }
        }
    }

    /// Carries out statements together, or none of them if one does not change what it must. Gives the rows
    /// that the first returns.
    async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Row>, JournalError> {
        match &self.database {
            Database::Sqlite(Sqlite { writes, .. }) => {
                within(self.limit, writes.write(statements, None)).await
            }
            Database::Postgres(server) => {
                let _turn = server.turn().await;
                within(self.limit, postgres::write(&server.pool, &statements)).await
            }
        }
    }

    /// Carries out statements of which the first writes an order, and gives the order if they did.
    async fn written(
        &self,
        id: &str,
        mut statements: Vec<Statement>,
    ) -> Result<Option<Entry>, JournalError> {
        let rows = match &self.database {
            Database::Sqlite(Sqlite { writes, .. }) => {
                let order = Statement::new(query::select(query::BY_ID)).bind(id);
                within(self.limit, writes.write(statements, Some(order))).await?
            }
            Database::Postgres(_) => {
                if let Some(first) = statements.first_mut() {
                    first.sql += &format!(" RETURNING {}", rows::COLUMNS);
                }
                self.write(statements).await?
            }
        };
        rows.into_iter().next().map(rows::entry).transpose()
    }

    /// All rows of a statement that reads.
    async fn rows(&self, statement: Statement) -> Result<Vec<Row>, JournalError> {
        match &self.database {
            Database::Sqlite(Sqlite { reads, .. }) => {
                let read = reads.call(move |connection| execute::rows(connection, &statement));
                within(self.limit, read).await
            }
            Database::Postgres(server) => {
                let _turn = server.turn().await;
                within(self.limit, postgres::rows(&server.pool, &statement)).await
            }
        }
    }

    /// Gives the rows of a statement that reads one by one, so that there are never many in memory.
    async fn each(&self, statement: Statement, take: impl FnMut(Row)) -> Result<(), JournalError> {
        match &self.database {
            Database::Sqlite(Sqlite { reads, .. }) => {
                sqlite::each_of(reads, statement, self.limit, take).await
            }
            Database::Postgres(server) => {
                let _turn = server.turn().await;
                postgres::each(&server.pool, &statement, self.limit, take).await
            }
        }
    }
}

async fn count(database: &mut impl Ask, statement: Statement) -> Result<i64, JournalError> {
    first_number(database.rows(statement).await?)
}

/// The number that a question is answered with.
fn first_number(rows: Vec<Row>) -> Result<i64, JournalError> {
    let number = rows.into_iter().flatten().next().and_then(|cell| cell.number().ok().flatten());
    number.ok_or_else(|| JournalError::Corrupt("a number was asked for, and none came".to_owned()))
}

/// A server that has gone silent is as bad as one that is not there, and is told in time.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, JournalError>>,
) -> Result<T, JournalError> {
    let mut work = pin!(work);
    loop {
        let begun = Instant::now();
        match tokio::time::timeout(limit, work.as_mut()).await {
            Ok(done) => return done,
            // So late is told of it who was stopped, as by SIGSTOP: the database had no chance.
            Err(_) if begun.elapsed() > limit.saturating_mul(6) / 5 => {}
            Err(_) => return Err(JournalError::TimedOut(limit)),
        }
    }
}

#[cfg(test)]
mod tests;
