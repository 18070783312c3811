//! Writes that wait at once, and are carried out together. What waits is made up here before the one who
//! writes looks.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::{Scene, claims, new};
use crate::error::JournalError;
use crate::store::connection::Statement;
use crate::store::writer::{Task, Work, Writer};
use crate::store::{PATIENCE, Store, is_of_target};

/// A journal, and another by which is seen what the first has told the disk.
struct Together {
    scene: Scene,
    store: Store,
    other: Store,
    work: Work,
    tasks: UnboundedReceiver<Task>,
}

impl Together {
    async fn new() -> Self {
        let scene = Scene::new();
        let (other, store) = (scene.store().await, scene.store().await);
        let (writer, tasks) = Writer::queue();
        let url = format!("{}?mode=rw", scene.url());
        let work = Work { url, patience: PATIENCE, limit: store.limit, connection: None };
        Self { scene, store: Store { writer: Some(writer), ..store }, other, work, tasks }
    }

    /// Has its turn after everyone who runs now has queued: the runtime has one thread.
    fn start(self) -> (Scene, Store, Store, JoinHandle<()>) {
        (self.scene, self.store, self.other, tokio::spawn(self.work.run(self.tasks)))
    }
}

async fn is_written(store: &Store, id: &str) -> bool {
    store.get(id).await.is_ok()
}

fn said(error: &JournalError, what: &str) -> bool {
    matches!(error, JournalError::Database(_)) && error.to_string().contains(what)
}

/// How often something was committed to the log beside the file: <https://www.sqlite.org/fileformat2.html>, 4.1.
fn commits(scene: &Scene) -> usize {
    let log = std::fs::read(scene.folder.path().join("journal.db-wal")).unwrap_or_default();
    // The last page of a transaction says how large the file is after it.
    log.get(32..)
        .unwrap_or_default()
        .chunks_exact(24 + 4096)
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}

#[tokio::test]
async fn what_waits_is_one_commit_and_is_told_after_it() {
    let (scene, store, other, _) = Together::new().await.start();
    let before = commits(&scene);
    let told = async |id: &str, target: &str| {
        assert!(claims(&store, &new(id, target, None)).await);
        // Whoever is told first sees the last of them, too: nobody was told before the commit.
        for id in ["a", "b", "c"] {
            assert!(is_written(&other, id).await, "{id}");
        }
    };
    tokio::join!(told("a", "1"), told("b", "2"), told("c", "3"));
    assert_eq!(commits(&scene), before + 1);
    // One that comes alone waits for no other.
    assert!(claims(&store, &new("d", "4", None)).await);
    assert_eq!(commits(&scene), before + 2);
}

#[tokio::test]
async fn of_two_that_claim_one_target_together_the_second_gets_the_firsts_row() {
    let (_scene, store, other, _) = Together::new().await.start();
    let (a, b, c) = (new("a", "t", None), new("b", "t", None), new("c", "u", None));
    let first = async { store.insert(&a).await.unwrap() };
    let second = async {
        assert!(store.insert(&b).await.unwrap().is_none());
        store.blocking("p", "t").await.unwrap().unwrap()
    };
    let (first, second, third) = tokio::join!(first, second, store.insert(&c));
    assert_eq!((first.unwrap().id, second.id), ("a".to_owned(), "a".to_owned()));
    assert_eq!(third.unwrap().unwrap().id, "c");
    assert!(!is_written(&other, "b").await);
}

#[tokio::test]
async fn one_that_fails_among_others_fails_alone() {
    let (_scene, store, other, _) = Together::new().await.start();
    assert!(claims(&store, &new("a", "t", None)).await);
    assert!(claims(&store, &new("b", "u", None)).await);
    let taken = Statement::new("UPDATE orders SET target = 't', state = 'open' WHERE id = 'b'");
    let (c, d) = (new("c", "v", None), new("d", "w", None));
    let (before, failed, behind) =
        tokio::join!(store.insert(&c), store.write(taken), store.insert(&d));
    assert!(before.unwrap().is_some() && behind.unwrap().is_some());
    assert!(is_of_target(&failed.map(drop).unwrap_err()));
    assert!(is_written(&other, "c").await && is_written(&other, "d").await);
    let unchanged = other.get("b").await.unwrap();
    assert_eq!((unchanged.target.as_str(), unchanged.state.as_str()), ("u", "claimed"));
}

