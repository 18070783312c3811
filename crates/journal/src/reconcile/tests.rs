//! How often is looked, and when. Time passes in pauses only, and in looks where a test says so.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use oxhost::types::PleskRenewalOrder;

use super::glue::known;
use super::{ReconcileOptions, Source, find_out};
use crate::clock::{Deadlines, Moment};
use crate::entry::Entry;
use crate::entry::tests::settled;
use crate::error::JournalError;
use crate::findings::Findings;
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, SeenOrder, Snapshot, SubscriptionSnapshot, Unlisted};
use crate::state::State;
use crate::verdict::{Case, Known, Verdict};

const SECOND: i64 = 1_000_000;

/// A provider that shows the same to each look, and a clock.
struct Bench {
    clock: &'static str,
    micros: Arc<AtomicI64>,
    /// How long after the beginning the order shows.
    shows_after: i64,
    /// Late looks that fail.
    failing: Mutex<usize>,
    /// Looks after which the sender has told.
    wanted: Mutex<usize>,
    /// How many pauses are two seconds shorter by this clock.
    short: Arc<AtomicI64>,
}

impl Bench {
    fn new() -> Self {
        Self {
            clock: "here",
            micros: Arc::new(AtomicI64::new(0)),
            shows_after: i64::MAX,
            failing: Mutex::new(0),
            wanted: Mutex::new(usize::MAX),
            short: Arc::new(AtomicI64::new(0)),
        }
    }

    fn seconds(&self) -> i64 {
        self.micros.load(Ordering::SeqCst) / SECOND
    }
}

fn snapshot(months: i8) -> Snapshot {
    let order = SeenOrder {
        id: Some(crate::snapshot::ShownText::of("new", "new")),
        number: None,
        server: None,
        kind: None,
        hours: None,
        amount: Some(rust_decimal::Decimal::ONE.into()),
        status: Some(crate::snapshot::ShownText::of("completed", "completed")),
        created_at: None,
    };
    Snapshot::Subscription(SubscriptionSnapshot {
        expires_at: jiff::civil::date(2025, 1 + months, 1).at(0, 0, 0, 0).into(),
        plan: None,
        price: Some(rust_decimal::Decimal::ONE.into()),
        orders: std::iter::repeat_n(order, usize::try_from(months).unwrap()).collect(),
        unlisted: Unlisted::default(),
    })
}

impl Source for Bench {
    async fn look(&self, late: bool) -> Result<Snapshot, String> {
        let mut failing = self.failing.lock().unwrap();
        if late && *failing > 0 {
            *failing -= 1;
            return Err("it failed".to_owned());
        }
        Ok(snapshot(i8::from(self.seconds() >= self.shows_after)))
    }

    async fn now(&self) -> Result<Moment, JournalError> {
        let micros = self.micros.load(Ordering::SeqCst);
        Ok(Moment { clock: self.clock.to_owned(), micros })
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_second(self.seconds()).unwrap()
    }

    async fn is_wanted(&self) -> Result<bool, JournalError> {
        let mut wanted = self.wanted.lock().unwrap();
        *wanted -= 1;
        Ok(*wanted > 0)
    }
}

/// Absence can be believed 300 s after the beginning.
fn deadlines() -> Deadlines {
    Deadlines {
        clock: "here".to_owned(),
        claimed_at: -10 * SECOND,
        send_by: None,
        answer_by: 120 * SECOND,
        ended_at: None,
        first_look: None,
    }
}

