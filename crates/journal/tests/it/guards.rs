use oxhost::Error;
use oxhost_journal::{Journal, JournalError, Placed, State};

use crate::bench::{ACCEPTED, Bench, Provider, extension};

#[tokio::test]
async fn the_same_reference_is_sent_once_and_answered_with_what_became_of_it() {
    for (provider, state) in [
        (Provider::answering("200 OK", ACCEPTED), State::Accepted),
        (Provider::answering("402 No", r#"{"message": "no funds"}"#), State::Refused),
        (Provider::silent(), State::Unknown),
    ] {
        let bench = Bench::new();
        let journal = bench.journal().await;
        let order = extension("s-1", 1);
        let Placed::Sent(_, first) =
            journal.place(&provider.client(), &order, Some("r")).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(first.state, state);
        for journal in [journal, bench.journal().await] {
            let Placed::Recorded(again) =
                journal.place(&provider.client(), &order, Some("r")).await.unwrap()
            else {
                panic!()
            };
            assert_eq!(again, first);
        }
        assert_eq!(provider.requests(), 1, "{state}");
    }
}

#[tokio::test]
async fn a_reference_that_stands_for_another_order_is_an_error() {
    let provider = Provider::answering("200 OK", ACCEPTED);
    let bench = Bench::new();
    let journal = bench.journal().await;
    journal.place(&provider.client(), &extension("s-1", 1), Some("r")).await.unwrap();
    for other in [extension("s-1", 2), extension("s-2", 1)] {
        let error = journal.place(&provider.client(), &other, Some("r")).await.unwrap_err();
        assert!(matches!(error, JournalError::OtherOrder(_)), "{error}");
    }
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn what_was_not_sent_makes_room_for_another_try_of_its_reference() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let nowhere = oxhost::Client::builder("test-key")
        .base_url("http://127.0.0.1:9")
        .read_again(0, std::time::Duration::ZERO)
        .build()
        .unwrap();
    let Placed::Sent(Err(Error::NotSent(_)), entry) =
        journal.place(&nowhere, &extension("s-1", 1), Some("r")).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(entry.state, State::NotSent);
    let provider = Provider::answering("200 OK", ACCEPTED);
    let placed = journal.place(&provider.client(), &extension("s-1", 1), Some("r")).await.unwrap();
    assert!(matches!(placed, Placed::Sent(Ok(_), _)));
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn an_unknown_order_blocks_its_target_until_it_is_settled() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = Provider::silent();
    let Placed::Sent(_, unknown) =
        journal.place(&provider.client(), &extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };

    let error = journal.place(&provider.client(), &extension("s-1", 5), None).await.unwrap_err();
    let JournalError::Blocked(blocker) = &error else { panic!("{error}") };
    assert_eq!(blocker.id, unknown.id);
    assert!(error.to_string().contains(&unknown.id), "{error}");
    assert_eq!(provider.requests(), 1);
    // Another target, and another account's same target, are free.
    journal.place(&provider.client(), &extension("s-2", 1), None).await.unwrap();
    let other = Journal::open(&bench.url(), "other account").await.unwrap();
    other.place(&provider.client(), &extension("s-1", 1), None).await.unwrap();
    assert!(matches!(other.get(&unknown.id).await, Err(JournalError::NoSuchOrder(_))));
    assert_eq!(other.list().await.unwrap().len(), 1);

    let settled = journal.resolve(&unknown.id, false, "not in the client area").await.unwrap();
    assert_eq!(
        (settled.state, settled.reason.as_deref()),
        (State::NotOrdered, Some("not in the client area"))
    );
    journal.place(&provider.client(), &extension("s-1", 5), None).await.unwrap();
    assert_eq!(provider.requests(), 4);
}

#[tokio::test]
async fn a_clock_that_jumps_back_changes_nothing() {
    let bench = Bench::new();
    let provider = Provider::silent();
    let late = bench.journal().await.with_clock(|| "2030-01-01T00:00:00Z".parse().unwrap());
    late.place(&provider.client(), &extension("s-1", 1), Some("r")).await.unwrap();
    let early = bench.journal().await.with_clock(|| "1990-01-01T00:00:00Z".parse().unwrap());
    let blocked = early.place(&provider.client(), &extension("s-1", 2), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    let recorded = early.place(&provider.client(), &extension("s-1", 1), Some("r")).await.unwrap();
    let Placed::Recorded(entry) = recorded else { panic!() };
    let settled = early.resolve(&entry.id, true, "seen").await.unwrap();
    assert_eq!(settled.state, State::Confirmed);
    let times = [settled.created_at, settled.changed_at].map(|at| at.to_string());
    assert_eq!(times, ["2030-01-01T00:00:00Z", "1990-01-01T00:00:00Z"]);
    assert_eq!(format!("{early:?}"), "Journal { account: \"account\", .. }");
    assert_eq!(provider.requests(), 1);
}
