//! A journal that another process holds for good. It is waited for a fifth of a second here, not 30.

use std::time::Duration;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_sandbox::{SERVER_ID, Sandbox, USER_ID};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::{Journal, JournalError, Placed, ReconcileOptions, State};

struct Scene {
    sandbox: Sandbox,
    client: Client,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::start().unwrap();
        let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap();
        Self { sandbox, client, folder: tempfile::tempdir().unwrap() }
    }

    fn url(&self) -> String {
        format!("sqlite://{}/journal.db", self.folder.path().display())
    }

    async fn journal(&self) -> Result<Journal, JournalError> {
        let patience = Duration::from_millis(200);
        Journal::open_within(&self.url(), "account".to_owned(), patience).await
    }

    async fn hold(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
        connection
    }

    /// Holds the journal from when a fault has happened.
    async fn hold_after(&self, fault: &str) -> SqliteConnection {
        self.sandbox.inject(fault.parse().unwrap());
        while self.sandbox.faults_fired().is_empty() {
            tokio::task::yield_now().await;
        }
        self.hold().await
    }

    async fn place(
        &self,
        journal: &Journal,
    ) -> Result<Placed<oxhost::types::ServerExtension>, JournalError> {
        let order = ServerExtensionOrder::new(USER_ID, SERVER_ID, 1).unwrap();
        journal.place(&self.client, &order, None).await
    }

    async fn states(&self, journal: &Journal) -> Vec<State> {
        journal.list().await.unwrap().iter().map(|entry| entry.state).collect()
    }
}

fn is_locked(error: &JournalError) {
    assert!(matches!(error, JournalError::Database(_)), "{error:?}");
    assert!(error.to_string().contains("database is locked"), "{error}");
}

#[tokio::test]
async fn a_journal_that_nobody_else_may_use_is_not_opened() {
    let scene = Scene::new();
    drop(scene.journal().await.unwrap());
    let mut held = SqliteConnection::connect(&scene.url()).await.unwrap();
    for statement in ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"] {
        sqlx::query(statement).execute(&mut held).await.unwrap();
    }
    is_locked(&scene.journal().await.unwrap_err());
    held.close().await.unwrap();
    scene.journal().await.unwrap();
}

#[tokio::test]
async fn a_journal_that_is_held_before_the_claim_sends_nothing() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let held = scene.hold().await;
    is_locked(&scene.place(&journal).await.unwrap_err());
    assert_eq!(scene.sandbox.requests().len(), 0);
    drop(held);
    assert!(matches!(scene.place(&journal).await, Ok(Placed::Sent(Ok(_), _))));
}

#[tokio::test]
async fn a_journal_that_is_held_before_the_intent_sends_nothing() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let (placed, held) = tokio::join!(scene.place(&journal), scene.hold_after("read:late=100"));
    is_locked(&placed.unwrap_err());
    drop(held);
    assert_eq!(
        (scene.states(&journal).await, scene.sandbox.ledger()),
        (vec![State::Claimed], vec![])
    );
    // The claim blocks until it is taken back.
    assert!(matches!(scene.place(&journal).await, Err(JournalError::Blocked(_))));
    let id = journal.list().await.unwrap().remove(0).id;
    let found = journal.reconcile(&scene.client, &id, &ReconcileOptions::default()).await.unwrap();
    assert_eq!(found.state, State::NotSent);
    assert!(matches!(scene.place(&journal).await, Ok(Placed::Sent(Ok(_), _))));
    assert_eq!(scene.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn a_journal_that_is_held_before_the_outcome_tells_it_all_the_same() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let (placed, held) = tokio::join!(scene.place(&journal), scene.hold_after("after:late=100"));
    let error = placed.unwrap_err();
    drop(held);
    let JournalError::NotRecorded { id, state, outcome, source } = &error else {
        panic!("{error}")
    };
    is_locked(source);
    assert_eq!((*state, &outcome["amount"]), (State::Accepted, &"0.02".into()));
    assert!(error.to_string().starts_with("the order was sent and ended as accepted, "), "{error}");
    assert_eq!(scene.states(&journal).await, [State::Open]);
    assert!(matches!(scene.place(&journal).await, Err(JournalError::Blocked(_))));
    let found = journal.reconcile(&scene.client, id, &ReconcileOptions::default()).await.unwrap();
    assert_eq!(found.state, State::Confirmed);
    assert_eq!(scene.sandbox.ledger().len(), 1);
}
