//! What may be pruned, and what something still depends on.

use std::future::{pending, poll_fn, ready};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oxhost_journal::{Journal, JournalError, Placed, PruneOptions, Pruned, State};
use oxhost_testkit::{ByteServer, http};

use crate::batches::{at_once, batch_of, client, provider, renewals};
use crate::bench::{ACCEPTED, Bench, answering, client_of, entries, extension};

/// The time at which all of this is looked at.
pub const NOW: &str = "2026-11-23T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn days_ago(days: i64) -> Timestamp {
    now() - SignedDuration::from_hours(24 * days)
}

/// The journal as somebody has it so many days before now.
fn then(journal: &Journal, days: i64) -> Journal {
    journal.clone().with_wall_clock(move || days_ago(days))
}

async fn prune(journal: &Journal, options: PruneOptions) -> Pruned {
    let told = journal.prunable(&options).await.unwrap();
    let pruned = journal.prune(&options, pending()).await.unwrap();
    assert_eq!(told, pruned, "what is told before is what is done");
    pruned
}

fn is_ours(placed: &Placed<impl std::fmt::Debug>) -> bool {
    matches!(placed, Placed::Sent(_))
}

#[tokio::test]
async fn a_reference_is_sent_once_after_pruning_too() {
    let (bench, good) = (Bench::new(), answering("200 OK", ACCEPTED));
    let journal = then(&bench.journal().await, 0);
    let (old, client) = (then(&journal, 60), client_of(&good));
    for reference in [Some("r"), None] {
        old.place(&client, extension("s-1", 1), reference).await.unwrap();
    }
    bench.pass(Duration::from_secs(3600));
    let pruned = prune(&journal, PruneOptions::before(days_ago(30))).await;
    assert_eq!((pruned.orders, pruned.referenced), (1, 1));
    let again = journal.place(&client, extension("s-1", 1), Some("r")).await.unwrap();
    assert!(!is_ours(&again), "{again:?}");
    assert_eq!(good.requests().len(), 2);

    // Who asks for it by name gets it, and what that means.
    let pruned = prune(&journal, PruneOptions::before(days_ago(30)).with_references()).await;
    assert_eq!((pruned.orders, pruned.referenced), (1, 0));
    let again = journal.place(&client, extension("s-1", 1), Some("r")).await.unwrap();
    assert!(is_ours(&again) && good.requests().len() == 3, "{again:?}");
}

#[tokio::test]
async fn a_reference_that_holds_nothing_keeps_nothing() {
    let (bench, no) = (Bench::new(), answering("402 No", r#"{"success": false, "message": "no"}"#));
    let journal = then(&bench.journal().await, 0);
    then(&journal, 60).place(&client_of(&no), extension("s-1", 1), Some("r")).await.unwrap();
    bench.pass(Duration::from_secs(3600));
    assert_eq!(prune(&journal, PruneOptions::before(days_ago(30))).await.orders, 1);
    assert_eq!(entries(&journal).await, []);
}

#[tokio::test]
async fn what_blocks_and_what_tells_of_it_is_kept() {
    let (bench, answers) = (Bench::new(), AtomicUsize::new(2));
    let provider = ByteServer::without_reads(move |stream| {
        if answers.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            let _ = stream.write_all(&http("200 OK", &[], ACCEPTED));
        }
    });
    let (journal, client) = (then(&bench.journal().await, 0), client_of(&provider));
    let old = then(&journal, 60);
    for server in ["s-1", "s-2", "s-1"] {
        old.place(&client, extension(server, 1), None).await.unwrap();
    }
    bench.pass(Duration::from_secs(3600));
    let pruned = prune(&journal, PruneOptions::before(days_ago(30)).with_references()).await;
    assert_eq!((pruned.orders, pruned.blocked), (1, 2));
    let left = entries(&journal).await;
    assert!(left.len() == 2 && left.iter().all(|entry| entry.target == "s-1"), "{left:?}");
    let blocked = journal.place(&client, extension("s-1", 1), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))), "{blocked:?}");
}

