use oxhost::{Client, OrderError};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{
    Claimed, Clock, Entry, JournalError, Moment, Placed, Resolution, Sent, State,
};
use oxhost_testkit::ByteServer;

use crate::bench::{ACCEPTED, Bench, answering, client_of, closing, entries, extension};

#[tokio::test]
async fn the_same_reference_is_sent_once_and_answered_with_what_became_of_it() {
    for (provider, state) in
        [(answering("200 OK", ACCEPTED), State::Accepted), (closing(), State::Unknown)]
    {
        let bench = Bench::new();
        let journal = bench.journal().await;
        let order = extension("s-1", 1);
        let Placed::Sent(Sent { entry: first, .. }) =
            journal.place(&client_of(&provider), order.clone(), Some("r")).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(first.state, state);
        for journal in [journal, bench.journal().await] {
            let Placed::Recorded(again) =
                journal.place(&client_of(&provider), order.clone(), Some("r")).await.unwrap()
            else {
                panic!()
            };
            assert_eq!(again, first);
        }
        assert_eq!(provider.requests().len(), 1, "{state}");
    }
}

#[tokio::test]
async fn a_reference_that_stands_for_another_order_is_an_error() {
    let provider = answering("200 OK", ACCEPTED);
    let bench = Bench::new();
    let journal = bench.journal().await;
    journal.place(&client_of(&provider), extension("s-1", 1), Some("r")).await.unwrap();
    for other in [extension("s-1", 2), extension("s-2", 1)] {
        let error =
            journal.place(&client_of(&provider), other.clone(), Some("r")).await.unwrap_err();
        assert!(matches!(error, JournalError::OtherOrder(_)), "{error}");
    }
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn what_was_refused_or_not_ordered_makes_room_for_another_try_of_its_reference() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let refusing = answering("402 No", r#"{"success": false, "message": "no funds"}"#);
    let (silent, good) = (closing(), answering("200 OK", ACCEPTED));
    for (provider, state) in [(&refusing, State::Refused), (&silent, State::Unknown)] {
        // All of them are the same provider to the journal.
        let order = extension("s-1", 1);
        let placed = journal.place(&client_of(provider), order, Some("r")).await.unwrap();
        let Placed::Sent(Sent { entry, .. }) = placed else { panic!() };
        assert_eq!(entry.state, state);
        if state == State::Unknown {
            bench.pass(Duration::from_secs(130));
            journal.resolve(&entry.id, Resolution::NotOrdered, "not there").await.unwrap();
        }
        let again = journal.place(&client_of(provider), extension("s-1", 1), Some("r")).await;
        assert!(matches!(again, Ok(Placed::Sent(_))), "{again:?}");
        assert_eq!(provider.requests().len(), 2);
    }
    journal.place(&client_of(&good), extension("s-1", 1), Some("r")).await.unwrap();
    // The earlier tries stay listed with it.
    let tries = entries(&journal).await;
    assert!(tries.iter().all(|entry| entry.reference.as_deref() == Some("r")));
    assert_eq!(tries.len(), 5);
}

#[tokio::test]
async fn names_with_white_space_around_them_are_refused() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = answering("200 OK", ACCEPTED);
    let of = |user: &str, server: &str| ServerExtensionOrder::new(user, server, 1).unwrap();
    for (order, reference) in [
        (of("u", " s-1"), None),
        (of("u", "s-1\n"), None),
        (of("u\u{a0}", "s-1"), None),
        (of("u", "s-1"), Some("r ")),
        (of("u", "s-1"), Some("")),
        (of("u", "s-1"), Some("\t")),
    ] {
        let error = journal.place(&client_of(&provider), order, reference).await.unwrap_err();
        assert!(matches!(error, JournalError::Usage(_)), "{error}");
    }
    assert_eq!((provider.requests().len(), entries(&journal).await.len()), (0, 0));
}

