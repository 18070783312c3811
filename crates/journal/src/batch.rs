//! Many orders under one name, each sent once.
//!
//! The batch's name and a row's reference, as `NAME/REFERENCE`, are the reference of its order: all that the journal
//! promises of a reference holds for a row, whoever works on it. What stands here decides who tries what when.

mod ended;
mod ending;
mod left_behind;
mod options;
mod order;
mod pace;
mod row;
mod run;
mod totals;
mod turn;
mod worker;

use oxhost::contract::operations::{EXTEND_SERVER_HOURS, RENEW_PLESK_SUBSCRIPTION};
use oxhost::{Client, Money};

use crate::error::JournalError;
use crate::journal::Journal;
use crate::names;
use crate::store::{NewRow, json};

pub use ended::{Ended, Stopped};
pub use options::{BatchOptions, due_until};
pub use order::BatchOrder;
pub use row::{BatchRow, RecordedRow, Standing};
pub use totals::Totals;
pub(crate) use turn::{Come, Turn};

/// Rows that are written at once.
pub(crate) const CHUNK: usize = 500;

/// Many orders under one name: each is sent at most once, by whoever works on the batch.
///
/// ```
/// use oxhost::{Client, types::PleskRenewalOrder};
/// use oxhost_journal::{BatchOptions, BatchRow, Journal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = oxhost_sandbox::Sandbox::start()?;
/// # let folder = tempfile::tempdir()?;
/// # let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build()?;
/// let journal = Journal::open_file(&folder.path().join("journal.db")).await?;
/// let batch = journal.batch("2026-12")?;
/// let order = PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3)?;
/// batch.add(&client, [BatchRow::new(1, order)]).await?;
/// batch.seal().await?;
///
/// for _ in 0..2 {
///     let ended = batch.run(&client, &BatchOptions::default(), std::future::pending()).await?;
///     assert_eq!((ended.stopped.is_none(), ended.totals.accepted), (true, 1));
/// }
/// assert_eq!(sandbox.ledger().len(), 1, "charged once");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    journal: Journal,
    name: String,
}

impl Journal {
    /// The batch of a name, whether there is one yet or not.
    ///
    /// # Errors
    /// [`JournalError::Usage`]: the name is empty, too long, holds `/` or what does not show.
    pub fn batch(&self, name: &str) -> Result<Batch, JournalError> {
        names::verify_batch_name(name)?;
        Ok(Batch { journal: self.clone(), name: name.to_owned() })
    }

    /// The names of all batches, the oldest first.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn batches(&self) -> Result<Vec<String>, JournalError> {
        self.store.batch_names().await
    }
}

impl Batch {
    /// Who is to be paid for the orders of a batch with this client.
    pub fn provider(client: &Client) -> String {
        let plesk = client.provider(&RENEW_PLESK_SUBSCRIPTION);
        let server = client.provider(&EXTEND_SERVER_HOURS);
        if plesk == server { plesk } else { format!("{plesk} and {server}") }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds rows that are not there yet, for the provider of a client. Those that are there stay as they are, so the
    /// same rows can be added again, by several calls, from several programs and after a crash.
    ///
    /// The rows are taken from the iterator 500 at a time, and those are on disk before the next are taken: there are
    /// never more in memory, however many come.
    ///
    /// # Errors
    /// [`JournalError::Usage`]: a name in a row cannot be one, a row has the reference of another order, or the batch
    /// is at another provider. Rows before it may have been added; none is worked on before [`seal`](Self::seal).
    pub async fn add(
        &self,
        client: &Client,
        rows: impl IntoIterator<Item = BatchRow>,
    ) -> Result<(), JournalError> {
        let store = &self.journal.store;
        store.make_batch(&self.name, &Self::provider(client), self.journal.wall()).await?;
        self.verify_provider(client).await?;
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<NewRow> =
                rows.by_ref().take(CHUNK).map(|row| new(&row)).collect::<Result<_, _>>()?;
            if chunk.is_empty() {
                return Ok(());
            }
            if let Some(other) = store.add_rows(&self.name, &chunk).await? {
                return Err(JournalError::Usage(format!(
                    "the reference `{}` of line {} stands for another order in the batch `{}`: use another reference, or another batch",
                    other.reference, other.line, self.name
                )));
            }
        }
    }

