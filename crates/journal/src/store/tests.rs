//! The store by itself: what it opens, what it finds, and how.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::statement::{Cell, Statement};
use super::{NewOrder, PATIENCE, Step, Store, Written, is_of_target, within};
use crate::ListOptions;
use crate::clock::{Clock, Moment};
use crate::entry::{Resolution, Resolved};
use crate::error::JournalError;
use crate::state::{Speaker, State};

mod foreign; // a file that is another program's
mod locked; // a database that somebody else holds
mod many; // a hundred thousand orders
mod opening; // new journals, old ones, and those that many open at once
mod together; // writes that share a commit

pub(super) struct Scene {
    pub(super) folder: TempDir,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn url(&self) -> String {
        format!("sqlite://{}/journal.db", self.folder.path().display())
    }

    pub(super) async fn store(&self) -> Store {
        Store::open(&self.url(), PATIENCE).await.unwrap()
    }

    /// The file, for somebody who is no journal.
    pub(super) fn connect(&self) -> Connection {
        Connection::open(self.folder.path().join("journal.db")).unwrap()
    }

    /// Does something that the journal would not.
    pub(super) fn execute(&self, sql: &str) {
        self.connect().execute_batch(sql).unwrap();
    }
}

pub(super) fn new<'a>(id: &'a str, target: &'a str, reference: Option<&'a str>) -> NewOrder<'a> {
    NewOrder {
        id,
        provider: "p",
        operation: "o",
        target,
        parameters: "{}",
        reference,
        patience: Duration::from_secs(145),
        at: Timestamp::UNIX_EPOCH,
    }
}

/// Whether an order gets its target.
pub(super) async fn claims(store: &Store, order: &NewOrder<'_>) -> bool {
    store.insert(order).await.unwrap().is_some()
}

async fn step(store: &Store, id: &str, step: &Step) -> Written {
    store.step(id, step, Timestamp::UNIX_EPOCH).await.unwrap()
}

fn intent(timeout: u64) -> Step {
    Step { timeout: Some(Duration::from_secs(timeout)), ..Step::to(State::Open, Speaker::Sender) }
}

#[tokio::test]
async fn one_order_holds_a_target_and_a_reference() {
    let store = Scene::new();
    let store = store.store().await;
    assert!(claims(&store, &new("a", "t", Some("r"))).await);
    assert!(!claims(&store, &new("b", "t", None)).await);
    assert!(!claims(&store, &new("b", "u", Some("r"))).await);
    // Of another provider's it is another.
    let elsewhere = NewOrder { provider: "q", ..new("c", "t", Some("r")) };
    assert!(claims(&store, &elsewhere).await);
    assert_eq!(store.blocking("p", "t").await.unwrap().unwrap().id, "a");
    assert_eq!(store.holder("p", "r").await.unwrap().unwrap().id, "a");
    assert!(store.blocking("p", "u").await.unwrap().is_none());
    // Free again after each proven no.
    let mut held = "a".to_owned();
    for (number, no) in [State::Refused, State::NotSent].into_iter().enumerate() {
        assert!(matches!(step(&store, &held, &intent(1)).await, Written::Yes(_)));
        let no = Step::to(no, Speaker::Sender);
        assert!(matches!(step(&store, &held, &no).await, Written::Yes(_)));
        held = format!("d{number}");
        assert!(claims(&store, &new(&held, "t", Some("r"))).await);
    }
}

#[tokio::test]
async fn a_step_that_takes_a_reference_again_says_whose_it_is() {
    let scene = Scene::new();
    let store = scene.store().await;
    assert!(claims(&store, &new("a", "t", Some("r"))).await);
    step(&store, "a", &intent(1)).await;
    let absent = Step::to(State::NotOrdered, Speaker::Reconcile);
    assert!(matches!(step(&store, "a", &absent).await, Written::Yes(_)));
    assert!(claims(&store, &new("b", "t", Some("r"))).await);
    let late = Step::to(State::Accepted, Speaker::Sender);
    let late = Step { notes: vec!["one".to_owned(), "\"two\"".to_owned()], ..late };
    let Written::Yes(entry) = step(&store, "a", &late).await else { panic!() };
    assert_eq!((entry.state, entry.reference), (State::Accepted, None));
    assert_eq!(entry.notes[..2], ["one", "\"two\""]);
    assert!(entry.notes[2].contains("`r` stands for a newer order"), "{:?}", entry.notes);
}

