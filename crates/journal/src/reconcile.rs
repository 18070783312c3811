//! Finding out what became of an order. Nothing here ever sends one.

mod all;
mod glue;
mod options;

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::{Deadlines, LAG, Moment};
use crate::error::JournalError;
use crate::findings::Findings;
use crate::snapshot::{Observation, Snapshot};
use crate::verdict::{Case, Verdict, judge, signal};

pub use options::{Progress, ReconcileOptions};

/// So many looks more are taken where late ones fail.
const MORE_LOOKS: usize = 3;

/// Where observations and time come from.
pub(crate) trait Source {
    /// What shows now. Only a late look must read far enough to prove absence.
    fn look(&self, late: bool) -> impl Future<Output = Result<Snapshot, String>> + Send;

    /// The journal's clock.
    fn now(&self) -> impl Future<Output = Result<Moment, JournalError>> + Send;

    /// The wall clock, for people.
    fn wall(&self) -> Timestamp;

    /// Whether the order still waits to be found out.
    fn is_wanted(&self) -> impl Future<Output = Result<bool, JournalError>> + Send;
}

/// Whether what began to be read at this moment can prove absence.
pub(crate) fn is_late(began: &Moment, absence_from: &Moment) -> bool {
    began.clock == absence_from.clock && began.micros >= absence_from.micros
}

/// Looks until the order shows, its absence is proved, or the window ends. `None`: its sender has told
/// meanwhile what became of it.
pub(crate) async fn find_out(
    case: &Case<'_>,
    deadlines: &Deadlines,
    source: &impl Source,
    options: &ReconcileOptions,
) -> Result<Option<Findings>, JournalError> {
    let start = source.now().await?;
    let from = Moment { clock: start.clock.clone(), micros: deadlines.absence_from(&start) };
    let mut plan = match case.before() {
        Some(_) => Plan::new(options, &start, &from),
        // With nothing to compare, one look shows a person all there is.
        None => Plan::default(),
    };
    let absence_from = wall_time(source.wall(), &start, &from);
    let mut observations = Vec::new();
    loop {
        let mut began = source.now().await?;
        if plan.is_for_absence(observations.len()) && !is_late(&began, &from) {
            // The pauses are made by another clock than the journal's.
            (options.pause)(until(&began, &from)).await;
            began = source.now().await?;
        }
        let late = is_late(&began, &from);
        let at = source.wall();
        let observation = Observation::new(at, late, source.look(late).await);
        let said = signal(case, &observation);
        let failed = observation.snapshot().is_none();
        observations.push(observation);
        let verdict = judge(case, &observations);
        if late && failed {
            plan.look_again();
        }
        let is_found = matches!(verdict, Verdict::Confirmed { .. });
        let next = plan.pauses.get(observations.len() - 1).copied().filter(|_| !is_found);
        if let Some(observation) = observations.last() {
            let (number, of) = (observations.len(), plan.pauses.len() + 1);
            (options.watch)(&Progress { number, of, observation, signal: &said, next });
        }
        let Some(pause) = next else {
            let verdict = explain(verdict, late, case.before().is_some(), absence_from);
            return Ok(Some(Findings { verdict, observations, absence_from }));
        };
        (options.pause)(pause).await;
        if !source.is_wanted().await? {
            return Ok(None);
        }
    }
}

/// Says from when on absence can be believed, where the looks ended before that.
fn explain(verdict: Verdict, late: bool, can_tell: bool, from: Option<Timestamp>) -> Verdict {
    match (verdict, from) {
        (Verdict::Undecided { why }, Some(from)) if !late && can_tell => Verdict::Undecided {
            why: format!("{why}; that it was not placed can be believed from {from:.0} on"),
        },
        (verdict, _) => verdict,
    }
}

fn until(now: &Moment, then: &Moment) -> Duration {
    let micros = u64::try_from(then.micros.saturating_sub(now.micros)).unwrap_or_default();
    Duration::from_micros(micros)
}

fn wall_time(wall: Timestamp, now: &Moment, then: &Moment) -> Option<Timestamp> {
    let left = SignedDuration::from_micros(then.micros.saturating_sub(now.micros));
    wall.checked_add(left).ok()
}

/// The pauses between looks: short ones first, for most orders show at once, and growing up to when
/// absence can be believed; then even ones.
#[derive(Debug, Default)]
struct Plan {
    pauses: Vec<Duration>,
    /// How many looks come too early to prove absence, if the rest is there to prove it.
    early: Option<usize>,
    spacing: Duration,
    more: usize,
}

impl Plan {
    fn new(options: &ReconcileOptions, start: &Moment, from: &Moment) -> Self {
        let spacing = options.window.unwrap_or(LAG) / 36;
        let to_absence = until(start, from);
        let mut left = options.window.unwrap_or(to_absence).min(to_absence);
        let reaches = left == to_absence;
        let mut pauses = Vec::new();
        let mut next = spacing.max(Duration::from_micros(1));
        while left > next {
            pauses.push(next);
            left -= next;
            next *= 2;
        }
        if !left.is_zero() {
            pauses.push(left);
        }
        let early = reaches.then_some(pauses.len());
        if reaches {
            pauses.extend([spacing; crate::verdict::FEWEST_LATE - 1]);
        }
        Self { pauses, early, spacing, more: MORE_LOOKS }
    }

    fn is_for_absence(&self, made: usize) -> bool {
        self.early.is_some_and(|early| made >= early)
    }

    fn look_again(&mut self) {
        if self.early.is_some() && self.more > 0 {
            self.more -= 1;
            self.pauses.push(self.spacing);
        }
    }
}

#[cfg(test)]
mod tests;
