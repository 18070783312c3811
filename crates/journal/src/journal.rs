//! The journal: claims before a charge, outcomes after it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use oxhost::Client;
use oxhost::contract::Operation;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::entry::{Entry, Resolution, Resolved};
use crate::error::JournalError;
use crate::snapshot::{Observation, Snapshot};
use crate::state::{Speaker, State};
use crate::store::{self, Settlement, Step, Store, Written, json};
use crate::unwritten::{self, Unwritten, Word};

/// An order does not wait longer for what is read before it, unless told otherwise.
const BASELINE_PATIENCE: Duration = Duration::from_secs(15);

/// How often a claim is tried that nothing seems to stand against.
pub(crate) const TRIES: usize = 8;

type OnWait = dyn Fn(&Entry, Duration) + Send + Sync;

/// A durable record of orders, shared by all processes that open it.
#[derive(Clone)]
pub struct Journal {
    pub(crate) store: Store,
    pub(crate) unwritten: Unwritten,
    wall_clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) baseline: Option<Duration>,
    pub(crate) on_wait: Arc<OnWait>,
}

impl Journal {
    /// Opens the journal at a URL, `sqlite:///path/to/file` or `postgres://…`, and makes it if it is
    /// not there. One journal serves all keys and providers.
    ///
    /// On PostgreSQL, a journal that is up to date needs the rights to `SELECT`, `INSERT` and `UPDATE`,
    /// and to [`prune`](Self::prune) it the one to `DELETE`.
    ///
    /// # Errors
    /// [`JournalError::NotDurable`], [`JournalError::NetworkFileSystem`] where orders would not be
    /// safe there; [`JournalError::NotAJournal`] where it has not the tables and guards that it must
    /// have; [`JournalError::Database`].
    pub async fn open(url: &str) -> Result<Self, JournalError> {
        Self::open_within(url, store::PATIENCE).await
    }

    pub(crate) async fn open_within(url: &str, patience: Duration) -> Result<Self, JournalError> {
        Ok(Self {
            store: Store::open(url, patience).await?,
            unwritten: Unwritten::default(),
            wall_clock: Arc::new(Timestamp::now),
            baseline: Some(BASELINE_PATIENCE),
            on_wait: Arc::new(|_, _| ()),
        })
    }

