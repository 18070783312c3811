//! How orders ended that could not be written down at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::state::State;

/// The pauses between tries to write in the background: at first one second, then twice as long each
/// time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often it is tried in the background: for about an hour.
const TRIES: u32 = 64;

#[derive(Clone, Debug)]
struct Word {
    id: String,
    state: State,
    answer: String,
}

/// What this process still has to write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unwritten(Arc<Mutex<Vec<Word>>>);

impl Unwritten {
    fn words(&self) -> MutexGuard<'_, Vec<Word>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Writes down how orders ended that could not be written down when they did. It is also tried in
    /// the background, and before whatever is asked of the journal next. Gives how many there were.
    ///
    /// # Errors
    /// The first that it met; what could not be written is kept.
    pub async fn write_unwritten(&self) -> Result<usize, JournalError> {
        let words = self.unwritten.words().clone();
        for Word { id, state, answer } in &words {
            match self.end(id, *state, answer).await {
                // Someone else's word stands, and is not this one's to change.
                Ok(_) | Err(JournalError::InvalidTransition { .. }) => {
                    self.unwritten.words().retain(|word| word.id != *id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(words.len())
    }

    /// Keeps a word to write it as soon as that is possible.
    pub(crate) fn write_later(&self, id: String, state: State, answer: String) {
        self.unwritten.words().push(Word { id, state, answer });
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let journal = self.clone();
        runtime.spawn(async move {
            let mut pause = FIRST_PAUSE;
            for _ in 0..TRIES {
                tokio::time::sleep(pause).await;
                if journal.write_unwritten().await.is_ok() {
                    break;
                }
                pause = LONGEST_PAUSE.min(pause.saturating_mul(2));
            }
        });
    }

    /// Before anything else: who asks for an order wants to know how it ended.
    pub(crate) async fn catch_up(&self) {
        // If the database is still away, what is asked next will say so.
        let _ = self.write_unwritten().await;
    }
}
