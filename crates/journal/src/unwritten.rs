//! How orders ended that could not be written down at once.

use std::iter::successors;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::state::State;

/// The pauses between tries to write in the background, for about an hour: at first one second, then twice
/// as long each time, to a minute.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    let longest = Duration::from_secs(60);
    successors(Some(Duration::from_secs(1)), move |pause| Some(longest.min(*pause * 2))).take(64)
}

/// How an order ended.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) id: String,
    pub(crate) state: State,
    pub(crate) answer: String,
}

/// What this process still has to write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unwritten(Arc<Mutex<Vec<Word>>>);

impl Unwritten {
    pub(crate) fn words(&self) -> Vec<Word> {
        self.lock().clone()
    }

    pub(crate) fn keep(&self, word: Word) {
        self.lock().push(word);
    }

    pub(crate) fn forget(&self, id: &str) {
        self.lock().retain(|word| word.id != id);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Word>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
