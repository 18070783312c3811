use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use oxhost::OrderError;
use oxhost_journal::{
    Answer, Clock, Condition, Entry, Journal, JournalError, Moment, Placed, Resolution, Sent,
    Speaker, State,
};
use oxhost_testkit::{ByteServer, silent};

use crate::bench::{ACCEPTED, Bench, answering, blocking, client_of, closing, extension};

#[test]
fn who_may_say_what() {
    use Condition::{Always, PersonSaidSo, PersonSaidSoAndSenderIsOut, SenderIsOut};
    use Speaker::{Person, Reconcile, Sender};
    use State::{Accepted, Claimed, Confirmed, NotOrdered, NotSent, Open, Refused, Unknown};
    let mut allowed = Vec::new();
    for by in Speaker::ALL {
        for &from in State::ALL {
            for &to in State::ALL {
                allowed.extend(from.may_become(to, by).map(|condition| (by, from, to, condition)));
            }
        }
    }
    assert_eq!(
        allowed,
        [
            (Sender, Claimed, Open, Always),
            (Sender, Open, Accepted, Always),
            (Sender, Open, Refused, Always),
            (Sender, Open, NotSent, Always),
            (Sender, Open, Unknown, Always),
            (Sender, Confirmed, Accepted, Always),
            (Sender, Confirmed, Refused, Always),
            (Sender, Confirmed, NotSent, Always),
            (Sender, NotOrdered, Accepted, Always),
            (Sender, NotOrdered, Refused, Always),
            (Sender, NotOrdered, NotSent, Always),
            (Sender, NotOrdered, Unknown, Always),
            (Reconcile, Claimed, NotSent, Always),
            (Reconcile, Open, Confirmed, Always),
            (Reconcile, Open, NotOrdered, Always),
            (Reconcile, Refused, Confirmed, Always),
            (Reconcile, Unknown, Confirmed, Always),
            (Reconcile, Unknown, NotOrdered, Always),
            (Reconcile, NotOrdered, Confirmed, Always),
            (Person, Open, Confirmed, SenderIsOut),
            (Person, Open, NotOrdered, SenderIsOut),
            (Person, Unknown, Confirmed, Always),
            (Person, Unknown, NotOrdered, SenderIsOut),
            (Person, Confirmed, NotOrdered, PersonSaidSoAndSenderIsOut),
            (Person, NotOrdered, Confirmed, PersonSaidSo),
        ]
    );
    for &state in State::ALL {
        assert_eq!(state.as_str().parse::<State>().unwrap(), state);
    }
    assert!("lost".parse::<State>().is_err());
    let blocking: Vec<State> = State::ALL.iter().copied().filter(|state| state.blocks()).collect();
    assert_eq!(blocking, [Claimed, Open, Unknown]);
}

async fn sent(bench: &Bench, provider: &ByteServer) -> Entry {
    let placed = bench.journal().await.place(&client_of(provider), extension("s-1", 1), None).await;
    let Ok(Placed::Sent(Sent { entry, unwritten: None, .. })) = placed else {
        panic!("{placed:?}")
    };
    *entry
}

#[tokio::test]
async fn the_journal_writes_no_step_that_is_not_allowed() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    for (status, body) in [("200 OK", ACCEPTED), ("422 No", r#"{"success": false}"#)] {
        let entry = sent(&bench, &answering(status, body)).await;
        for resolution in [Resolution::Ordered, Resolution::NotOrdered] {
            let error = journal.resolve(&entry.id, resolution, "because").await.unwrap_err();
            assert!(matches!(error, JournalError::InvalidTransition { .. }), "{error}");
        }
        assert_eq!(journal.get(&entry.id).await.unwrap(), entry, "nothing of it has changed");
    }
}