#[tokio::test]
async fn the_deadlines_stand_on_the_clock_of_the_journal() {
    const SECOND: i64 = 1_000_000;
    let clock = |clock: &'static str, micros: i64| {
        Clock::new(move || Moment { clock: clock.to_owned(), micros })
    };
    let scene = Scene::new();
    let store = scene.store().await.with_clock(clock("here", 5 * SECOND));
    assert!(claims(&store, &new("a", "t", None)).await);
    let row = store.get("a").await.unwrap();
    assert_eq!((row.deadlines.claimed_at, row.deadlines.answer_by), (5 * SECOND, 150 * SECOND));
    let store = store.with_clock(clock("here", 7 * SECOND));
    let Written::Yes(row) = step(&store, "a", &intent(120)).await else { panic!() };
    assert_eq!(row.deadlines.send_by, Some(17 * SECOND));
    assert_eq!((row.deadlines.claimed_at, row.deadlines.answer_by), (5 * SECOND, 137 * SECOND));

    // A person's word on an open order counts from when its sender is out, to the microsecond.
    let word = |resolution: Resolution| {
        let word = Resolved { at: Timestamp::UNIX_EPOCH, resolution, reason: "seen".to_owned() };
        let resolution_text = Some(super::json(&word).unwrap());
        Step { resolution: resolution_text, ..Step::to(resolution.state(), Speaker::Person) }
    };
    let said = word(Resolution::NotOrdered);
    let early = store.clone().with_clock(clock("here", 137 * SECOND - 1));
    assert!(matches!(step(&early, "a", &said).await, Written::No(_)));
    // After a restart of the machine, all of that time counts again from the first look.
    let other = |at: i64| store.clone().with_clock(clock("there", at));
    assert!(matches!(step(&other(900 * SECOND), "a", &said).await, Written::No(_)));
    let seen = other(SECOND).look_at("a").await.unwrap();
    assert_eq!(
        seen.deadlines.first_look,
        Some(Moment { clock: "there".to_owned(), micros: SECOND })
    );
    let seen = other(50 * SECOND).look_at("a").await.unwrap();
    assert_eq!(seen.deadlines.first_look.unwrap().micros, SECOND, "the first look stays the first");
    // On a clock of yet another's, it is another's.
    let elsewhere = store.clone().with_clock(clock("elsewhere", 3 * SECOND));
    let seen = elsewhere.look_at("a").await.unwrap().deadlines.first_look.unwrap();
    assert_eq!((seen.clock.as_str(), seen.micros), ("elsewhere", 3 * SECOND));
    other(SECOND).look_at("a").await.unwrap();
    assert!(matches!(step(&other(133 * SECOND - 1), "a", &said).await, Written::No(_)));
    assert!(matches!(step(&other(133 * SECOND), "a", &said).await, Written::Yes(_)));
    let late = store.clone().with_clock(clock("here", 137 * SECOND));
    let again = word(Resolution::Ordered);
    let Written::Yes(row) = step(&late, "a", &again).await else { panic!() };
    let said: Vec<Resolution> = row.resolutions.iter().map(|said| said.resolution).collect();
    assert_eq!(said, [Resolution::NotOrdered, Resolution::Ordered]);
    assert_eq!(row.deadlines.ended_at, Some(137 * SECOND));
}

#[tokio::test]
async fn a_timeout_without_end_fits_into_its_column() {
    let scene = Scene::new();
    let store = scene.store().await;
    let endless = NewOrder { patience: Duration::MAX, ..new("a", "t", None) };
    assert!(claims(&store, &endless).await);
    let step_ = Step { timeout: Some(Duration::MAX), ..Step::to(State::Open, Speaker::Sender) };
    assert!(matches!(step(&store, "a", &step_).await, Written::Yes(_)));
}

#[tokio::test]
async fn a_constraint_of_another_is_an_error() {
    for (sql, said) in [
        (
            "CREATE TRIGGER theirs BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'not here'); END",
            "not here",
        ),
        (
            "CREATE TRIGGER theirs AFTER INSERT ON orders BEGIN UPDATE orders SET target = 'x'; END",
            "something else",
        ),
    ] {
        let scene = Scene::new();
        let store = scene.store().await;
        scene.execute(sql);
        let error = store.insert(&new("a", "t", None)).await.unwrap_err();
        assert!(error.to_string().contains(said), "{sql}: {error}");
    }
}

