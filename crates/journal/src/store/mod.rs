//! The database under the journal: SQLite, or PostgreSQL with the same tables. It knows rows and
//! states; what an order is, and who answers it, is told elsewhere.

mod connection;
mod guards;
mod postgres;
mod query;
mod rows;
mod schema;
mod sqlite;
mod write;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};

use crate::clock::{Clock, Moment};
use crate::error::JournalError;

pub(crate) use sqlite::{file_of, side_files, url_of};
use writer::{Work, Writer};

pub(crate) use write::{NewOrder, Step, Written, is_of_target, json};

/// How long another process may hold a SQLite journal before this one gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Within this, a database that can be reached answers a statement.
const ANSWER: Duration = Duration::from_secs(5);

/// PostgreSQL gives up a little before we do, so that most of what takes too long is known not to be
/// written.
const SERVER_LIMIT: Duration = Duration::from_secs(4);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// An open journal: a pool of connections, each of them verified to write durably.
#[derive(Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    /// Who writes to a file, for which the pool only reads.
    writer: Option<Writer>,
    /// The clock that the deadlines stand on; `None` is the database's own.
    clock: Option<Clock>,
    limit: Duration,
}

impl Store {
    /// Opens a journal, and makes it if it is not there. `patience` is for a SQLite file that another
    /// process holds.
    pub(crate) async fn open(url: &str, patience: Duration) -> Result<Self, JournalError> {
        sqlx::any::install_default_drivers();
        let database = Database::of(url)?;
        let (url, limit) = match database {
            Database::Sqlite => {
                let (url, limit) = (sqlite::prepare(url)?, patience.saturating_add(ANSWER));
                within(limit, sqlite::look_first(&url, patience)).await?;
                (format!("{url}?mode=rw"), limit)
            }
            Database::Postgres => (url.to_owned(), ANSWER),
        };
        // By itself first: a pool would try again and again at what cannot be opened.
        let mut connection =
            within(limit, async { Ok(database.connect(&url, patience).await?) }).await?;
        within(limit, async {
            schema::make_current(&mut connection, database).await?;
            guards::verify(&mut connection, database).await?;
            connection.close().await?;
            Ok(())
        })
        .await?;
        if database == Database::Sqlite {
            sqlite::refuse_second_name(&url)?;
            sqlite::keep_to_ourselves(&url)?;
        }
        let pool = AnyPoolOptions::new()
            // To read from a file, one will do.
            .max_connections(if database == Database::Sqlite { 1 } else { 4 })
            // `within` ends the waiting before that.
            .acquire_timeout(limit.saturating_mul(2))
            .after_connect(move |connection, _| {
                Box::pin(async move { database.set_up(connection, patience).await })
            })
            .connect_lazy(&url)?;
        let (writer, clock) = match database {
            Database::Sqlite => {
                let work = Work { url, patience, limit, connection: None };
                (Some(Writer::start(work)?), Some(Clock::system()))
            }
            Database::Postgres => (None, None),
        };
        Ok(Self { pool, writer, clock, limit })
    }

    /// Writes what waits to be written, and ends every connection.
    pub(crate) async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        self.pool.close().await;
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
            None => postgres::now(self).await,
        }
    }
}

impl Database {
    fn of(url: &str) -> Result<Self, JournalError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(JournalError::Usage(
                "the URL of a journal begins with sqlite:// or postgres://".to_owned(),
            )),
        }
    }

    async fn connect(self, url: &str, patience: Duration) -> sqlx::Result<AnyConnection> {
        let mut connection = AnyConnection::connect(url).await?;
        self.set_up(&mut connection, patience).await?;
        Ok(connection)
    }

    /// Makes a new connection fit for orders, and verifies that it is.
    async fn set_up(self, connection: &mut AnyConnection, patience: Duration) -> sqlx::Result<()> {
        match self {
            Self::Sqlite => sqlite::set_up(connection, patience).await,
            Self::Postgres => postgres::set_up(connection).await,
        }
    }
}

/// Why a database is not fit for orders, on its way through the pool.
fn not_durable(why: String) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(JournalError::NotDurable(why)))
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(why) => match why.downcast::<Self>() {
                Ok(why) => *why,
                Err(why) => Self::Database(Arc::new(sqlx::Error::Configuration(why))),
            },
            error => Self::Database(Arc::new(error)),
        }
    }
}

/// A server that has gone silent is as bad as one that is not there, and is told in time.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, JournalError>>,
) -> Result<T, JournalError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(JournalError::TimedOut(limit)))
}

#[cfg(test)]
mod tests;
