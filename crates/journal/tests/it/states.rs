use oxhost_journal::{JournalError, Placed, Speaker, State};

use crate::bench::{ACCEPTED, Bench, Provider, extension};

#[test]
fn what_is_settled_stays_settled() {
    use State::{Accepted, Claimed, Confirmed, NotOrdered, NotSent, Open, Refused, Unknown};
    let allowed = |by: Speaker| -> Vec<(State, State)> {
        let pairs = State::ALL.into_iter().flat_map(|from| State::ALL.map(|to| (from, to)));
        pairs.filter(|(from, to)| from.may_become(*to, by).is_some()).collect()
    };
    let late = [Accepted, Refused, NotSent];
    let mut sender = vec![(Claimed, Open)];
    sender.extend([Accepted, Refused, NotSent, Unknown].map(|to| (Open, to)));
    sender.extend(late.map(|to| (Confirmed, to)));
    sender.extend(late.map(|to| (NotOrdered, to)));
    assert_eq!(allowed(Speaker::Sender), sender);
    let inferred =
        [(Open, Confirmed), (Open, NotOrdered), (Unknown, Confirmed), (Unknown, NotOrdered)];
    assert_eq!(allowed(Speaker::Reconcile), [&[(Claimed, NotSent)], &inferred[..]].concat());
    let corrected = [(Confirmed, NotOrdered), (NotOrdered, Confirmed)];
    assert_eq!(allowed(Speaker::Person), [&inferred[..], &corrected].concat());
    for state in State::ALL {
        assert_eq!(state.as_str().parse::<State>().unwrap(), state);
    }
    assert!("lost".parse::<State>().is_err());
    let blocking: Vec<State> = State::ALL.into_iter().filter(|state| state.blocks()).collect();
    assert_eq!(blocking, [Claimed, Open, Unknown]);
}

#[tokio::test]
async fn the_journal_writes_no_step_that_is_not_allowed() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    for (status, body) in [("200 OK", ACCEPTED), ("422 No", "{}")] {
        let provider = Provider::answering(status, body);
        let Placed::Sent(_, entry) =
            journal.place(&provider.client(), &extension("s-1", 1), None).await.unwrap()
        else {
            panic!()
        };
        let error = journal.resolve(&entry.id, true, "because").await.unwrap_err();
        assert!(matches!(error, JournalError::Settled { .. }), "{error}");
        assert_eq!(journal.get(&entry.id).await.unwrap(), *entry, "nothing of it has changed");
    }
    let provider = Provider::silent();
    let Placed::Sent(_, entry) =
        journal.place(&provider.client(), &extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };
    journal.resolve(&entry.id, true, "seen").await.unwrap();
    assert!(journal.resolve(&entry.id, true, "again").await.is_err());
}

#[tokio::test]
async fn an_order_under_way_cannot_be_taken_back() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = Provider::silent();
    let Placed::Sent(_, entry) =
        journal.place(&provider.client(), &extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };
    assert!(journal.take_back(&entry.id, "because").await.is_err());

    let (client, order) =
        (Provider::with(|stream| drop(std::io::Read::read(stream, &mut [0]))), extension("s-2", 1));
    let http = client.client();
    let mut placing = Box::pin(journal.place(&http, &order, None));
    while client.requests() == 0 {
        std::future::poll_fn(|context| {
            assert!(placing.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    drop(placing);
    let open = journal.blocking("s-2").await.unwrap().unwrap();
    assert_eq!(open.state, State::Open);
    let error = journal.take_back(&open.id, "because").await.unwrap_err();
    assert!(matches!(error, JournalError::Settled { state: State::Open, .. }), "{error}");
    assert_eq!(journal.get(&open.id).await.unwrap(), open);
}
