//! A journal that another process holds for good. It is waited for a fifth of a second here, not 30.

use std::time::Duration;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_sandbox::{SERVER_ID, Sandbox, USER_ID};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    Answer, Claimed, Journal, JournalError, ListOptions, Placed, ReconcileOptions, Sent, State,
};

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
        Journal::open_within(&self.url(), patience).await
    }

    fn connect(&self) -> Connection {
        Connection::open(self.folder.path().join("journal.db")).unwrap()
    }

    fn hold(&self) -> Connection {
        let connection = self.connect();
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        connection
    }

    /// Holds the journal from when a fault has happened.
    async fn hold_after(&self, fault: &str) -> Connection {
        let before = self.sandbox.faults_fired().len();
        self.sandbox.inject(fault.parse().unwrap());
        while self.sandbox.faults_fired().len() == before {
            tokio::task::yield_now().await;
        }
        self.hold()
    }

    async fn place(
        &self,
        journal: &Journal,
    ) -> Result<Placed<oxhost::types::ServerExtension>, JournalError> {
        let order = ServerExtensionOrder::new(USER_ID, SERVER_ID, 1).unwrap();
        journal.place(&self.client, order, None).await
    }

    async fn entries(&self, journal: &Journal) -> Vec<crate::Entry> {
        let mut entries = Vec::new();
        let take = |entry: Result<crate::Entry, _>| entries.push(entry.unwrap());
        journal.list(&ListOptions::default(), take).await.unwrap();
        entries
    }

    async fn states(&self, journal: &Journal) -> Vec<State> {
        self.entries(journal).await.iter().map(|entry| entry.state).collect()
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
    let held = scene.connect();
    held.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    is_locked(&scene.journal().await.unwrap_err());
    held.close().unwrap();
    scene.journal().await.unwrap();
}

#[tokio::test]
async fn a_journal_that_is_held_before_the_claim_sends_nothing() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let held = scene.hold();
    is_locked(&scene.place(&journal).await.unwrap_err());
    assert_eq!(scene.sandbox.requests().len(), 0);
    drop(held);
    assert!(matches!(scene.place(&journal).await, Ok(Placed::Sent(Sent { result: Ok(_), .. }))));
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
    let id = scene.entries(&journal).await.remove(0).id;
    let found = journal.reconcile(&scene.client, &id, &ReconcileOptions::default()).await.unwrap();
    assert_eq!(found.state, State::NotSent);
    assert!(matches!(scene.place(&journal).await, Ok(Placed::Sent(Sent { result: Ok(_), .. }))));
    assert_eq!(scene.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn a_journal_that_is_held_before_the_outcome_tells_it_all_the_same() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let (placed, held) = tokio::join!(scene.place(&journal), scene.hold_after("after:late=100"));
    drop(held);
    let Placed::Sent(Sent { result: Ok(_), entry, unwritten: Some(error), .. }) = placed.unwrap()
    else {
        panic!()
    };
    is_locked(&error);
    let Some(Answer::Receipt(receipt)) = &entry.answer else { panic!("{entry:?}") };
    let amount = receipt.amount.map(|amount| amount.to_string());
    assert_eq!((entry.state, amount.as_deref()), (State::Accepted, Some("0.02")));

    // Another process sees an open order, which blocks; this one writes its word before anything else.
    let other = scene.journal().await.unwrap();
    assert_eq!(scene.states(&other).await, [State::Open]);
    assert!(matches!(scene.place(&other).await, Err(JournalError::Blocked(_))));
    assert_eq!(journal.get(&entry.id).await.unwrap().state, State::Accepted);
    assert_eq!(scene.states(&other).await, [State::Accepted]);
    assert_eq!(journal.write_unwritten().await.unwrap(), 0);
    assert_eq!(scene.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn who_leaves_while_a_journal_is_held_is_told_that_it_was_not_written() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let order = ServerExtensionOrder::new(USER_ID, SERVER_ID, 1).unwrap();
    for (fault, word, kept) in
        [("read:hold", State::NotSent, State::Claimed), ("after:hold", State::Unknown, State::Open)]
    {
        let claimed = journal.claim(&scene.client, order.clone(), None).await.unwrap();
        let Claimed::Ours(claim) = claimed else { panic!("{claimed:?}") };
        let mut held = None;
        let left = async { held = Some(scene.hold_after(fault).await) };
        let sent = claim.send_unless(&scene.client, left).await.unwrap();
        is_locked(sent.unwritten.as_ref().unwrap());
        assert!(sent.interrupted && sent.result.is_err());
        assert_eq!(sent.entry.state, word);
        drop(held);
        let other = scene.journal().await.unwrap();
        assert_eq!(other.get(&sent.entry.id).await.unwrap().state, kept);
        if kept == State::Claimed {
            journal.release(&sent.entry.id, "as it should be").await.unwrap();
        } else {
            assert_eq!(journal.get(&sent.entry.id).await.unwrap().state, word);
        }
    }
}

#[tokio::test]
async fn a_word_that_could_not_be_written_is_written_in_the_background() {
    let scene = Scene::new();
    let journal = scene.journal().await.unwrap();
    let (placed, held) = tokio::join!(scene.place(&journal), scene.hold_after("after:late=100"));
    assert!(matches!(placed, Ok(Placed::Sent(Sent { unwritten: Some(_), .. }))));
    drop(held);
    let other = scene.journal().await.unwrap();
    while scene.states(&other).await != [State::Accepted] {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(scene.sandbox.ledger().len(), 1);
}
