//! A connection to a file, on a thread of its own: who waits for the disk there keeps no other task waiting.
//!
//! Whatever waits to be written is one transaction, so that many orders share what each would wait for
//! alone, the disk. A caller who leaves takes nobody's write along, and whose runtime he was on does not
//! matter. Who is told anything is told after the commit.

use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use super::execute;
use super::statement::{Row, Statement};
use crate::error::{DatabaseError, JournalError};

/// Writes in a transaction at most: other processes wait for it.
const MOST: usize = 256;

/// Where work waits for its turn. The thread ends with the last of these.
#[derive(Clone)]
pub(super) struct Worker(UnboundedSender<Task>);

pub(super) enum Task {
    Write(Write),
    /// Anything else.
    Call(Box<dyn FnOnce(&mut Thread) + Send>),
    /// Leaves once nothing waits any more.
    Close,
}

pub(super) struct Write {
    /// Carried out together, or not at all.
    statements: Vec<Statement>,
    /// What is asked behind them if they have changed anything.
    then: Option<Statement>,
    told: oneshot::Sender<Result<Vec<Row>, JournalError>>,
}

impl Worker {
    pub(super) fn start(open: impl Open) -> Result<Self, JournalError> {
        let (worker, tasks) = Self::queue();
        let thread = thread::Builder::new().name("oxhost-journal".to_owned());
        thread
            .spawn(move || Thread::new(open).run(tasks))
            .map_err(|error| JournalError::Unusable(error.to_string()))?;
        Ok(worker)
    }

    pub(super) fn queue() -> (Self, UnboundedReceiver<Task>) {
        let (queue, tasks) = mpsc::unbounded_channel();
        (Self(queue), tasks)
    }

    /// Carries out statements together, and gives what is asked then, if each has changed what it must: as it is
    /// when all of it is on disk. Those whose caller leaves before their turn are not carried out.
    pub(super) async fn write(
        &self,
        statements: Vec<Statement>,
        then: Option<Statement>,
    ) -> Result<Vec<Row>, JournalError> {
        let (told, answer) = oneshot::channel();
        // Whoever has left takes what it was not told in time along.
        let _ = self.0.send(Task::Write(Write { statements, then, told }));
        answer.await.unwrap_or_else(|_| Err(DatabaseError::closed().into()))
    }

    /// What work on the connection comes to. It waits for its turn from now on, not from when it is awaited.
    pub(super) fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T, JournalError>> + Send {
        let (told, answer) = oneshot::channel();
        let call = move |thread: &mut Thread| {
            if !told.is_closed() {
                let _ = told.send(thread.connection().and_then(|it| Ok(work(it)?)));
            }
        };
        let _ = self.0.send(Task::Call(Box::new(call)));
        async { answer.await.unwrap_or_else(|_| Err(DatabaseError::closed().into())) }
    }

    /// Waits until all that was to be done is, and the connection is closed.
    pub(super) async fn close(&self) {
        let _ = self.0.send(Task::Close);
        self.0.closed().await;
    }
}

/// How a connection is made that is fit for orders.
pub(super) trait Open: Fn() -> Result<Connection, JournalError> + Send + 'static {}

impl<F: Fn() -> Result<Connection, JournalError> + Send + 'static> Open for F {}

/// What the thread has.
pub(super) struct Thread {
    open: Box<dyn Open>,
    /// Nothing before it is needed.
    connection: Option<Connection>,
}

impl Thread {
    pub(super) fn new(open: impl Open) -> Self {
        Self { open: Box::new(open), connection: None }
    }

    /// Until the journal is closed, or nobody has it any more.
    pub(super) fn run(mut self, mut tasks: UnboundedReceiver<Task>) {
        let (mut taken, mut leaves) = (Vec::new(), false);
        // Never waits for more than one.
        while !(leaves && tasks.is_empty()) && tasks.blocking_recv_many(&mut taken, MOST) > 0 {
            let mut group = Vec::with_capacity(taken.len());
            for task in taken.drain(..) {
                match task {
                    Task::Write(write) if write.told.is_closed() => {}
                    Task::Write(write) => group.push(write),
                    Task::Call(call) => call(&mut self),
                    Task::Close => leaves = true,
                }
            }
            self.tell(group);
        }
        // Before those who wait for the end of the queue.
        drop(self.connection.take());
    }

    fn connection(&mut self) -> Result<&mut Connection, JournalError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => (self.open)()?,
        };
        Ok(self.connection.insert(connection))
    }

    fn tell(&mut self, group: Vec<Write>) {
        if group.is_empty() {
            return;
        }
        let answers = self.connection().and_then(|it| Ok(together(it, &group)?));
        if answers.is_err() {
            // It may be left in the middle of a transaction.
            self.connection = None;
        }
        // A caller who is not there any more is not missed.
        match answers {
            Ok(answers) => group.into_iter().zip(answers).for_each(|(write, answer)| {
                let _ = write.told.send(answer.map_err(JournalError::from));
            }),
            Err(error) => group.into_iter().for_each(|write| {
                let _ = write.told.send(Err(again(&error)));
            }),
        }
    }
}

/// Carries out all of them, and commits once: what each is told; or what all of them are, of whom none is
/// written. SQLite takes back a statement that fails, and that alone.
fn together(
    connection: &mut Connection,
    group: &[Write],
) -> rusqlite::Result<Vec<rusqlite::Result<Vec<Row>>>> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(group.len());
    for write in group {
        let answer = carry_out(&mut transaction, write);
        // For some failures, such as of a disk that is full, SQLite takes all of it back, and would commit by
        // itself what follows: <https://www.sqlite.org/lang_transaction.html>, 3.
        if answer.is_err() && transaction.is_autocommit() {
            answer?;
        } else {
            answers.push(answer);
        }
    }
    transaction.commit()?;
    Ok(answers)
}

/// SQLite would keep the rows of a `RETURNING` in a table made for it, which costs more than to ask for them.
fn carry_out(connection: &mut Transaction<'_>, write: &Write) -> rusqlite::Result<Vec<Row>> {
    let rows = match write.statements.as_slice() {
        [one] => change(connection, one)?,
        several => {
            let part = connection.savepoint()?;
            let mut first = None;
            for statement in several {
                // What is dropped is taken back.
                let Some(rows) = change(&part, statement)? else { return Ok(Vec::new()) };
                first.get_or_insert(rows);
            }
            part.commit()?;
            first
        }
    };
    match (&write.then, rows) {
        (Some(then), Some(_)) => execute::rows(connection, then),
        (_, rows) => Ok(rows.unwrap_or_default()),
    }
}

/// The rows of a statement; nothing if it has not changed what it must.
fn change(connection: &Connection, statement: &Statement) -> rusqlite::Result<Option<Vec<Row>>> {
    let rows = execute::rows(connection, statement)?;
    Ok((!statement.must_change || connection.changes() > 0).then_some(rows))
}

/// The same error, for one more.
fn again(error: &JournalError) -> JournalError {
    match error {
        JournalError::Database(error) => error.clone().into(),
        JournalError::NotDurable(why) => JournalError::NotDurable(why.clone()),
        other => JournalError::Unusable(other.to_string()),
    }
}
