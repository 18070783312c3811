//! Writes that wait at once, and are carried out together. What waits is made up here before the one who
//! writes looks.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::{Scene, claims, new};
use crate::error::JournalError;
use crate::store::sqlite::{Sqlite, connect};
use crate::store::statement::Statement;
use crate::store::worker::{Task, Thread, Worker};
use crate::store::{Database, PATIENCE, Store, is_of_target};

/// A journal, and another by which is seen what the first has told the disk.
struct Together {
    scene: Scene,
    store: Store,
    other: Store,
    worker: Worker,
    thread: Thread,
    tasks: UnboundedReceiver<Task>,
}

impl Together {
    async fn new() -> Self {
        Self::with(PATIENCE).await
    }

    async fn with(patience: Duration) -> Self {
        let scene = Scene::new();
        let (other, mut store) = (scene.store().await, scene.store().await);
        let Database::Sqlite(Sqlite { reads, .. }) = store.database else { panic!() };
        let (worker, tasks) = Worker::queue();
        store.database = Database::Sqlite(Sqlite { writes: worker.clone(), reads });
        let file = scene.folder.path().join("journal.db");
        let thread = Thread::new(move || connect(&file, patience));
        Self { scene, store, other, worker, thread, tasks }
    }

    /// Has its turn after everyone who runs now has queued: the runtime has one thread.
    fn start(self) -> (Scene, Store, Store, JoinHandle<()>) {
        let Self { scene, store, other, thread, tasks, .. } = self;
        let run = tokio::spawn(async {
            let (ends, ended) = tokio::sync::oneshot::channel();
            std::thread::spawn(|| {
                thread.run(tasks);
                ends.send(()).unwrap();
            });
            ended.await.unwrap();
        });
        (scene, store, other, run)
    }
}

async fn is_written(store: &Store, id: &str) -> bool {
    store.get(id).await.is_ok()
}

fn said(error: &JournalError, what: &str) -> bool {
    matches!(error, JournalError::Database(_)) && error.to_string().contains(what)
}

/// Keeps the thread from going on once it comes here, which the first tells, until the second is dropped.
fn held(worker: &Worker) -> (Receiver<()>, Sender<()>, impl Future<Output: Sized>) {
    let ((comes, turn), (hold, free)) = (channel(), channel());
    let stands = worker.call(move |_| {
        let _ = comes.send(());
        let _ = free.recv();
        Ok(())
    });
    (turn, hold, stands)
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
        tokio::join!(store.insert(&c), store.write(vec![taken]), store.insert(&d));
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
        scene.execute(sql);
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
    let (scene, store, _, _) = Together::with(Duration::ZERO).await.start();
    let held = scene.connect();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (a, b) = (new("a", "1", None), new("b", "2", None));
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    assert!(said(&first.unwrap_err(), "database is locked"));
    assert!(said(&second.unwrap_err(), "database is locked"));
    held.execute_batch("ROLLBACK").unwrap();
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    assert!(first.unwrap().is_some() && second.unwrap().is_some());
    drop(scene);
}

#[tokio::test]
async fn a_disk_that_does_not_answer_is_told_to_all() {
    let together = Together::new().await;
    let worker = together.worker.clone();
    let (_scene, store, other, _) = together.start();
    let (_turn, hold, _stands) = held(&worker);
    tokio::time::pause();
    let (a, b) = (new("a", "1", None), new("b", "2", None));
    let (first, second) = tokio::join!(store.insert(&a), store.insert(&b));
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert!(matches!(error, JournalError::TimedOut(limit) if limit == store.limit), "{error}");
    }
    tokio::time::resume();
    // Nobody waits for these any more.
    drop(hold);
    assert!(claims(&store, &new("c", "3", None)).await);
    assert!(!is_written(&other, "a").await && !is_written(&other, "b").await);
}

#[tokio::test]
async fn who_leaves_takes_nobody_elses_write_along() {
    let together = Together::new().await;
    let worker = together.worker.clone();
    let (_scene, store, other, run) = together.start();
    let (a, b, c) = (new("a", "1", None), new("b", "2", None), new("c", "3", None));
    let mut stays = Box::pin(store.insert(&a));
    assert!(stays.as_mut().now_or_never().is_none());
    // One leaves before its turn, one after it has come.
    assert!(store.insert(&b).now_or_never().is_none());
    let mut leaves = Box::pin(store.insert(&c));
    assert!(leaves.as_mut().now_or_never().is_none());
    let (turn, hold, stands) = held(&worker);
    tokio::task::spawn_blocking(move || turn.recv().unwrap()).await.unwrap();
    drop(leaves);
    drop(hold);
    assert!(stays.await.unwrap().is_some());
    for (id, written) in [("a", true), ("b", false), ("c", true)] {
        assert_eq!(is_written(&other, id).await, written, "{id}");
    }
    // It ends with the last of those who could ask for more.
    drop((store, stands));
    drop(worker);
    run.await.unwrap();
}

#[tokio::test]
async fn who_closes_a_journal_waits_for_what_was_to_be_written() {
    let (scene, store, other, run) = Together::new().await.start();
    let (a, b, c) = (new("a", "1", None), new("b", "2", None), new("c", "3", None));
    let clone = store.clone();
    let closes = async {
        store.close().await;
        is_written(&other, "c").await
    };
    let (first, second, last, third) =
        tokio::join!(store.insert(&a), store.insert(&b), closes, clone.insert(&c));
    assert!(first.unwrap().is_some() && second.unwrap().is_some());
    // It came after the wish to leave, and still in time.
    assert!(third.unwrap().is_some() && last);
    run.await.unwrap();
    let error = clone.insert(&new("d", "4", None)).await.unwrap_err();
    assert!(said(&error, "closed"), "{error}");
    other.close().await;
    assert!(!scene.folder.path().join("journal.db-wal").exists());
}