#[tokio::test]
async fn a_persons_word_can_be_corrected_and_all_reasons_are_kept() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let entry = sent(&bench, &closing()).await;
    // What its sender gave up on may still be booked.
    let early = journal.resolve(&entry.id, Resolution::NotOrdered, "too early").await;
    assert!(matches!(early, Err(JournalError::UnderWay { .. })), "{early:?}");
    bench.pass(Duration::from_secs(130));
    let said = [
        (Resolution::NotOrdered, "not in the client area", State::NotOrdered),
        (Resolution::Ordered, "it came late", State::Confirmed),
        (Resolution::NotOrdered, "it was another's", State::NotOrdered),
    ];
    for (resolution, reason, state) in said {
        assert_eq!(journal.resolve(&entry.id, resolution, reason).await.unwrap().state, state);
    }
    let again = journal.resolve(&entry.id, Resolution::NotOrdered, "again").await.unwrap_err();
    assert!(matches!(again, JournalError::InvalidTransition { .. }), "{again}");
    let kept = journal.get(&entry.id).await.unwrap().resolutions;
    let kept: Vec<_> = kept.iter().map(|it| (it.resolution, it.reason.as_str())).collect();
    assert_eq!(kept, said.map(|(resolution, reason, _)| (resolution, reason)));
}

#[tokio::test]
async fn a_correction_waits_as_the_first_word_does() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let id = sent(&bench, &closing()).await.id;
    journal.resolve(&id, Resolution::Ordered, "a slip").await.unwrap();
    let early = journal.resolve(&id, Resolution::NotOrdered, "not there yet").await;
    assert!(
        matches!(early, Err(JournalError::UnderWay { wait, .. }) if wait.as_secs() == 130),
        "{early:?}"
    );
    bench.pass(Duration::from_secs(130));
    let late = journal.resolve(&id, Resolution::NotOrdered, "not there").await.unwrap();
    assert_eq!((late.state, late.resolutions.len()), (State::NotOrdered, 2));
}

/// A clock that is set by the test.
fn clock(name: &'static str) -> (Arc<AtomicI64>, Clock) {
    let at = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&at);
    let clock =
        Clock::new(move || Moment { clock: name.to_owned(), micros: read.load(Ordering::SeqCst) });
    (at, clock)
}

const SECOND: i64 = 1_000_000;

/// An order that is open, while its provider waits to be let go.
struct Open {
    bench: Bench,
    entry: Entry,
    answer: mpsc::Sender<&'static str>,
    sender: std::thread::JoinHandle<Placed<oxhost::types::ServerExtension>>,
}

impl Open {
    async fn new(reference: Option<&'static str>) -> Self {
        let bench = Bench::new();
        let (arrived, arrival) = mpsc::channel();
        let (answer, answers) = mpsc::channel::<&'static str>();
        let answers = Mutex::new(answers);
        let provider = ByteServer::without_reads(move |stream| {
            arrived.send(()).unwrap();
            if let Ok(text) = answers.lock().unwrap().recv() {
                let _ = std::io::Write::write_all(stream, text.as_bytes());
            }
        });
        let (url, client) = (bench.url(), client_of(&provider));
        let sender = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let journal = Journal::open(&url).await.unwrap().with_clock(clock("c").1);
                journal.place(&client, extension("s-1", 1), reference).await.unwrap()
            })
        });
        arrival.recv().unwrap();
        let entry = blocking(&bench.journal().await, "s-1").await.unwrap();
        assert_eq!(entry.state, State::Open);
        Self { bench, entry, answer, sender }
    }

    /// The journal of someone else, and its clock.
    async fn journal(&self) -> (Arc<AtomicI64>, Journal) {
        let (at, clock) = clock("c");
        (at, self.bench.journal().await.with_clock(clock))
    }

    fn answered(self, text: &'static str) -> (Bench, Sent<oxhost::types::ServerExtension>) {
        self.answer.send(text).unwrap();
        let Placed::Sent(sent) = self.sender.join().unwrap() else { panic!() };
        (self.bench, sent)
    }
}

