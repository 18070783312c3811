//! What is opened as a journal, what is refused, and who may read it.

use std::time::Duration;

use super::{Scene, claims, new};
use crate::error::JournalError;
use crate::state::State;
use crate::store::{PATIENCE, Store, url_of};

#[tokio::test]
async fn a_journal_without_its_guards_is_refused() {
    let spoilt = [
        ("DROP INDEX orders_claim", "orders_claim"),
        ("DROP INDEX orders_reference", "orders_reference"),
        // Weakened, each in another way.
        (
            "DROP INDEX orders_claim; CREATE UNIQUE INDEX orders_claim ON orders (provider, target) \
             WHERE state = 'claimed' OR state = 'open'",
            "orders_claim",
        ),
        (
            "DROP INDEX orders_claim; CREATE INDEX orders_claim ON orders (provider, target) \
             WHERE state = 'claimed' OR state = 'open' OR state = 'unknown'",
            "orders_claim",
        ),
        (
            "DROP INDEX orders_reference; CREATE UNIQUE INDEX orders_reference ON orders (provider, reference, id) \
             WHERE state <> 'refused' AND state <> 'not_sent' AND state <> 'not_ordered'",
            "orders_reference",
        ),
        // Another name, and the guard's name on something else.
        (
            "DROP INDEX orders_claim; CREATE UNIQUE INDEX claim ON orders (provider, target) \
             WHERE state = 'claimed' OR state = 'open' OR state = 'unknown'",
            "orders_claim",
        ),
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'state = ''claimed'' OR', 'state = ''sent'' OR state = ''claimed'' OR') \
             WHERE type = 'table' AND name = 'orders'",
            "orders_known_state",
        ),
    ];
    for (sql, guard) in spoilt {
        let scene = Scene::new();
        drop(scene.store().await);
        scene.execute(sql);
        let error = Store::open(&scene.url(), PATIENCE).await.map(drop).unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal(_)), "{sql}: {error}");
        assert!(error.to_string().contains(&format!("`{guard}`")), "{sql}: {error}");
    }
}

/// As the first version made it, by sqlx.
const FIRST: &str = concat!(
    include_str!("../../../migrations/sqlite/0001_orders.sql"),
    "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
     checksum BLOB NOT NULL, execution_time BIGINT NOT NULL); \
     INSERT INTO _sqlx_migrations VALUES (1, 'orders', CURRENT_TIMESTAMP, TRUE, \
     x'36a5d8e601be48856cf0236a7f3df03e67a6ef053295d7fb167a3581021c2f99a451da291a40b1334fb052f49f83b4c8', 1234); \
     INSERT INTO orders (id, provider, operation, target, parameters, reference, state, clock, \
     claimed_at, answer_by, notes, created_at, changed_at) \
     VALUES ('a', 'p', 'o', 't', '{}', 'r', 'unknown', 'c', 1, 2, '[\"kept\"]', \
     '2026-11-22T00:00:00.000000Z', '2026-11-22T00:00:00.000000Z');"
);

#[tokio::test]
async fn a_journal_of_the_first_version_is_brought_up_to_date_and_keeps_its_orders() {
    let scene = Scene::new();
    scene.execute(FIRST);
    for _ in 0..2 {
        let store = scene.store().await;
        let kept = store.get("a").await.unwrap();
        assert_eq!((kept.state, kept.reference.as_deref()), (State::Unknown, Some("r")));
        assert_eq!((kept.deadlines.answer_by, &kept.notes[..]), (2, &["kept".to_owned()][..]));
        assert!(!claims(&store, &new("b", "t", None)).await, "it holds its target");
        assert!(!claims(&store, &new("c", "u", Some("r"))).await, "it holds its reference");
        store.close().await;
    }
    // One whose guards are gone is not given them by the way: who knows what was sent without them.
    let spoilt = Scene::new();
    spoilt.execute(FIRST);
    spoilt.execute(
        "DROP INDEX orders_claim; INSERT INTO orders (id, provider, operation, target, parameters, \
         state, clock, claimed_at, answer_by, created_at, changed_at) \
         VALUES ('b', 'p', 'o', 't', '{}', 'open', 'c', 1, 2, '', '')",
    );
    assert!(Store::open(&spoilt.url(), PATIENCE).await.is_err());
}