#[tokio::test]
async fn a_reference_under_way_is_waited_for_as_long_as_its_sender_may_answer() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = ByteServer::without_reads(|stream| {
        std::thread::sleep(Duration::from_millis(300));
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ACCEPTED.len());
        let _ = std::io::Write::write_all(stream, format!("{head}{ACCEPTED}").as_bytes());
    });
    let client = client_of(&provider);
    let other = bench.journal().await;
    let (first, second) = tokio::join!(
        journal.place(&client, extension("s-1", 1), Some("r")),
        other.place(&client, extension("s-1", 1), Some("r")),
    );
    let mut placed = [first.unwrap(), second.unwrap()];
    placed.sort_by_key(|placed| matches!(placed, Placed::Recorded(_)));
    let [Placed::Sent(sent), Placed::Recorded(recorded)] = &placed else { panic!("{placed:?}") };
    assert_eq!((&recorded.id, recorded.state), (&sent.entry.id, State::Accepted));
    assert_eq!(provider.requests().len(), 1);

    // One whose sender is gone is waited for until its deadline, and then blocks.
    let at = Arc::new(AtomicI64::new(0));
    let time = Arc::clone(&at);
    let clock = Clock::new(move || {
        let micros = time.fetch_add(40_000_000, Ordering::SeqCst);
        Moment { clock: "test".to_owned(), micros }
    });
    let journal = journal.with_clock(clock);
    let Claimed::Ours(claim) =
        journal.claim(&client, extension("s-2", 1), Some("q")).await.unwrap()
    else {
        panic!()
    };
    let id = claim.id().to_owned();
    drop(claim);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let journal = journal.on_wait(move |entry, at_most| {
        telling.lock().unwrap().push((entry.id.clone(), at_most.as_secs()));
    });
    let error = journal.place(&client, extension("s-2", 1), Some("q")).await.unwrap_err();
    assert!(matches!(error, JournalError::Blocked(_)), "{error}");
    // 15 s for the baseline, 10 s to send, 120 s to wait.
    assert!(at.load(Ordering::SeqCst) > 145_000_000);
    // Of these, 80 s had passed when it was told.
    assert_eq!(*told.lock().unwrap(), [(id, 65)]);
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn a_claim_is_good_for_the_provider_it_was_made_for() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let (ours, theirs) = (closing(), closing());
    let Claimed::Ours(claim) =
        journal.claim(&client_of(&ours), extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(claim.order().server_id.as_str(), "s-1");
    let error = claim.send(&client_of(&theirs)).await.unwrap_err();
    assert!(matches!(error, JournalError::OtherProvider { .. }), "{error}");
    assert_eq!((ours.requests().len(), theirs.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_claim_that_is_released_frees_its_target() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = answering("200 OK", ACCEPTED);
    let claim = async || {
        let claimed = journal.claim(&client_of(&provider), extension("s-1", 1), Some("r")).await;
        let Ok(Claimed::Ours(claim)) = claimed else { panic!("{claimed:?}") };
        claim
    };
    let released = claim().await.release("the price has changed").await.unwrap();
    assert_eq!(
        (released.state, &released.notes[..]),
        (State::NotSent, &["the price has changed".to_owned()][..])
    );
    // One that someone else released sends nothing.
    let held = claim().await;
    journal.release(held.id(), "its sender is gone").await.unwrap();
    let error = held.send(&client_of(&provider)).await.unwrap_err();
    assert!(matches!(error, JournalError::Released(_)), "{error}");
    assert_eq!(provider.requests().len(), 0);
    assert!(claim().await.send(&client_of(&provider)).await.unwrap().result.is_ok());
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn an_order_is_found_by_the_beginning_of_its_id() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = closing();
    for server in 0..2 {
        let order = extension(&format!("s-{server}"), 1);
        journal.place(&client_of(&provider), order, None).await.unwrap();
    }
    let all = entries(&journal).await;
    let Entry { id, .. } = &all[0];
    assert_eq!(journal.get(id).await.unwrap(), all[0]);
    assert_eq!(journal.get(&id.to_uppercase()[..35]).await.unwrap(), all[0]);
    // Ids begin with the time.
    let error = journal.get(&id[..6]).await.unwrap_err();
    assert!(matches!(error, JournalError::Ambiguous { .. }), "{error}");
    for nothing in ["", "x", &format!("{id}0")] {
        let error = journal.get(nothing).await.unwrap_err();
        assert!(matches!(error, JournalError::NoSuchOrder(_)), "{error}");
    }
}

#[tokio::test]
async fn what_was_not_sent_makes_room_for_another_try_of_its_reference() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let nowhere = Client::builder("test-key")
        .base_url("http://127.0.0.1:9")
        .repeat_reads(0, std::time::Duration::ZERO)
        .build()
        .unwrap();
    let Placed::Sent(Sent { result: Err(OrderError::NotSent(_)), entry, .. }) =
        journal.place(&nowhere, extension("s-1", 1), Some("r")).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(entry.state, State::NotSent);
    let provider = answering("200 OK", ACCEPTED);
    let placed =
        journal.place(&client_of(&provider), extension("s-1", 1), Some("r")).await.unwrap();
    assert!(matches!(placed, Placed::Sent(Sent { result: Ok(_), .. })));
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn an_unknown_order_blocks_its_target_until_it_is_settled() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = closing();
    let Placed::Sent(Sent { entry: unknown, .. }) =
        journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };

    let error = journal.place(&client_of(&provider), extension("s-1", 5), None).await.unwrap_err();
    let JournalError::Blocked(blocker) = &error else { panic!("{error}") };
    assert_eq!(blocker.id, unknown.id);
    assert!(error.to_string().contains(&unknown.id), "{error}");
    assert_eq!(provider.requests().len(), 1);
    // Another target is free, and the same at another provider; another key's is not.
    journal.place(&client_of(&provider), extension("s-2", 1), None).await.unwrap();
    let elsewhere = closing();
    let other = bench.journal().await;
    other.place(&client_of(&elsewhere), extension("s-1", 1), None).await.unwrap();
    assert_eq!((elsewhere.requests().len(), entries(&other).await.len()), (1, 3));
    let rotated = Client::builder("another-key").base_url(provider.url()).build().unwrap();
    let error = other.place(&rotated, extension("s-1", 5), None).await.unwrap_err();
    assert!(matches!(error, JournalError::Blocked(_)), "{error}");

    bench.pass(Duration::from_secs(130));
    let settled = journal
        .resolve(&unknown.id, Resolution::NotOrdered, "not in the client area")
        .await
        .unwrap();
    assert_eq!(
        (settled.state, &*settled.resolutions[0].reason),
        (State::NotOrdered, "not in the client area")
    );
    journal.place(&client_of(&provider), extension("s-1", 5), None).await.unwrap();
    assert_eq!(provider.requests().len(), 3);
}