const YES: &str = "HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n{\"success\": true, \"order_id\": \"o-1\", \"type\": \"renew_server\"}";
const NO: &str = "HTTP/1.1 422 No\r\ncontent-length: 18\r\n\r\n{\"success\": false}";
const NOTHING: &str = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn an_order_that_may_be_under_way_is_nobodys_to_decide() {
    let open = Open::new(None).await;
    let (at, journal) = open.journal().await;
    let id = open.entry.id.clone();
    assert_eq!(open.entry.deadlines.answer_by, 130 * SECOND, "10 s to send, 120 s to wait");
    for (now, wait) in [(0, 130), (129, 1)] {
        at.store(now * SECOND, Ordering::SeqCst);
        let error = journal.resolve(&id, Resolution::NotOrdered, "?").await.unwrap_err();
        let JournalError::UnderWay { wait: told, .. } = &error else { panic!("{error}") };
        assert_eq!(*told, Duration::from_secs(wait));
    }
    at.store(130 * SECOND, Ordering::SeqCst);
    let resolved = journal.resolve(&id, Resolution::NotOrdered, "not there").await.unwrap();
    assert_eq!(resolved.state, State::NotOrdered);
    drop(open);
}

#[tokio::test]
async fn the_senders_late_word_overrules_what_others_said() {
    for (answer, state) in [(YES, State::Accepted), (NO, State::Refused)] {
        for said in [Resolution::Ordered, Resolution::NotOrdered] {
            let open = Open::new(None).await;
            let (at, journal) = open.journal().await;
            at.store(131 * SECOND, Ordering::SeqCst);
            journal.resolve(&open.entry.id, said, "as far as I see").await.unwrap();
            let (_, sent) = open.answered(answer);
            assert!(sent.unwritten.is_none(), "{sent:?}");
            let entry = journal.get(&sent.entry.id).await.unwrap();
            assert_eq!((entry.state, &entry), (state, &*sent.entry));
            assert!(entry.notes[0].contains("came late"), "{:?}", entry.notes);
            assert_eq!(entry.resolutions[0].reason, "as far as I see");
            // And nobody overrules it.
            assert!(journal.resolve(&entry.id, said, "no").await.is_err());
        }
    }
}

#[tokio::test]
async fn a_late_unknown_is_kept_and_changes_nothing_of_what_was_found() {
    let open = Open::new(None).await;
    let (at, journal) = open.journal().await;
    at.store(131 * SECOND, Ordering::SeqCst);
    journal.resolve(&open.entry.id, Resolution::Ordered, "seen").await.unwrap();
    let (_, sent) = open.answered(NOTHING);
    assert_eq!((sent.entry.state, sent.unwritten.is_none()), (State::Confirmed, true));
    let Some(Answer::Failure(failure)) = &sent.entry.answer else { panic!("{:?}", sent.entry) };
    assert_eq!(failure.status, Some(500));
}

#[tokio::test]
async fn a_late_unknown_overrules_that_it_was_not_ordered() {
    let open = Open::new(Some("r")).await;
    let (at, journal) = open.journal().await;
    at.store(131 * SECOND, Ordering::SeqCst);
    journal.resolve(&open.entry.id, Resolution::NotOrdered, "not there").await.unwrap();
    let (bench, sent) = open.answered(NOTHING);
    assert!(matches!(sent.result, Err(OrderError::Unknown(_))), "{sent:?}");
    assert!(sent.unwritten.is_none(), "{sent:?}");
    let entry = journal.get(&sent.entry.id).await.unwrap();
    assert_eq!((entry.state, &entry), (State::Unknown, &*sent.entry));
    assert_eq!(entry.reference.as_deref(), Some("r"));
    assert_eq!(entry.notes.len(), 1, "{:?}", entry.notes);
    for word in ["came late", "is unknown", "MAY HAVE BEEN CHARGED"] {
        assert!(entry.notes[0].contains(word), "{:?}", entry.notes);
    }
    // It holds its target again, until it is found out.
    assert_eq!(blocking(&bench.journal().await, "s-1").await.unwrap().id, entry.id);
    let resolved = journal.resolve(&entry.id, Resolution::NotOrdered, "still not").await.unwrap();
    assert_eq!((resolved.state, resolved.resolutions.len()), (State::NotOrdered, 2));
}

