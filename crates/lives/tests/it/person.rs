//! A person who looks, and says what became of orders; and who errs.

use std::time::Duration;

use fastrand::Rng;
use oxhost_journal::{Entry, Journal, JournalError, Resolution, State};

use crate::life::{Erred, Life};
use crate::simulation::life_time;

impl Life {
    /// A person who knows says what became of the orders, and sometimes the contrary first.
    pub async fn resolve(&self, journal: &Journal, rng: Option<Rng>) {
        let must = rng.is_none();
        let mut rng = rng.unwrap_or_else(|| Rng::with_seed(0));
        for entry in self.all(journal).await {
            if !matches!(entry.state, State::Open | State::Unknown) {
                continue;
            }
            let out_from = life_time(&entry.deadlines.clock, entry.deadlines.answer_by);
            let now = self.simulation.now();
            let known = self.provider.world(|world| {
                let of = |id: &Option<String>| id.as_deref() == Some(entry.id.as_str());
                let posts: Vec<_> = world.posts.iter().filter(|post| of(&post.entry)).collect();
                // He knows only what is over.
                let over = posts.iter().all(|post| post.books_at.is_none_or(|at| at <= now));
                let out = posts.is_empty() && out_from < now;
                let booked = posts.iter().any(|post| post.books_at.is_some());
                (over && (out || !posts.is_empty())).then_some(booked)
            });
            let Some(booked) = known else { continue };
            let (word, wrong) = match booked {
                true => (Resolution::Ordered, Resolution::NotOrdered),
                false => (Resolution::NotOrdered, Resolution::Ordered),
            };
            if !must && rng.u8(0..4) == 0 && self.err(journal, &entry, wrong).await {
                self.simulation.sleep(Duration::from_secs(rng.u64(0..300))).await;
            }
            match journal.resolve(&entry.id, word, "I have looked").await {
                Ok(entry) => self.word(&entry, "resolved"),
                Err(error) => {
                    self.simulation.tell(format!("  resolve {}: {error}", entry.id));
                    let is_odd = !matches!(
                        error,
                        JournalError::InvalidTransition { .. } | JournalError::UnderWay { .. }
                    );
                    if is_odd || (must && matches!(error, JournalError::UnderWay { .. })) {
                        self.fault(format!("{} could not be resolved: {error}", entry.id));
                    }
                }
            }
        }
    }

    /// A person says what is wrong; whether the journal took it.
    async fn err(&self, journal: &Journal, entry: &Entry, wrong: Resolution) -> bool {
        match journal.resolve(&entry.id, wrong, "I think so").await {
            Ok(taken) => {
                self.simulation.tell(format!("  a person errs: {} is {}", taken.id, taken.state));
                self.show_entry(&taken);
                self.record.lock().unwrap().erred.push(Erred {
                    entry: taken.id,
                    target: taken.target,
                    reference: taken.reference,
                });
                true
            }
            Err(error) => {
                self.simulation.tell(format!("  resolve {}: {error}", entry.id));
                false
            }
        }
    }

    /// Corrects what a person has said wrongly and could not take back at that time.
    pub async fn correct(&self, journal: &Journal) {
        let erred = self.record.lock().unwrap().erred.clone();
        for entry in self.all(journal).await {
            if !erred.iter().any(|it| it.entry == entry.id) {
                continue;
            }
            let booked = self.provider.world(|world| {
                let of = |id: &Option<String>| id.as_deref() == Some(entry.id.as_str());
                world.posts.iter().any(|post| of(&post.entry) && post.books_at.is_some())
            });
            let word = match (entry.state, booked) {
                (State::Confirmed, false) => Resolution::NotOrdered,
                (State::NotOrdered, true) => Resolution::Ordered,
                _ => continue,
            };
            let mut corrected = journal.resolve(&entry.id, word, "I was wrong").await;
            // Who has another clock counts the sender's time from his first look.
            if let Err(JournalError::UnderWay { wait, .. }) = corrected {
                self.simulation.sleep(wait + Duration::from_secs(1)).await;
                corrected = journal.resolve(&entry.id, word, "I was wrong").await;
            }
            match corrected {
                Ok(entry) => self.word(&entry, "resolved"),
                Err(error) => self.fault(format!("{} is not corrected: {error}", entry.id)),
            }
        }
    }
}