#[tokio::test]
async fn an_order_that_may_not_show_yet_is_kept_whatever_the_wall_clock_says() {
    let (bench, good) = (Bench::new(), answering("200 OK", ACCEPTED));
    let journal = then(&bench.journal().await, 0);
    then(&journal, 60).place(&client_of(&good), extension("s-1", 1), None).await.unwrap();
    let options = PruneOptions::before(days_ago(30));
    assert_eq!(prune(&journal, options).await, Pruned::default());
    // Until the sender must be out and the provider has had its time.
    bench.pass(Duration::from_secs(130 + 180) - Duration::from_micros(1));
    assert_eq!(prune(&journal, options).await.orders, 0);
    bench.pass(Duration::from_micros(1));
    assert_eq!(prune(&journal, options).await.orders, 1);
}

#[tokio::test]
async fn the_last_days_are_not_pruned() {
    let bench = Bench::new();
    let journal = then(&bench.journal().await, 0);
    for before in [now(), days_ago(2) + SignedDuration::from_secs(1), days_ago(-7)] {
        let options = PruneOptions::before(before);
        let refused = journal.prune(&options, pending()).await;
        let Err(JournalError::Usage(why)) = refused else { panic!("{refused:?}") };
        assert!(why.contains("before 2026-11-21T12:00:00Z"), "{why}");
        assert!(journal.prunable(&options).await.is_err());
    }
    journal.prune(&PruneOptions::before(days_ago(2)), pending()).await.unwrap();
}

#[tokio::test]
async fn a_batch_keeps_its_orders_and_sends_none_of_them_again() {
    let (bench, sandbox) = (Bench::new(), provider(5));
    let journal = then(&bench.journal().await, 0);
    let (old, client) = (then(&journal, 60), client(&sandbox));
    let batch = batch_of(&old, &client, renewals(0..5)).await;
    batch.run(&client, &at_once(4), pending()).await.unwrap();
    // The worker of one was gone before the row had its order.
    let left =
        "UPDATE batch_rows SET state = 'waiting', order_id = NULL, charged = NULL WHERE line = 2";
    assert_eq!(bench.connect().execute(left, []).unwrap(), 1);
    bench.pass(Duration::from_secs(3600));
    let pruned = prune(&journal, PruneOptions::before(days_ago(30)).with_references()).await;
    assert_eq!((pruned.orders, pruned.in_batches), (0, 5));
    let batch = batch_of(&journal, &client, renewals(0..5)).await;
    let ended = batch.run(&client, &at_once(4), pending()).await.unwrap();
    assert_eq!((ended.totals.accepted, sandbox.ledger().len()), (5, 5));
}

/// An order of a made-up journal.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    target: usize,
    reference: bool,
    state: State,
    days: i64,
    in_batch: bool,
    may_not_show: bool,
}

impl Made {
    fn blocks(&self) -> bool {
        self.state.blocks()
    }

    fn insert(&self) -> String {
        let Self { id, target, state, days, .. } = self;
        let at = format!("{:.6}", days_ago(*days));
        let reference = match (self.in_batch, self.reference) {
            (true, _) => format!("'b/{id}'"),
            (false, true) => format!("'r-{id}'"),
            (false, false) => "NULL".to_owned(),
        };
        // `mix` looks at them at 1000 s.
        let answer_by = if self.may_not_show { 900_000_000 } else { 0 };
        format!(
            "INSERT INTO orders (id, provider, operation, target, parameters, reference, state, clock, claimed_at, \
             answer_by, created_at, changed_at) VALUES ('{id}', 'p', 'o', 't-{target}', '{{}}', {reference}, '{state}', \
             'test', 0, {answer_by}, '{at}', '{at}');"
        )
    }
}

/// So many orders of any kind, and the statements that write them.
pub struct Mix {
    made: Vec<Made>,
    pub sql: String,
}