    /// Opens the journal in a file, and makes it if it is not there, readable by its owner alone; the
    /// folder is made, too, but not what it lies in.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_file(path: &Path) -> Result<Self, JournalError> {
        Self::open(&store::url_of(path)?).await
    }

    /// What its database may lose though it has said that it was written, in words: a standby of a PostgreSQL
    /// server that is not waited for may take over without the latest orders, which could be sent again then.
    /// Looked for when the journal is opened.
    #[must_use]
    pub fn caution(&self) -> Option<&str> {
        self.store.caution()
    }

    /// The file that the URL of a journal names; none on a server.
    #[must_use]
    pub fn file(url: &str) -> Option<PathBuf> {
        url.starts_with("sqlite:").then(|| store::file_of(url))
    }

    /// The files that SQLite keeps beside the file of a journal, whether they are there or not.
    #[must_use]
    pub fn files_beside(file: &Path) -> [PathBuf; 3] {
        store::side_files(file)
    }

    /// Leaves the journal; clones of this one leave with it. What SQLite has beside the file of a journal, in
    /// `-wal`, is then in the file, unless others still use it: so it can be moved or copied by itself. One that
    /// is only dropped, or whose process is killed, may leave that to the next who opens it, and is moved with
    /// the files beside it.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// The same journal with another wall clock. Its times are for people: nothing is decided by them.
    #[must_use]
    pub fn with_wall_clock(
        mut self,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        self.wall_clock = Arc::new(clock);
        self
    }

    /// The same journal with another clock for its deadlines, instead of the database's, or this
    /// machine's for a file. All who use a journal must have the same one.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.store = self.store.with_clock(clock);
        self
    }

    /// How long an order waits for what is read before it, the *baseline*: 15 s. With `None` it is not
    /// read. A baseline that fails does not keep an order from being sent: a customer whose server is
    /// about to end is served better by an order that is hard to find out than by none.
    #[must_use]
    pub fn with_baseline(mut self, patience: Option<Duration>) -> Self {
        self.baseline = patience;
        self
    }

    /// Tells of each order that is waited for because another sends it under the same reference, and how long
    /// that may take at most.
    #[must_use]
    pub fn on_wait(mut self, tell: impl Fn(&Entry, Duration) + Send + Sync + 'static) -> Self {
        self.on_wait = Arc::new(tell);
        self
    }

    pub(crate) async fn observe_before(&self, client: &Client, entry: &Entry) -> Observation {
        let at = self.wall();
        let read = match (self.baseline, entry.order()) {
            (None, _) => Err("nobody wanted it".to_owned()),
            (_, None) => Err("there are no reads for this operation".to_owned()),
            (Some(patience), Some(order)) => {
                let read = timeout(patience, Snapshot::before(client, &order)).await;
                let late = || format!("it took longer than {} s", patience.as_secs_f32());
                read.unwrap_or_else(|_| Err(late()))
            }
        };
        Observation::new(at, false, read)
    }

    /// Releases an order that is only claimed: if its sender lives, it will not send.
    ///
    /// # Errors
    /// [`JournalError::InvalidTransition`]: it is past that.
    pub async fn release(&self, id: &str, reason: &str) -> Result<Entry, JournalError> {
        let notes = vec![reason.to_owned()];
        self.write(id, Step { notes, ..Step::to(State::NotSent, Speaker::Reconcile) }).await
    }

    /// Ends an order whose end is not known by a person's word, or corrects what a person said of it
    /// before. All words and reasons are kept.
    ///
    /// # Errors
    /// [`JournalError::UnderWay`] where its sender may still be waiting for an answer;
    /// [`JournalError::InvalidTransition`] where its state does not allow it.
    pub async fn resolve(
        &self,
        id: &str,
        resolution: Resolution,
        reason: &str,
    ) -> Result<Entry, JournalError> {
        self.catch_up().await;
        let seen = self.store.look_at(id).await?;
        let said = Resolved { at: self.wall(), resolution, reason: reason.to_owned() };
        let step = Step {
            resolution: Some(json(&said)?),
            ..Step::to(resolution.state(), Speaker::Person)
        };
        match self.write(id, step).await {
            Err(error @ JournalError::InvalidTransition { .. }) => {
                self.may_resolve(&seen, resolution).await?;
                Err(error)
            }
            written => {
                let entry = written?;
                self.settle_row_of(&entry).await?;
                Ok(entry)
            }
        }
    }

    /// Whether a person may say that of an order as it is; changes nothing.
    ///
    /// # Errors
    /// As for [`resolve`](Self::resolve).
    pub async fn may_resolve(
        &self,
        entry: &Entry,
        resolution: Resolution,
    ) -> Result<(), JournalError> {
        let (id, state, next) = (entry.id.clone(), entry.state, resolution.state());
        let now = self.store.now().await?;
        let wait = entry.deadlines.sender_is_out_from(&now).saturating_sub(now.micros);
        let said_so = !entry.resolutions.is_empty();
        match state.may_become(next, Speaker::Person) {
            Some(condition) if condition.holds(wait <= 0, said_so) => Ok(()),
            Some(condition) if condition.holds(true, said_so) => {
                let wait = Duration::from_micros(u64::try_from(wait).unwrap_or_default());
                Err(JournalError::UnderWay { id, wait })
            }
            _ => Err(JournalError::InvalidTransition { id, state, next }),
        }
    }

    /// Moves an order on, if its state allows that.
    pub(crate) async fn write(&self, id: &str, step: Step) -> Result<Entry, JournalError> {
        match self.store.step(id, &step, self.wall()).await? {
            Written::Yes(entry) => Ok(*entry),
            Written::No(entry) => Err(JournalError::InvalidTransition {
                id: entry.id,
                state: entry.state,
                next: step.next,
            }),
        }
    }

    /// Writes down the sender's word, with the end of the row that the order is for.
    pub(crate) async fn end(
        &self,
        id: &str,
        state: State,
        answer: &str,
        settles: Option<Settlement>,
    ) -> Result<WrittenWord, JournalError> {
        let alone = |entry| Ok(WrittenWord { entry, settled: false });
        let word = Step { answer: Some(answer.to_owned()), ..Step::to(state, Speaker::Sender) };
        let mut step = Step { from: Some(State::Open), settles, ..word.clone() };
        for _ in 0..TRIES {
            let entry = match self.store.step(id, &step, self.wall()).await {
                Ok(Written::Yes(entry)) => {
                    return Ok(WrittenWord { entry: *entry, settled: step.settles.is_some() });
                }
                // Its row is another worker's by now, and it counts all the same.
                Ok(Written::No(entry)) if entry.state == State::Open && step.settles.is_some() => {
                    step.settles = None;
                    continue;
                }
                Ok(Written::No(entry)) => *entry,
                // Only what was taken for not ordered has let its target go.
                Err(error) if store::is_of_target(&error) => {
                    let (before, at) = (State::NotOrdered, self.wall());
                    let note = format!("{}; {BOTH}", late_note(before, state, at));
                    let entry = self.store.keep_word(id, answer, &note, before, at).await?;
                    if entry.state == before {
                        return alone(entry);
                    }
                    entry
                }
                Err(error) => return Err(error),
            };
            match entry.state {
                // It was written, and the database's answer to that was lost.
                same if same == state && entry.answer == serde_json::from_str(answer).ok() => {
                    return alone(entry);
                }
                // It was, and others who knew it have found out more.
                State::NotOrdered
                    if state == State::Unknown
                        && entry.answer == serde_json::from_str(answer).ok() =>
                {
                    return alone(entry);
                }
                before @ State::Confirmed if state == State::Unknown => {
                    let wall = self.wall();
                    return alone(self.store.keep(id, "answer", answer, &[before], wall).await?);
                }
                before @ (State::Confirmed | State::NotOrdered) => {
                    let notes = vec![late_note(before, state, self.wall())];
                    step = Step { from: Some(before), notes, ..word.clone() };
                }
                now => {
                    let id = entry.id;
                    return Err(JournalError::InvalidTransition { id, state: now, next: state });
                }
            }
        }
        Err(JournalError::Corrupt(format!("the order {id} changes again and again")))
    }

    /// Writes down how orders ended that could not be written down when they did. It is also tried in
    /// the background, and before whatever is asked of the journal next. Gives how many there were.
    ///
    /// # Errors
    /// The first that it met; what could not be written is kept.
    pub async fn write_unwritten(&self) -> Result<usize, JournalError> {
        let words = self.unwritten.words();
        for Word { id, state, answer } in &words {
            match self.end(id, *state, answer, None).await {
                // Someone else's word stands, and is not this one's to change; or the order was pruned since.
                Ok(_)
                | Err(JournalError::InvalidTransition { .. } | JournalError::NoSuchOrder(_)) => {
                    self.unwritten.forget(id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(words.len())
    }

    /// Keeps a word to write it as soon as that is possible.
    pub(crate) fn write_later(&self, id: String, state: State, answer: String) {
        self.unwritten.keep(Word { id, state, answer });
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let journal = self.clone();
        runtime.spawn(async move {
            for pause in unwritten::pauses() {
                tokio::time::sleep(pause).await;
                if journal.write_unwritten().await.is_ok() {
                    break;
                }
            }
        });
    }

    /// Before anything else: who asks for an order wants to know how it ended.
    pub(crate) async fn catch_up(&self) {
        // If the database is still away, what is asked next will say so.
        let _ = self.write_unwritten().await;
    }

    /// The present wall time, for people.
    pub(crate) fn wall(&self) -> Timestamp {
        (self.wall_clock)()
    }

    /// Refuses a client that would look elsewhere than the order was sent to.
    pub(crate) fn verify_provider(client: &Client, entry: &Entry) -> Result<(), JournalError> {
        let ours = Operation::of_id(&entry.operation).map(|operation| client.provider(operation));
        match ours {
            Some(ours) if ours != entry.provider => Err(JournalError::OtherProvider {
                id: entry.id.clone(),
                theirs: entry.provider.clone(),
                ours,
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// An order whose sender has spoken.
pub(crate) struct WrittenWord {
    pub(crate) entry: Entry,
    /// Whether the row of a batch that it is for was written with it.
    pub(crate) settled: bool,
}

const BOTH: &str =
    "it stays so in the journal, for a newer order holds its target: BOTH MAY HAVE BEEN CHARGED";

/// A note that the sender spoke after others had.
fn late_note(before: State, word: State, at: Timestamp) -> String {
    let charged = match word {
        State::Unknown => ": IT MAY HAVE BEEN CHARGED",
        _ => "",
    };
    format!(
        "{at:.0}: its sender's own word came late: it is {word}, and was taken for {before}{charged}"
    )
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL of PostgreSQL holds a password, and the pool would show it.
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}