#[tokio::test]
async fn a_clock_that_jumps_back_changes_nothing() {
    let bench = Bench::new();
    let provider = closing();
    let late = bench.journal().await.with_wall_clock(|| "2030-01-01T00:00:00Z".parse().unwrap());
    late.place(&client_of(&provider), extension("s-1", 1), Some("r")).await.unwrap();
    let early = bench.journal().await.with_wall_clock(|| "1990-01-01T00:00:00Z".parse().unwrap());
    let blocked = early.place(&client_of(&provider), extension("s-1", 2), None).await;
    assert!(matches!(blocked, Err(JournalError::Blocked(_))));
    let recorded =
        early.place(&client_of(&provider), extension("s-1", 1), Some("r")).await.unwrap();
    let Placed::Recorded(entry) = recorded else { panic!() };
    let settled = early.resolve(&entry.id, Resolution::Ordered, "seen").await.unwrap();
    assert_eq!(settled.state, State::Confirmed);
    let times = [settled.created_at, settled.changed_at].map(|at| at.to_string());
    assert_eq!(times, ["2030-01-01T00:00:00Z", "1990-01-01T00:00:00Z"]);
    assert_eq!(format!("{early:?}"), "Journal { .. }");
    assert_eq!(provider.requests().len(), 1);
}
