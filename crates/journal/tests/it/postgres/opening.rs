//! What is opened as a journal on a server, what is refused, and by whom it can be used.

use std::time::{Duration, Instant};

use oxhost_journal::{Journal, JournalError};

use super::Scene;
use crate::bench::{ACCEPTED, answering, client_of, extension};
use crate::silence::Silence;

#[tokio::test]
#[ignore = "needs a server"]
async fn a_journal_without_its_guards_is_refused() {
    for (sql, guard) in [
        ("DROP INDEX orders_claim", "orders_claim"),
        ("DROP INDEX orders_reference", "orders_reference"),
        ("ALTER INDEX orders_claim RENAME TO claim", "orders_claim"),
        (
            "DROP INDEX orders_claim; CREATE UNIQUE INDEX orders_claim ON orders (provider, target) \
             WHERE state IN ('claimed', 'open')",
            "orders_claim",
        ),
        (
            "DROP INDEX orders_reference; CREATE UNIQUE INDEX orders_reference ON orders (provider, reference, id) \
             WHERE state NOT IN ('refused', 'not_sent', 'not_ordered')",
            "orders_reference",
        ),
        ("ALTER TABLE orders DROP CONSTRAINT orders_known_state", "orders_known_state"),
        (
            "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'orders_claim'::regclass",
            "orders_claim",
        ),
        ("INSERT INTO _sqlx_migrations VALUES (9, 'later', now(), TRUE, '', 0)", "newer version"),
    ] {
        let scene = Scene::new().await;
        drop(scene.journal().await);
        drop(scene.journal().await);
        scene.execute(sql).await;
        let error = Journal::open(&scene.url()).await.unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal(_)), "{sql}: {error}");
        assert!(error.to_string().contains(guard), "{sql}: {error}");
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn many_that_open_a_new_journal_at_once_make_it_once() {
    let scene = Scene::new().await;
    let url = scene.url();
    let opened = (0..8).map(|_| Journal::open(&url));
    for journal in futures_util::future::join_all(opened).await {
        journal.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_role_that_may_read_insert_and_update_can_use_a_journal() {
    let scene = Scene::new().await;
    let role = format!("role_of_{}", scene.name);
    drop(scene.journal().await);
    scene
        .execute(&format!(
            "CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC; \
             GRANT USAGE ON SCHEMA public TO {role}; \
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}; \
             REVOKE INSERT, UPDATE ON _sqlx_migrations FROM {role}"
        ))
        .await;
    let limited = scene.at(&format!("postgres://{role}@{}/postgres", scene.address()));
    let journal = Journal::open(&limited).await.unwrap();
    let provider = answering("200 OK", ACCEPTED);
    journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap();
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_server_that_may_lose_what_it_was_told_is_refused() {
    for (setting, said) in [
        ("synchronous_commit = off", "synchronous_commit is off"),
        ("synchronous_commit = local", "synchronous_commit is local"),
    ] {
        let scene = Scene::new().await;
        drop(scene.journal().await);
        scene.execute(&format!("ALTER DATABASE {} SET {setting}", scene.name)).await;
        let error = Journal::open(&scene.url()).await.unwrap_err();
        assert!(matches!(error, JournalError::NotDurable(_)), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs a standby"]
async fn a_standby_is_refused() {
    let standby = std::env::var("OXHOST_POSTGRES_STANDBY").expect("the URL of a standby");
    let error = Journal::open(&standby).await.unwrap_err();
    assert!(matches!(error, JournalError::NotDurable(_)), "{error}");
    assert!(error.to_string().contains("standby"), "{error}");
}

#[tokio::test]
#[ignore = "needs a standby"]
async fn a_standby_that_is_not_waited_for_is_told() {
    // The standby of `.ci/postgres` is one.
    let journal = Scene::new().await.journal().await;
    let caution = journal.caution().unwrap_or_default();
    assert!(caution.contains("does not wait for"), "{caution}");
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_server_that_demands_tls_can_be_used() {
    let scene = Scene::new().await;
    // `.ci/postgres` lets nobody into this one without.
    let url = scene.server.rsplit_once('/').map(|(server, _)| format!("{server}/tls")).unwrap();
    let plain = Journal::open(&format!("{url}?sslmode=disable")).await.unwrap_err();
    assert!(
        plain.to_string().contains("no encryption") || plain.to_string().contains("rejects"),
        "{plain}"
    );
    Journal::open(&format!("{url}?sslmode=require")).await.unwrap();
    Journal::open(&url).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_server_that_falls_silent_while_a_journal_is_opened_is_told_in_time() {
    let scene = Scene::new().await;
    drop(scene.journal().await);
    let open = async |messages| {
        let silence = Silence::before(scene.address());
        silence.after(messages);
        let url = scene.url().replace(scene.address(), silence.address()) + "?sslmode=disable";
        let start = Instant::now();
        let opened = Journal::open(&url).await;
        assert!(start.elapsed() < Duration::from_secs(11), "{messages}: {:?}", start.elapsed());
        match opened {
            Ok(_) => "opened",
            Err(JournalError::TimedOut(_)) => "timed out",
            Err(error) => panic!("{messages}: {error}"),
        }
    };
    let told = futures_util::future::join_all((0..60).map(open)).await;
    assert!(told.contains(&"timed out") && told.last() == Some(&"opened"), "{told:?}");
}
