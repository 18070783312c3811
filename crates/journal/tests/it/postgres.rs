//! The journal on a PostgreSQL server, which `.ci/postgres` starts; `OXHOST_POSTGRES` is its URL.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use oxhost_journal::{Journal, JournalError, ListOptions, Placed, Resolution, Sent, State};
use sqlx::{Connection, Executor, PgConnection};

use crate::bench::{ACCEPTED, answering, blocking, client_of, closing, entries, extension};
use crate::silence::Silence;

mod batches; // several workers, one of which may not speak any more
mod blocking; // threads without async
mod old; // what is listed since a time, found out about in one go, and pruned
mod opening; // what is opened as a journal, and what is refused

const NO_SERVER: &str = "OXHOST_POSTGRES is the URL of a server";

fn server() -> String {
    std::env::var("OXHOST_POSTGRES").expect(NO_SERVER)
}

/// A database of a test's own.
struct Scene {
    server: String,
    name: String,
}

impl Scene {
    async fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("journal_{}_{number}", std::process::id());
        let server = server();
        let scene = Self { server, name };
        let mut connection = PgConnection::connect(&scene.server).await.unwrap();
        connection.execute(&*format!("CREATE DATABASE {}", scene.name)).await.unwrap();
        scene
    }

    fn at(&self, server: &str) -> String {
        let (server, _) = server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn url(&self) -> String {
        self.at(&self.server)
    }

    /// Where the server listens.
    fn address(&self) -> &str {
        let (_, at) = self.server.split_once('@').unwrap();
        at.split_once('/').unwrap().0
    }

    async fn journal(&self) -> Journal {
        Journal::open(&self.url()).await.unwrap()
    }

    /// Executes statements as they are, bodies of functions among them.
    async fn execute_whole(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection.execute(sql).await.unwrap();
    }

    /// Executes statements one by one: some cannot stand in a transaction with others.
    async fn execute(&self, sql: &str) {
        for sql in sql.split(';') {
            self.execute_whole(sql).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn an_order_goes_its_way() {
    let scene = Scene::new().await;
    let (journal, other) = (scene.journal().await, scene.journal().await);
    let (good, silent) = (answering("200 OK", ACCEPTED), closing());
    let placed = journal.place(&client_of(&good), extension("s-1", 1), Some("r")).await.unwrap();
    let Placed::Sent(Sent { result: Ok(_), entry, unwritten: None, .. }) = placed else { panic!() };
    assert_eq!(entry.deadlines.clock, "database");
    assert_eq!(other.get(&entry.id[..20]).await.unwrap(), *entry);
    let again = other.place(&client_of(&good), extension("s-1", 1), Some("r")).await.unwrap();
    assert!(matches!(again, Placed::Recorded(again) if again == entry));
    let placed = journal.place(&client_of(&silent), extension("s-1", 1), None).await.unwrap();
    let Placed::Sent(Sent { entry, .. }) = placed else { panic!() };
    assert_eq!(entry.state, State::Unknown);
    let blocked = other.place(&client_of(&silent), extension("s-1", 1), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    for (resolution, count) in [(Resolution::Ordered, 1), (Resolution::NotOrdered, 2)] {
        if count == 2 {
            let early = other.resolve(&entry.id, resolution, "a slip").await;
            assert!(matches!(early, Err(JournalError::UnderWay { .. })), "{early:?}");
            scene.execute("UPDATE orders SET answer_by = claimed_at").await;
        }
        let entry = other.resolve(&entry.id, resolution, "why").await.unwrap();
        assert_eq!((entry.state, entry.resolutions.len()), (resolution.state(), count));
    }
    let mut newest = Vec::new();
    let options = ListOptions::default().newest_first().limit(1);
    journal.list(&options, |entry| newest.push(entry.unwrap().id)).await.unwrap();
    assert_eq!(newest, [entry.id]);
    assert_eq!((good.requests().len(), silent.requests().len()), (1, 1));
}

/// Many on one database whose default is *serializable*: the losers of a race try again.
#[tokio::test]
#[ignore = "needs a server"]
async fn at_default_isolation_serializable_nothing_stays_open() {
    const ORDERS: usize = 25;
    let scene = Scene::new().await;
    drop(scene.journal().await);
    let set =
        format!("ALTER DATABASE {} SET default_transaction_isolation = serializable", scene.name);
    scene.execute(&set).await;
    let provider = answering("200 OK", ACCEPTED);
    let mut senders = Vec::new();
    for _ in 0..8 {
        let (journal, client) = (scene.journal().await.with_baseline(None), client_of(&provider));
        senders.push(async move {
            for number in 0..ORDERS {
                let order = extension(&format!("s-{number}"), 1);
                journal.place(&client, order, Some(&format!("r-{number}"))).await.unwrap();
            }
        });
    }
    futures_util::future::join_all(senders).await;
    let states: Vec<State> =
        entries(&scene.journal().await).await.iter().map(|entry| entry.state).collect();
    assert_eq!((states, provider.requests().len()), (vec![State::Accepted; ORDERS], ORDERS));
}

/// Only what the server took back whole is tried again, and not for ever.
#[tokio::test]
#[ignore = "needs a server"]
async fn a_statement_that_lost_a_race_is_tried_again() {
    for (code, failures, tries, is_sent) in [
        ("40001", 2, 3, true),
        ("40P01", 2, 3, true),
        ("40001", 1000, 10, false),
        ("23514", 2, 1, false),
    ] {
        let scene = Scene::new().await;
        let journal = scene.journal().await;
        // A sequence is not taken back.
        let body = format!(
            "IF nextval('tries') <= {failures} THEN RAISE 'again' USING ERRCODE = '{code}'; END IF"
        );
        scene.execute_whole("CREATE SEQUENCE tries").await;
        scene.execute_whole(&trigger("INSERT", &body)).await;
        let provider = answering("200 OK", ACCEPTED);
        let placed = journal.place(&client_of(&provider), extension("s-1", 1), None).await;
        assert_eq!(placed.is_ok(), is_sent, "{code}: {placed:?}");
        assert_eq!(provider.requests().len(), usize::from(is_sent), "{code}");
        let mut connection = PgConnection::connect(&scene.url()).await.unwrap();
        let made: i64 = sqlx::query_scalar("SELECT last_value FROM tries")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(made, tries, "{code}");
    }
}

/// What someone else has the database do with each row that is written.
fn trigger(event: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$; \
         CREATE TRIGGER theirs BEFORE {event} ON orders FOR EACH ROW EXECUTE FUNCTION theirs()"
    )
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_row_that_the_database_alters_is_an_error() {
    for (event, body) in [
        ("INSERT", "NEW.id := 'theirs'"),
        ("INSERT", "NEW.target := 'theirs'"),
        ("INSERT", "NEW.state := 'refused'"),
        ("UPDATE", "NEW.state := OLD.state"),
    ] {
        let scene = Scene::new().await;
        let journal = scene.journal().await;
        scene.execute_whole(&trigger(event, body)).await;
        let provider = answering("200 OK", ACCEPTED);
        let error =
            journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap_err();
        assert!(matches!(error, JournalError::Corrupt(_)), "{body}: {error}");
        assert_eq!(provider.requests().len(), 0, "{body}");
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_constraint_of_another_is_an_error() {
    for sql in [
        "ALTER TABLE orders ADD CONSTRAINT theirs CHECK (target <> 's-1')",
        "CREATE RULE theirs AS ON INSERT TO orders DO INSTEAD NOTHING",
        "CREATE UNIQUE INDEX theirs ON orders (operation)",
    ] {
        let scene = Scene::new().await;
        let journal = scene.journal().await;
        let provider = answering("200 OK", ACCEPTED);
        if sql.contains("UNIQUE") {
            journal.place(&client_of(&provider), extension("s-0", 1), None).await.unwrap();
        }
        let before = provider.requests().len();
        scene.execute(sql).await;
        let error =
            journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap_err();
        assert!(matches!(error, JournalError::Database(_) | JournalError::Corrupt(_)), "{error}");
        assert_eq!(provider.requests().len(), before);
    }
}

/// An order, of which so many messages reach the server and its client: what was told of it, whether the
/// server has fallen silent, and how long it took.
async fn order_until_silence(
    scene: &Scene,
    round: usize,
    messages: usize,
) -> (&'static str, bool, Duration) {
    let provider = answering("200 OK", ACCEPTED);
    let silence = Silence::before(scene.address());
    let url = scene.url().replace(scene.address(), silence.address()) + "?sslmode=disable";
    let journal = Journal::open(&url).await.unwrap().with_baseline(None);
    let target = format!("s-{round}-{messages}");
    silence.after(messages);
    let start = Instant::now();
    let placed = journal.place(&client_of(&provider), extension(&target, 1), None).await;
    let (took, is_silent) = (start.elapsed(), silence.is_silent());
    silence.end();
    let own = scene.journal().await;
    let state = blocking(&own, &target).await.map(|entry| entry.state);
    let word = match placed {
        Ok(Placed::Sent(Sent { result: Ok(_), entry, unwritten, .. })) => {
            assert_eq!((provider.requests().len(), entry.state), (1, State::Accepted));
            assert!(matches!(state, None | Some(State::Open)), "{messages}: {state:?}");
            assert!(unwritten.is_some() || state.is_none(), "{messages}: {state:?}");
            // Once the server is back, nothing is lost.
            while journal.write_unwritten().await.is_err() {}
            assert_eq!(own.get(&entry.id).await.unwrap().state, State::Accepted);
            if unwritten.is_some() { "unwritten" } else { "written" }
        }
        Err(error) => {
            assert!(matches!(error, JournalError::TimedOut(_)), "{messages}: {error}");
            assert_eq!(provider.requests().len(), 0, "{messages}: {error}");
            assert!(matches!(state, None | Some(State::Claimed | State::Open)), "{state:?}");
            state.map_or("not claimed", State::as_str)
        }
        placed => panic!("{messages}: {placed:?}"),
    };
    (word, is_silent, took)
}

#[tokio::test]
#[ignore = "needs a server"]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
async fn a_server_that_falls_silent_at_any_statement_does_not_keep_the_word_back() {
    let scene = Scene::new().await;
    drop(scene.journal().await);
    // An intent whose writing was not confirmed is not followed by its order.
    let expected = ["not claimed", "claimed", "open", "unwritten", "written"];
    let mut seen: Vec<&str> = Vec::new();
    // A message comes in one piece or in two, so that a round may step over a moment.
    for round in 0..8 {
        let orders = (0..40).map(|messages| order_until_silence(&scene, round, messages));
        let told = futures_util::future::join_all(orders).await;
        let words: Vec<&str> = told.iter().map(|(word, ..)| *word).collect();
        let slowest = told.iter().map(|(.., took)| *took).max().unwrap();
        println!("after each count of messages: {words:?}; the slowest word took {slowest:?}");
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
        assert!(told.last().is_some_and(|(_, is_silent, _)| !is_silent), "the last is not cut");
        seen.extend(words);
        if expected.iter().all(|word| seen.contains(word)) {
            return;
        }
    }
    panic!("not all of {expected:?} in {seen:?}");
}