/// What is found out, the seconds at which it was looked, and what was told.
async fn reconciled(
    bench: &Bench,
    window: Option<u64>,
    first_look: Option<&Moment>,
) -> (Option<Findings>, Vec<i64>, Vec<String>) {
    let order = JournaledOrder::Renewal(PleskRenewalOrder::new("subscription", 1).unwrap());
    let baseline = Observation::new(Timestamp::UNIX_EPOCH, false, Ok(snapshot(0)));
    let (known, placed_at) = (Known::default(), Timestamp::UNIX_EPOCH);
    let case = Case { order: &order, baseline: Some(&baseline), known: &known, placed_at };
    let told = Arc::new(Mutex::new(Vec::new()));
    let (telling, passing) = (Arc::clone(&told), Arc::clone(&bench.micros));
    let short = Arc::clone(&bench.short);
    let mut options = ReconcileOptions::default()
        .pausing(move |pause| {
            let less = if short.fetch_sub(1, Ordering::SeqCst) > 0 { 2 * SECOND } else { 0 };
            passing.fetch_add(i64::try_from(pause.as_micros()).unwrap() - less, Ordering::SeqCst);
            std::future::ready(())
        })
        .watching(move |progress| telling.lock().unwrap().push(progress.to_string()));
    if let Some(window) = window {
        options = options.window(Duration::from_secs(window));
    }
    let deadlines = Deadlines { first_look: first_look.cloned(), ..deadlines() };
    let found = find_out(&case, &deadlines, bench, &options).await.unwrap();
    let looks = found.iter().flat_map(|found| &found.observations);
    let looks = looks.map(|look| look.at.as_second()).collect();
    let told = told.lock().unwrap().clone();
    (found, looks, told)
}

fn why(found: Option<Findings>) -> String {
    match found.unwrap().verdict {
        Verdict::Undecided { why } => why,
        verdict => panic!("{verdict:?}"),
    }
}

#[tokio::test]
async fn looks_grow_apart_until_absence_can_be_believed_and_then_there_are_three() {
    let (found, looks, told) = reconciled(&Bench::new(), None, None).await;
    let found = found.unwrap();
    assert_eq!(looks, [0, 5, 15, 35, 75, 155, 300, 305, 310]);
    let late: Vec<bool> = found.observations.iter().map(|look| look.late).collect();
    assert_eq!(late, [[false; 6].as_slice(), &[true; 3]].concat());
    assert_eq!(found.verdict, Verdict::NotOrdered);
    assert_eq!(found.absence_from, Some(Timestamp::from_second(300).unwrap()));
    assert_eq!(told[0], "check 1 of 9: not visible yet; next in 5 s");
    assert_eq!(
        told[6..],
        [
            "check 7 of 9: not visible; next in 5 s",
            "check 8 of 9: not visible; next in 5 s",
            "check 9 of 9: not visible",
        ]
    );
}

#[tokio::test]
async fn an_order_that_shows_ends_it() {
    let bench = Bench { shows_after: 20, ..Bench::new() };
    let (found, looks, told) = reconciled(&bench, None, None).await;
    assert!(matches!(found.unwrap().verdict, Verdict::Confirmed { .. }));
    assert_eq!(looks, [0, 5, 15, 35]);
    assert_eq!(told[3], "check 4 of 9: the order new shows");
}

#[tokio::test]
async fn no_window_makes_absence_believed_earlier() {
    for (window, expected) in [(0, vec![0]), (36, vec![0, 1, 3, 7, 15, 31, 36])] {
        let (found, looks, _) = reconciled(&Bench::new(), Some(window), None).await;
        assert_eq!(looks, expected);
        let why = why(found);
        assert!(why.contains("can be believed from 1970-01-01T00:05:00Z on"), "{why}");
    }
    // One that reaches so far is as good as none.
    let (found, looks, _) = reconciled(&Bench::new(), Some(360), None).await;
    assert_eq!(found.unwrap().verdict, Verdict::NotOrdered);
    assert_eq!(looks[looks.len() - 3..], [300, 310, 320]);
    // And afterwards, none is needed.
    let bench = Bench::new();
    bench.micros.store(300 * SECOND, Ordering::SeqCst);
    let (found, looks, _) = reconciled(&bench, Some(0), None).await;
    assert_eq!((found.unwrap().verdict, looks), (Verdict::NotOrdered, vec![300; 3]));
}

#[tokio::test]
async fn late_looks_that_fail_are_made_up_for_as_often_as_there_are() {
    let (found, looks, _) = {
        let bench = Bench { failing: Mutex::new(2), ..Bench::new() };
        reconciled(&bench, None, None).await
    };
    let late = |looks: &[i64]| looks.iter().filter(|at| **at >= 300).count();
    assert_eq!((late(&looks), found.unwrap().verdict), (5, Verdict::NotOrdered));
    let bench = Bench { failing: Mutex::new(9), ..Bench::new() };
    let (found, looks, _) = reconciled(&bench, None, None).await;
    assert_eq!((late(&looks), why(found).as_str()), (6, "a reading failed: it failed"));
}