/// What another has put into the file, and what everybody is told of it.
const LOSSES: [(&str, &str); 2] = [
    // Fails when all of it is committed, and leaves the transaction open.
    (
        "CREATE TABLE theirs (id TEXT PRIMARY KEY, of TEXT REFERENCES theirs (id) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER theirs_too AFTER INSERT ON orders WHEN NEW.target = 'bad' \
         BEGIN INSERT INTO theirs VALUES (NEW.id, 'nobody'); END",
        "FOREIGN KEY constraint failed",
    ),
    // Takes back all of it at once, as SQLite itself does for a disk that is full.
    (
        "CREATE TRIGGER theirs BEFORE INSERT ON orders WHEN NEW.target = 'bad' \
         BEGIN SELECT RAISE(ROLLBACK, 'not with me'); END",
        "not with me",
    ),
];

#[tokio::test]
async fn a_commit_that_fails_is_told_to_all_of_whom_none_is_written() {
    for (sql, why) in LOSSES {
        let (scene, store, other, _) = Together::new().await.start();
        scene.execute(sql).await;
        let (a, b, c) = (new("a", "1", None), new("b", "bad", None), new("c", "3", None));
        let (before, bad, behind) =
            tokio::join!(store.insert(&a), store.insert(&b), store.insert(&c));
        for (id, answer) in [("a", before), ("b", bad), ("c", behind)] {
            let error = answer.unwrap_err();
            assert!(said(&error, why), "{id}: {error}");
            assert!(!is_written(&other, id).await, "{id}: {why}");
        }
        // The next ones find nothing left of it.
        let (again, too) = tokio::join!(store.insert(&a), store.insert(&c));
        assert!(again.unwrap().is_some() && too.unwrap().is_some());
        assert!(is_written(&other, "a").await && is_written(&other, "c").await);
    }
}

#[tokio::test]
async fn a_journal_that_others_hold_is_told_to_all() {
    let mut together = Together::new().await;
    together.work.patience = Duration::ZERO;
    let (scene, store, other, _) = together.start();
    let mut held = other.pool.acquire().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *held).await.unwrap();
    let (a, b) = (new("a", "1", None), new("b", "2", None));
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    assert!(said(&first.unwrap_err(), "database is locked"));
    assert!(said(&second.unwrap_err(), "database is locked"));
    sqlx::query("ROLLBACK").execute(&mut *held).await.unwrap();
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    assert!(first.unwrap().is_some() && second.unwrap().is_some());
    drop(scene);
}

#[tokio::test]
async fn a_disk_that_does_not_answer_is_told_to_all() {
    let mut together = Together::new().await;
    together.work.limit = Duration::ZERO;
    let (_scene, store, _, _) = together.start();
    let (a, b) = (new("a", "1", None), new("b", "2", None));
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert!(matches!(error, JournalError::TimedOut(Duration::ZERO)), "{error}");
    }
}

#[tokio::test]
async fn who_leaves_takes_nobody_elses_write_along() {
    let Together { scene: _scene, store, other, work, tasks } = Together::new().await;
    let (a, b, c) = (new("a", "1", None), new("b", "2", None), new("c", "3", None));
    let mut stays = Box::pin(store.insert(&a));
    assert!(stays.as_mut().now_or_never().is_none());
    // One leaves before its turn, one after it has come.
    assert!(store.insert(&b).now_or_never().is_none());
    let mut leaves = Box::pin(store.insert(&c));
    assert!(leaves.as_mut().now_or_never().is_none());
    let mut run = Box::pin(work.run(tasks));
    assert!(run.as_mut().now_or_never().is_none());
    drop(leaves);
    let run = tokio::spawn(run);
    assert!(stays.await.unwrap().is_some());
    for (id, written) in [("a", true), ("b", false), ("c", true)] {
        assert_eq!(is_written(&other, id).await, written, "{id}");
    }
    // It ends with the last of those who could ask for more.
    drop(store);
    run.await.unwrap();
}

#[tokio::test]
async fn who_closes_a_journal_waits_for_what_was_to_be_written() {
    let (scene, store, other, work) = Together::new().await.start();
    let (a, b, c) = (new("a", "1", None), new("b", "2", None), new("c", "3", None));
    let clone = store.clone();
    let closes = async {
        store.close().await;
        assert!(work.is_finished());
        is_written(&other, "c").await
    };
    let (first, second, last, third) =
        tokio::join!(store.insert(&a), store.insert(&b), closes, clone.insert(&c));
    assert!(first.unwrap().is_some() && second.unwrap().is_some());
    // It came after the wish to leave, and still in time.
    assert!(third.unwrap().is_some() && last);
    let error = clone.insert(&new("d", "4", None)).await.unwrap_err();
    assert!(said(&error, "closed"), "{error}");
    other.close().await;
    assert!(!scene.folder.path().join("journal.db-wal").exists());
}