#[tokio::test]
async fn guards_that_are_written_in_another_way_are_the_same() {
    let scene = Scene::new();
    drop(scene.store().await);
    scene
        .execute(
            "DROP INDEX orders_claim; CREATE UNIQUE INDEX \"orders_claim\"   ON\n \"orders\" (provider, target)\n \
             WHERE state = 'claimed' OR state = 'open' OR state = 'unknown'",
        );
    drop(scene.store().await);
}

#[tokio::test]
async fn tables_of_another_version_or_program_are_refused() {
    for (sql, said) in [
        (
            "INSERT INTO _sqlx_migrations VALUES (9, 'later', CURRENT_TIMESTAMP, TRUE, x'00', 0)",
            "a newer version",
        ),
        ("UPDATE _sqlx_migrations SET checksum = x'00'", "modified"),
        ("DROP TABLE _sqlx_migrations", "no version of the journal has made"),
        ("DELETE FROM _sqlx_migrations", "no version of the journal has made"),
        (
            "DROP TABLE orders; DROP TABLE _sqlx_migrations; CREATE TABLE invoices (id TEXT)",
            "another program",
        ),
    ] {
        let scene = Scene::new();
        drop(scene.store().await);
        scene.execute(sql);
        let error = Store::open(&scene.url(), PATIENCE).await.map(drop).unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal(_)), "{sql}: {error}");
        assert!(error.to_string().contains(said), "{sql}: {error}");
    }
}

/// One that looks while another makes the tables sees all of them or none.
#[test]
fn many_that_open_a_new_journal_at_once_make_it_once_and_use_it() {
    for round in 0..20 {
        let scene = Scene::new();
        let opened_and_used = &|number: usize| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let name = number.to_string();
                let store = Store::open(&scene.url(), PATIENCE).await?;
                store.insert(&new(&name, &name, None)).await?;
                assert_eq!(store.find(&name).await?.target, name);
                Ok::<_, JournalError>(())
            })
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|number| scope.spawn(move || opened_and_used(number))).collect();
            for thread in threads {
                thread.join().unwrap().unwrap_or_else(|error| panic!("round {round}: {error}"));
            }
        });
    }
}

/// SQLite does not wait by itself when it is to change the mode of a file.
#[tokio::test]
async fn a_new_journal_that_another_is_about_to_write_is_waited_for() {
    let scene = Scene::new();
    let other = scene.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let open = tokio::spawn({
        let url = scene.url();
        async move { Store::open(&url, PATIENCE).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!open.is_finished(), "{:?}", open.await);
    other.execute_batch("COMMIT").unwrap();
    open.await.unwrap().unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let scene = Scene::new();
    let folder = scene.folder.path().join("of its own");
    let file = folder.join("journal.db");
    let store = Store::open(&url_of(&file).unwrap(), PATIENCE).await.unwrap();
    assert!(claims(&store, &new("a", "t", None)).await);
    assert_eq!(mode(&folder), 0o700);
    let modes = |wanted: u32| {
        for side in ["", "-wal", "-shm"] {
            assert_eq!(mode(&folder.join(format!("journal.db{side}"))), wanted, "{side}");
        }
    };
    modes(0o600);
    // One that was left readable is taken back.
    for side in ["", "-wal", "-shm"] {
        let file = folder.join(format!("journal.db{side}"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    modes(0o644);
    drop(Store::open(&url_of(&file).unwrap(), PATIENCE).await.unwrap());
    modes(0o600);
}

#[tokio::test]
async fn what_cannot_be_a_journal_is_refused() {
    for (url, said) in [
        ("mysql://localhost/x", "begins with"),
        ("journal.db", "begins with"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://", "in memory"),
        ("sqlite:///nowhere/at/all/journal.db", "/nowhere/at/all"),
        // Where nobody can make a file, whoever he is.
        ("sqlite:///proc/journal.db", "/proc/journal.db"),
    ] {
        let error = Store::open(url, PATIENCE).await.map(drop).unwrap_err();
        assert!(error.to_string().contains(said), "{url}: {error}");
    }
}