#[tokio::test]
async fn only_a_guard_of_ours_says_that_a_reference_or_a_target_is_taken() {
    let scene = Scene::new();
    let store = scene.store().await;
    assert!(claims(&store, &new("a", "t", Some("r"))).await);
    scene.execute(
        "CREATE TRIGGER theirs BEFORE UPDATE ON orders WHEN NEW.reference IS NOT NULL \
             BEGIN SELECT RAISE(ABORT, 'orders.reference and orders.target are mine'); END",
    );
    let error = store.step("a", &intent(1), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(error.to_string().contains("are mine"), "{error}");
    assert!(!is_of_target(&error));
    let entry = store.get("a").await.unwrap();
    assert_eq!((entry.state, entry.reference.as_deref()), (State::Claimed, Some("r")));
    // And each guard names its own.
    scene.execute("DROP TRIGGER theirs");
    for (id, target, reference, of_target) in [("b", "t", None, true), ("c", "u", Some("r"), false)]
    {
        let taken = store.insert(&new(id, target, reference)).await.unwrap();
        assert!(taken.is_none(), "{id}");
        assert!(claims(&store, &new(&format!("{id}-free"), id, None)).await);
        let theirs = "UPDATE orders SET target = $2, reference = $3 WHERE id = $1";
        let moved = Statement::new(theirs).bind(format!("{id}-free")).bind(target).bind(reference);
        let error = store.write(vec![moved]).await.map(drop).unwrap_err();
        assert_eq!(is_of_target(&error), of_target, "{error}");
    }
}

#[tokio::test]
async fn a_current_journal_is_opened_while_another_writes_and_waits_as_long_as_it_was_told() {
    let scene = Scene::new();
    drop(scene.store().await);
    let writer = scene.connect();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Store::open(&scene.url(), Duration::from_millis(1234)).await.unwrap();
    let told = store.rows(Statement::new("PRAGMA busy_timeout")).await.unwrap();
    assert_eq!(told, [[Cell::Number(1234)]]);
}

#[tokio::test]
async fn a_damaged_row_is_reported_and_the_others_are_given() {
    let scene = Scene::new();
    let store = scene.store().await;
    for (id, target) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")] {
        assert!(claims(&store, &new(id, target, None)).await);
    }
    scene.execute(
        "UPDATE orders SET created_at = 'yesterday' WHERE id = 'b'; \
             UPDATE orders SET answer_by = 'soon' WHERE id = 'c'; \
             UPDATE orders SET target = CAST(x'ff00' AS TEXT) WHERE id = 'd'",
    );
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    let take = |row: Result<crate::Entry, JournalError>| match row {
        Ok(row) => sound.push(row.id),
        Err(error) => damaged.push(error.to_string()),
    };
    store.list(&ListOptions::default(), take).await.unwrap();
    assert_eq!(sound, ["a", "e"], "{damaged:?}");
    assert_eq!(damaged.len(), 3);
    for id in ["b", "c"] {
        assert!(damaged.iter().any(|it| it.contains(&format!("order {id} "))), "{damaged:?}");
    }
    assert!(matches!(store.get("b").await, Err(JournalError::Corrupt(_))));
    // The target of a damaged order is still held.
    assert!(!claims(&store, &new("f", "2", None)).await);
}

#[test]
fn a_database_that_does_not_follow_what_makes_it_durable_is_refused() {
    // In memory, there is no write-ahead log, whatever is asked for.
    let connection = Connection::open_in_memory().unwrap();
    let error = super::sqlite::set_up(&connection, PATIENCE).unwrap_err();
    assert!(error.to_string().contains("journal_mode is memory, synchronous is 2"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_damaged_where_its_orders_stand_lists_no_half_of_them() {
    let scene = Scene::new();
    let store = scene.store().await;
    for number in 0..300 {
        let (id, target) = (format!("id-{number:03}"), format!("target-{number:03}"));
        assert!(claims(&store, &new(&id, &target, None)).await);
    }
    store.close().await;
    let file = scene.folder.path().join("journal.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 20, "{pages}");
    // The later half holds rows and what finds them, not the definitions.
    bytes[pages / 2 * 4096..].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let store = scene.store().await;
    let mut given = 0;
    let listed = store.list(&ListOptions::default(), |_| given += 1).await;
    assert!(matches!(listed, Err(JournalError::Database(_))), "{given}: {listed:?}");
}

/// A process that is stopped and goes on: its clock has run, and nothing else has.
#[tokio::test]
async fn a_process_that_was_stopped_gives_the_database_its_time() {
    let limit = Duration::from_millis(20);
    let after_a_stop = async {
        std::thread::sleep(limit * 3);
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    };
    within(limit, after_a_stop).await.unwrap();
    let silent = within(limit, std::future::pending::<Result<(), _>>()).await;
    assert!(matches!(silent, Err(JournalError::TimedOut(_))), "{silent:?}");
}