#[tokio::test]
async fn by_another_clock_all_of_it_begins_with_the_first_look() {
    let bench = Bench { clock: "there", ..Bench::new() };
    bench.micros.store(1_000_000 * SECOND, Ordering::SeqCst);
    let (found, looks, _) = reconciled(&bench, Some(100), None).await;
    assert_eq!(looks.len(), 7);
    // 130 s that the sender may take, and 180 s.
    let absence_from = found.unwrap().absence_from;
    assert_eq!(absence_from, Some(Timestamp::from_second(1_000_310).unwrap()));
    let first = Moment { clock: "there".to_owned(), micros: 1_000_000 * SECOND };
    // Another time, the first look still counts, on that clock.
    bench.micros.store(1_000_310 * SECOND, Ordering::SeqCst);
    let (found, looks, _) = reconciled(&bench, None, Some(&first)).await;
    assert_eq!((found.unwrap().verdict, looks.len()), (Verdict::NotOrdered, 3));
    let elsewhere = Bench { clock: "elsewhere", ..Bench::new() };
    let (found, ..) = reconciled(&elsewhere, Some(0), Some(&first)).await;
    assert_eq!(found.unwrap().absence_from, Some(Timestamp::from_second(310).unwrap()));
}

#[tokio::test]
async fn absence_waits_for_the_clock_where_pauses_are_shorter_by_it() {
    let bench = Bench { short: Arc::new(AtomicI64::new(6)), ..Bench::new() };
    let (found, looks, _) = reconciled(&bench, None, None).await;
    assert_eq!(found.unwrap().verdict, Verdict::NotOrdered);
    assert_eq!(looks, [0, 3, 11, 29, 67, 145, 300, 305, 310]);
}

#[tokio::test]
async fn pauses_that_do_not_wait_prove_nothing() {
    let bench = Bench::new();
    let stopped = Bench { micros: Arc::new(AtomicI64::new(0)), ..Bench::new() };
    let (_, looks, _) = reconciled(&bench, None, None).await;
    assert_eq!(looks.len(), 9);
    let order = JournaledOrder::Renewal(PleskRenewalOrder::new("subscription", 1).unwrap());
    let baseline = Observation::new(Timestamp::UNIX_EPOCH, false, Ok(snapshot(0)));
    let (known, placed_at) = (Known::default(), Timestamp::UNIX_EPOCH);
    let case = Case { order: &order, baseline: Some(&baseline), known: &known, placed_at };
    let options = ReconcileOptions::default().pausing(|_| std::future::ready(()));
    let found = find_out(&case, &deadlines(), &stopped, &options).await.unwrap();
    assert!(why(found).contains("can be believed from"));
}

#[tokio::test]
async fn what_its_sender_tells_meanwhile_ends_it() {
    let bench = Bench { wanted: Mutex::new(2), ..Bench::new() };
    let (found, _, told) = reconciled(&bench, None, None).await;
    assert_eq!((found, told.len()), (None, 2));
}

#[test]
fn a_window_shows() {
    let options = ReconcileOptions::default().window(Duration::from_secs(180));
    assert!(format!("{options:?}").contains("180s"));
}

#[test]
fn only_an_order_that_was_placed_a_moment_ago_may_not_be_in_the_baseline() {
    let (mut ours, mut other) = (settled("here"), settled("here"));
    (ours.id, other.id) = ("ours".to_owned(), "other".to_owned());
    let recent =
        |ours: &Entry, other: &Entry| known(ours, &[ours.clone(), other.clone()]).recent.len();
    // It was settled at 1000 s.
    for (claimed_at, state, expected) in [
        (1001, State::Accepted, 1),
        (1001, State::Confirmed, 1),
        (1001, State::Refused, 0),
        (1181, State::Accepted, 0),
    ] {
        (ours.deadlines.claimed_at, other.state) = (claimed_at * SECOND, state);
        assert_eq!(recent(&ours, &other), expected, "{claimed_at} {state}");
    }
}
