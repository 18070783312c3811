//! The one who writes to a SQLite journal: whatever waits is one transaction, so that many orders share
//! what each would wait for alone, the disk.
//!
//! It has a thread and a connection of its own. A caller who leaves takes nobody's write along, and whose
//! runtime he was on does not matter. Who is told anything is told after the commit.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use super::connection::Statement;
use super::{Database, within};
use crate::error::JournalError;

/// Writes in a transaction at most: other processes wait for it.
const MOST: usize = 256;

/// Where writes wait for their turn.
#[derive(Clone)]
pub(super) struct Writer(UnboundedSender<Task>);

pub(super) enum Task {
    Write(Write),
    /// Leaves once nothing waits any more.
    Close,
}

pub(super) struct Write {
    statement: Statement,
    told: oneshot::Sender<Result<Vec<AnyRow>, JournalError>>,
}

impl Writer {
    /// Starts one for the journal at a URL, as [`super::Store::open`] has it.
    pub(super) fn start(work: Work) -> Result<Self, JournalError> {
        let (writer, tasks) = Self::queue();
        let unusable = |error: std::io::Error| JournalError::Unusable(error.to_string());
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().map_err(unusable)?;
        let thread = thread::Builder::new().name("oxhost-journal".to_owned());
        thread.spawn(move || runtime.block_on(work.run(tasks))).map_err(unusable)?;
        Ok(writer)
    }

    pub(super) fn queue() -> (Self, UnboundedReceiver<Task>) {
        let (queue, tasks) = mpsc::unbounded_channel();
        (Self(queue), tasks)
    }

    /// All rows of a statement, once what it has written is on disk. One whose caller leaves before its
    /// turn is not carried out.
    pub(super) async fn write(&self, statement: Statement) -> Result<Vec<AnyRow>, JournalError> {
        let (told, answer) = oneshot::channel();
        // Whoever has left takes what it was not told in time along.
        let _ = self.0.send(Task::Write(Write { statement, told }));
        answer.await.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()))
    }

    /// Waits until all that was to be written is, and the connection is closed.
    pub(super) async fn close(&self) {
        let _ = self.0.send(Task::Close);
        self.0.closed().await;
    }
}

/// What it takes to write.
pub(super) struct Work {
    pub(super) url: String,
    pub(super) patience: Duration,
    pub(super) limit: Duration,
    /// Nothing before the first write, and after a failure that may have left it in the middle of one.
    pub(super) connection: Option<AnyConnection>,
}

impl Work {
    /// Until the journal is closed, or nobody has it any more.
    pub(super) async fn run(mut self, mut tasks: UnboundedReceiver<Task>) {
        let (mut taken, mut leaves) = (Vec::new(), false);
        // Never waits for more than one.
        while !(leaves && tasks.is_empty()) && tasks.recv_many(&mut taken, MOST).await > 0 {
            let mut group = Vec::with_capacity(taken.len());
            for task in taken.drain(..) {
                match task {
                    Task::Write(write) if write.told.is_closed() => {}
                    Task::Write(write) => group.push(write),
                    Task::Close => leaves = true,
                }
            }
            self.tell(group).await;
        }
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }

    async fn tell(&mut self, group: Vec<Write>) {
        let answers = within(self.limit, self.carry_out(&group)).await;
        // A caller who is not there any more is not missed.
        match answers {
            Ok(answers) => group.into_iter().zip(answers).for_each(|(write, answer)| {
                let _ = write.told.send(answer);
            }),
            Err(error) => group.into_iter().for_each(|write| {
                let _ = write.told.send(Err(again(&error)));
            }),
        }
    }

    /// What each is told; or what all of them are, of whom nobody knows what is written.
    async fn carry_out(
        &mut self,
        group: &[Write],
    ) -> Result<Vec<Result<Vec<AnyRow>, JournalError>>, JournalError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Database::Sqlite.connect(&self.url, self.patience).await?,
        };
        let answers = match group {
            // It is a transaction by itself.
            [write] => vec![connection.fetch_all(write.statement.query()).await],
            group => together(&mut connection, group).await?,
        };
        // Any other error leaves a statement unread.
        if answers.iter().all(|it| matches!(it, Ok(_) | Err(sqlx::Error::Database(_)))) {
            self.connection = Some(connection);
        }
        Ok(answers.into_iter().map(|answer| Ok(answer?)).collect())
    }
}

/// Carries out all of them, and commits once. SQLite takes back a statement that fails, and that alone.
async fn together(
    connection: &mut AnyConnection,
    group: &[Write],
) -> sqlx::Result<Vec<sqlx::Result<Vec<AnyRow>>>> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut answers = Vec::with_capacity(group.len());
    for write in group {
        let answer = transaction.fetch_all(write.statement.query()).await;
        if answer.is_err() && !is_within(&mut transaction).await {
            answer?;
        } else {
            answers.push(answer);
        }
    }
    transaction.commit().await?;
    Ok(answers)
}

/// Whether there still is a transaction. For some failures, such as of a disk that is full, SQLite takes all
/// of it back, and would commit by itself what follows: <https://www.sqlite.org/lang_transaction.html>, 3.
async fn is_within(connection: &mut AnyConnection) -> bool {
    let second = connection.execute("BEGIN").await;
    matches!(second, Err(sqlx::Error::Database(_)))
}

/// The same error, for one more.
fn again(error: &JournalError) -> JournalError {
    match error {
        JournalError::Database(error) => JournalError::Database(Arc::clone(error)),
        JournalError::NotDurable(why) => JournalError::NotDurable(why.clone()),
        JournalError::TimedOut(limit) => JournalError::TimedOut(*limit),
        other => JournalError::Unusable(other.to_string()),
    }
}