#[tokio::test]
async fn a_late_unknown_whose_target_is_held_by_a_newer_order_is_told_all_the_same() {
    for newer in ["claimed", "open", "unknown"] {
        for reference in [None, Some("r")] {
            let open = Open::new(reference).await;
            let (at, journal) = open.journal().await;
            at.store(131 * SECOND, Ordering::SeqCst);
            journal.resolve(&open.entry.id, Resolution::NotOrdered, "not there").await.unwrap();
            order_again(&open.bench, newer);
            let (bench, sent) = open.answered(NOTHING);
            assert!(matches!(sent.result, Err(OrderError::Unknown(_))), "{sent:?}");
            assert!(sent.unwritten.is_none(), "{sent:?}");
            let entry = journal.get(&sent.entry.id).await.unwrap();
            assert_eq!((entry.state, &entry), (State::NotOrdered, &*sent.entry));
            assert_eq!(entry.reference.as_deref(), reference);
            assert_eq!(entry.notes.len(), 1, "{:?}", entry.notes);
            for word in ["came late", "is unknown", "BOTH MAY HAVE BEEN CHARGED"] {
                assert!(entry.notes[0].contains(word), "{:?}", entry.notes);
            }
            let Some(Answer::Failure(failure)) = &entry.answer else { panic!("{entry:?}") };
            assert_eq!(failure.status, Some(500));
            assert_eq!(blocking(&bench.journal().await, "s-1").await.unwrap().id, "newer");
        }
    }
}

/// As if the same had been ordered again meanwhile.
fn order_again(bench: &Bench, state: &str) {
    // In the same place, so that it is the same provider.
    let newer = format!(
        "INSERT INTO orders (id, provider, operation, target, parameters, reference, state, clock, claimed_at, answer_by, created_at, changed_at) \
         SELECT 'newer', provider, operation, target, parameters, reference, '{state}', clock, 0, 0, created_at, changed_at FROM orders",
    );
    bench.connect().execute_batch(&newer).unwrap();
}

#[tokio::test]
async fn a_late_unknown_whose_reference_is_taken_by_a_newer_one_gives_it_up() {
    let open = Open::new(Some("r")).await;
    let (at, journal) = open.journal().await;
    at.store(131 * SECOND, Ordering::SeqCst);
    journal.resolve(&open.entry.id, Resolution::NotOrdered, "not there").await.unwrap();
    order_again(&open.bench, "accepted");
    let (_, sent) = open.answered(NOTHING);
    let entry = sent.entry;
    assert_eq!((entry.state, &entry.reference), (State::Unknown, &None));
    for word in ["`r`", "BOTH MAY HAVE BEEN CHARGED", "came late"] {
        assert!(entry.notes.iter().any(|note| note.contains(word)), "{entry:?}");
    }
}

#[tokio::test]
async fn a_late_order_whose_reference_is_taken_by_a_newer_one_says_so_loudly() {
    let open = Open::new(Some("r")).await;
    let (at, journal) = open.journal().await;
    at.store(131 * SECOND, Ordering::SeqCst);
    journal.resolve(&open.entry.id, Resolution::NotOrdered, "not there").await.unwrap();
    order_again(&open.bench, "accepted");
    let (_, sent) = open.answered(YES);
    let entry = sent.entry;
    assert_eq!((entry.state, &entry.reference), (State::Accepted, &None));
    assert!(
        entry.notes.iter().any(|note| note.contains("`r`") && note.contains("BOTH")),
        "{entry:?}"
    );
    assert!(entry.notes.iter().any(|note| note.contains("came late")), "{entry:?}");
}

#[tokio::test]
async fn an_order_under_way_cannot_be_taken_back() {
    let bench = Bench::new();
    let journal = bench.journal().await;
    let provider = closing();
    let Placed::Sent(Sent { entry, .. }) =
        journal.place(&client_of(&provider), extension("s-1", 1), None).await.unwrap()
    else {
        panic!()
    };
    assert!(journal.release(&entry.id, "because").await.is_err());

    let (client, order) = (ByteServer::without_reads(silent), extension("s-2", 1));
    let http = client_of(&client);
    let mut placing = Box::pin(journal.place(&http, order.clone(), None));
    while client.requests().is_empty() {
        std::future::poll_fn(|context| {
            assert!(placing.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    drop(placing);
    let open = blocking(&journal, "s-2").await.unwrap();
    assert_eq!(open.state, State::Open);
    let error = journal.release(&open.id, "because").await.unwrap_err();
    assert!(matches!(error, JournalError::InvalidTransition { state: State::Open, .. }), "{error}");
    assert_eq!(journal.get(&open.id).await.unwrap(), open);
}