impl Mix {
    pub fn new(seed: u64, orders: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut made: Vec<Made> = Vec::new();
        let mut blocked = std::collections::HashSet::new();
        for number in 0..orders {
            let target = random.usize(..orders);
            let mut state = *random.choice(State::ALL).unwrap();
            if state.blocks() && !blocked.insert(target) {
                state = State::Accepted;
            }
            made.push(Made {
                id: format!("{:06x}-{number:06}", random.u32(..1 << 24)),
                target,
                reference: random.bool(),
                state,
                days: random.i64(3..60),
                in_batch: random.u8(..8) == 0,
                may_not_show: random.u8(..8) == 0,
            });
        }
        let sql = made.iter().map(Made::insert).collect::<String>();
        let batch = "INSERT INTO batches (name, provider, created_at) VALUES ('b', 'p', '');";
        Self { made, sql: format!("BEGIN; {batch} {sql} COMMIT") }
    }

    /// Prunes a journal that has them, in which nothing may go that something depends on, and nothing else stay.
    pub async fn prune(&self, journal: &Journal, with_references: bool) {
        let journal = then(journal, 0);
        let mut options = PruneOptions::before(days_ago(30));
        if with_references {
            options = options.with_references();
        }
        let holds =
            |it: &Made| it.reference && matches!(it.state, State::Accepted | State::Confirmed);
        let blocked: std::collections::HashSet<usize> =
            self.made.iter().filter(|it| it.blocks()).map(|it| it.target).collect();
        let is_old = |it: &Made| it.days > 30 && !it.may_not_show;
        let goes = |it: &&Made| {
            let is_free = !blocked.contains(&it.target) && !it.in_batch;
            is_old(it) && is_free && (with_references || !holds(it))
        };
        let expected = self.made.iter().filter(goes).count() as u64;
        let old = self.made.iter().filter(|it| is_old(it)).count() as u64;
        let pruned = prune(&journal, options).await;
        assert_eq!(pruned.orders, expected);
        let kept = pruned.blocked + pruned.in_batches + pruned.referenced;
        assert_eq!((pruned.orders + kept, pruned.stopped), (old, false));
        let mut left: Vec<String> = entries(&journal).await.into_iter().map(|it| it.id).collect();
        left.sort();
        let mut stay: Vec<String> =
            self.made.iter().filter(|it| !goes(it)).map(|it| it.id.clone()).collect();
        stay.sort();
        assert_eq!(left, stay);
        assert_eq!(prune(&journal, options).await.orders, 0, "there is nothing more to prune");
    }
}

#[tokio::test]
async fn nothing_goes_that_something_depends_on_and_nothing_else_stays() {
    for (seed, orders) in [(1, 40), (2, 400), (3, 400), (4, 3000)] {
        for with_references in [false, true] {
            let bench = Bench::new();
            let journal = bench.journal().await;
            let mix = Mix::new(seed, orders);
            bench.connect().execute_batch(&mix.sql).unwrap();
            bench.pass(Duration::from_secs(1000));
            mix.prune(&journal, with_references).await;
        }
    }
}

#[tokio::test]
async fn one_that_is_stopped_goes_on_where_it_was() {
    let bench = Bench::new();
    let journal = then(&bench.journal().await, 0);
    let made = (0..2500).map(|number| Made {
        id: format!("{number:06}"),
        target: number,
        reference: false,
        state: State::Accepted,
        days: 40,
        in_batch: false,
        may_not_show: false,
    });
    let sql: String = made.map(|it| it.insert()).collect();
    bench.connect().execute_batch(&format!("BEGIN; {sql} COMMIT")).unwrap();
    bench.pass(Duration::from_secs(1000));
    let options = PruneOptions::before(days_ago(30));
    assert_eq!(journal.prune(&options, ready(())).await.unwrap(), stopped(0));
    let mut asked = 0;
    let after_the_first = poll_fn(move |_| {
        asked += 1;
        if asked > 1 { Poll::Ready(()) } else { Poll::Pending }
    });
    assert_eq!(journal.prune(&options, after_the_first).await.unwrap(), stopped(1000));
    assert_eq!(entries(&journal).await.len(), 1500);
    assert_eq!(journal.prune(&options, pending()).await.unwrap().orders, 1500);
    assert_eq!(entries(&journal).await, []);
}

fn stopped(orders: u64) -> Pruned {
    let mut pruned = Pruned::default();
    (pruned.orders, pruned.stopped) = (orders, true);
    pruned
}