    /// How rows stand to the batch, in their order: what [`add`](Self::add) would make of them. Writes nothing.
    ///
    /// # Errors
    /// [`JournalError::Usage`]: a name in a row cannot be one, or the batch is at another provider.
    pub async fn compare(
        &self,
        client: &Client,
        rows: &[BatchRow],
    ) -> Result<Vec<Standing>, JournalError> {
        let store = &self.journal.store;
        if store.batch(&self.name).await?.is_none() {
            return Ok(vec![Standing::New; rows.len()]);
        }
        self.verify_provider(client).await?;
        let mut standings = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(CHUNK) {
            let chunk: Vec<NewRow> = chunk.iter().map(new).collect::<Result<_, _>>()?;
            let there = store.rows_there(&self.name, &chunk).await?;
            standings.extend(chunk.iter().map(|row| match there.get(&row.reference) {
                None => Standing::New,
                Some(it) if it.wanted == row.wanted => Standing::There(it.state),
                Some(_) => Standing::OtherOrder,
            }));
        }
        Ok(standings)
    }

    /// Says that all rows were added: from now on it can be worked on.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn seal(&self) -> Result<(), JournalError> {
        self.journal.store.batch_is_whole(&self.name).await
    }

    /// What its rows come to; `None` if there is no such batch.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub async fn totals(&self) -> Result<Option<Totals>, JournalError> {
        let store = &self.journal.store;
        if store.batch(&self.name).await?.is_none() {
            return Ok(None);
        }
        let mut totals = Totals::default();
        for sum in store.totals(&self.name).await? {
            totals.add(sum);
        }
        Ok(Some(totals))
    }

    /// What it may cost in EUR, if that was said.
    ///
    /// # Errors
    /// [`JournalError::NoSuchBatch`], [`JournalError::Database`].
    pub async fn max_spend(&self) -> Result<Option<Money>, JournalError> {
        Ok(self.record().await?.max_spend.map(totals::eur))
    }

    /// Gives its rows with their orders one by one, as they were added, so that there are never many in memory.
    ///
    /// # Errors
    /// [`JournalError::Database`]: what was given is not all.
    pub async fn rows(
        &self,
        mut take: impl FnMut(Result<RecordedRow, JournalError>),
    ) -> Result<(), JournalError> {
        let store = &self.journal.store;
        store.batch_rows(&self.name, |row| take(row.and_then(RecordedRow::of))).await
    }

    async fn record(&self) -> Result<crate::store::BatchRecord, JournalError> {
        let record = self.journal.store.batch(&self.name).await?;
        record.ok_or_else(|| JournalError::NoSuchBatch(self.name.clone()))
    }

    /// Refuses a client that would order elsewhere than the batch was made for.
    async fn verify_provider(&self, client: &Client) -> Result<(), JournalError> {
        let (theirs, ours) = (self.record().await?.provider, Self::provider(client));
        match theirs == ours {
            true => Ok(()),
            false => Err(JournalError::Usage(format!(
                "the batch `{}` is at {theirs}, and this client talks to {ours}",
                self.name
            ))),
        }
    }
}

fn new(row: &BatchRow) -> Result<NewRow, JournalError> {
    let wanted = serde_json::to_value(&row.order);
    let wanted = wanted.map_err(|error| JournalError::Corrupt(error.to_string()))?;
    let parameters = wanted.as_object().and_then(|it| it.values().next());
    let parameters = parameters.unwrap_or(&serde_json::Value::Null);
    names::verify(parameters, row.order.target(), Some(&row.reference)).map_err(
        |error| match error {
            JournalError::Usage(why) => JournalError::Usage(format!("line {}: {why}", row.line)),
            error => error,
        },
    )?;
    let line = i64::try_from(row.line).unwrap_or(i64::MAX);
    Ok(NewRow { reference: row.reference.clone(), line, wanted: json(&wanted)? })
}
