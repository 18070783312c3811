//! A connection is used again only at once, and never costs an order its truth.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, SubscriptionId};
use oxhost::{Client, ClientBuilder, OrderError, Outcome, blocking};
use oxhost_testkit::{kept, message};
use socket2::SockRef;

use crate::documented::{PLESK, renewal};

const READ: &str = r#"{"success": true, "subscription": {}}"#;

const NO: &str = r#"{"success": false}"#;

/// Takes requests, as many as come over each connection, and keeps the first lines of those that came whole.
struct Server {
    url: String,
    /// By connection.
    requests: Arc<Mutex<Vec<Vec<String>>>>,
    /// How many connections were closed.
    ended: Arc<AtomicUsize>,
}

impl Server {
    /// `answer` is told whether the request is an order, and whether it is the first of its connection; it
    /// says whether the connection goes on.
    fn start(
        answer: impl Fn(&mut TcpStream, bool, bool) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Vec<String>>>>::default();
        let ended = Arc::<AtomicUsize>::default();
        let (keeping, ending, answer) =
            (Arc::clone(&requests), Arc::clone(&ended), Arc::new(answer));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                keeping.lock().unwrap().push(Vec::new());
                let (keeping, answer) = (Arc::clone(&keeping), Arc::clone(&answer));
                let ending = Arc::clone(&ending);
                thread::spawn(move || {
                    while let Ok(request) = message(&mut stream) {
                        let line =
                            String::from_utf8_lossy(&request).lines().next().unwrap().to_owned();
                        let is_order = line.starts_with("POST ");
                        let is_first = {
                            let mut all = keeping.lock().unwrap();
                            all[number].push(line);
                            all[number].len() == 1
                        };
                        if answer(&mut stream, is_order, is_first).is_none() {
                            break;
                        }
                    }
                    drop(stream);
                    ending.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, requests, ended }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder("test-key").base_url(&self.url).repeat_reads(0, Duration::ZERO)
    }

    /// What came over each connection: `G` is a read, `P` an order.
    fn seen(&self) -> Vec<String> {
        let all = self.requests.lock().unwrap();
        all.iter()
            .map(|lines| lines.iter().filter_map(|line| line.chars().next()).collect())
            .collect()
    }

    /// Four reads, each with an order after it. Where there are other threads, the next request can come before
    /// a connection was put back, and makes one of its own.
    fn saw_pairs(&self) {
        let seen = self.seen();
        assert_eq!(seen.concat(), "GP".repeat(4), "{seen:?}");
        assert_eq!([seen.first(), seen.last()], [Some(&"GP".to_owned()); 2], "{seen:?}");
    }

    fn orders(&self) -> usize {
        self.seen().concat().matches('P').count()
    }
}

/// As the provider would: an order asks for the end of its connection.
fn documented(stream: &mut TcpStream, is_order: bool, _: bool) -> Option<()> {
    stream.write_all(&kept("200 OK", &[], if is_order { PLESK } else { READ })).ok()?;
    (!is_order).then_some(())
}

fn refuse(stream: &mut TcpStream) {
    stream.write_all(&kept("402 Payment Required", &[], NO)).unwrap();
}

fn subscription() -> SubscriptionId {
    "sub-1".parse().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn read(client: &Client) {
    client.get_plesk_subscription(&subscription()).await.unwrap();
}

async fn order(client: &Client) -> Outcome {
    word(client.renew_plesk_subscription(&renewal()).await.map(drop))
}

fn word(result: Result<(), OrderError>) -> Outcome {
    result.map_or_else(|error| error.outcome(), |()| Outcome::Accepted)
}

/// A read, something in between, and an order: on each kind of runtime, the calls one after the other or in
/// a task of their own, and without async.
fn in_every_way(client: impl Fn() -> Client, between: impl Fn(), judge: impl Fn(&str, Outcome)) {
    let client_then = |runtime: tokio::runtime::Runtime| {
        let client = client();
        runtime.block_on(read(&client));
        between();
        runtime.block_on(order(&client))
    };
    judge("one thread", client_then(current_thread()));
    judge("many threads", client_then(multi_thread()));
    let (client_in_tasks, runtime) = (client(), multi_thread());
    let in_tasks = runtime.block_on(async {
        let reading = client_in_tasks.clone();
        tokio::spawn(async move { read(&reading).await }).await.unwrap();
        between();
        tokio::spawn(async move { order(&client_in_tasks).await }).await.unwrap()
    });
    judge("tasks", in_tasks);
    let client = blocking::Client::new(client()).unwrap();
    client.get_plesk_subscription(&subscription()).unwrap();
    between();
    judge("blocking", word(client.renew_plesk_subscription(&renewal()).map(drop)));
}

#[test]
fn an_order_goes_over_the_connection_of_the_read_before_it() {
    let server = Server::start(documented);
    let judge = |way: &str, word| assert_eq!(word, Outcome::Accepted, "{way}");
    in_every_way(|| server.client().build().unwrap(), || (), judge);
    server.saw_pairs();
}

#[test]
fn who_wants_new_ones_gets_new_ones() {
    let server = Server::start(documented);
    let judge = |way: &str, word| assert_eq!(word, Outcome::Accepted, "{way}");
    in_every_way(|| server.client().reuse_connections(false).build().unwrap(), || (), judge);
    assert_eq!(server.seen(), ["G", "P"].repeat(4));
}

#[test]
fn a_connection_that_was_idle_for_a_second_is_not_used_again() {
    for (idle, seen) in [(999, vec!["GP"]), (1001, vec!["G", "P"])] {
        let server = Server::start(documented);
        let client = server.client().build().unwrap();
        crate::clock::runtime().block_on(async {
            crate::clock::still_until(|| false, read(&client)).await;
            tokio::time::advance(Duration::from_millis(idle)).await;
            assert_eq!(
                crate::clock::still_until(|| false, order(&client)).await,
                Outcome::Accepted
            );
        });
        assert_eq!(server.seen(), seen, "{idle}");
    }
}

#[test]
fn a_connection_that_nobody_uses_any_more_is_closed() {
    let server = Server::start(documented);
    let client = server.client().build().unwrap();
    crate::clock::runtime().block_on(async {
        crate::clock::still_until(|| false, read(&client)).await;
        assert_eq!(server.ended.load(Ordering::SeqCst), 0);
        let begun = std::time::Instant::now();
        // It is idle from when the runtime has come round to it.
        while server.ended.load(Ordering::SeqCst) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is still open");
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    });
}

/// What a runtime reads and writes stands still while nobody runs it.
#[test]
fn a_connection_of_a_runtime_that_stands_still_is_not_used_by_another() {
    let server = Server::start(documented);
    let client = server.client().build().unwrap();
    let stands_still = current_thread();
    stands_still.block_on(read(&client));
    assert_eq!(current_thread().block_on(order(&client)), Outcome::Accepted);
    let [one, other] = [(); 2].map(|()| blocking::Client::new(client.clone()).unwrap());
    one.get_plesk_subscription(&subscription()).unwrap();
    other.renew_plesk_subscription(&renewal()).unwrap();
    assert_eq!(server.seen(), ["G", "P", "G", "P"]);
    drop(stands_still);
}

#[test]
fn a_server_that_closes_soon_gets_new_ones() {
    for (says, is_kept) in [
        ("timeout=0", false),
        ("timeout=1", false),
        ("max=100, Timeout = \"1\"", false),
        ("timeout=2", true),
        ("timeout=5, max=100", true),
        ("timeout=soon", true),
        ("max=1", true),
    ] {
        let server = Server::start(move |stream, is_order, _| {
            let body = if is_order { PLESK } else { READ };
            stream.write_all(&kept("200 OK", &[&format!("keep-alive: {says}")], body)).ok()?;
            (!is_order).then_some(())
        });
        let client = server.client().build().unwrap();
        current_thread().block_on(async {
            read(&client).await;
            assert_eq!(order(&client).await, Outcome::Accepted, "{says}");
        });
        assert_eq!(server.seen(), if is_kept { vec!["GP"] } else { vec!["G", "P"] }, "{says}");
    }
}

/// What a server does to a connection on which it has answered.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Closes,
    Resets,
    /// Sends an answer that nobody asked for: it says that an order was placed.
    Speaks,
    SpeaksAndCloses,
}

const ENDS: [Ends; 4] = [Ends::Closes, Ends::Resets, Ends::Speaks, Ends::SpeaksAndCloses];

fn end(stream: &mut TcpStream, how: Ends) {
    if matches!(how, Ends::Speaks | Ends::SpeaksAndCloses) {
        let _ = stream.write_all(&kept("200 OK", &[], PLESK));
    }
    match how {
        Ends::Speaks => {}
        // A reset comes of closing the last handle, which the thread of the connection has: it reads the end.
        Ends::Resets => {
            SockRef::from(&*stream).set_linger(Some(Duration::ZERO)).unwrap();
            let _ = stream.shutdown(Shutdown::Read);
        }
        Ends::Closes | Ends::SpeaksAndCloses => {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// The order is refused wherever it arrives, so that *accepted* can only come of what was not its answer.
#[test]
fn what_happens_before_an_order_is_written_takes_it_to_a_new_connection() {
    for how in ENDS {
        let ends = Arc::new(Mutex::new(Vec::<TcpStream>::new()));
        let keeping = Arc::clone(&ends);
        let server = Server::start(move |stream, is_order, _| {
            if is_order {
                refuse(stream);
                return None;
            }
            keeping.lock().unwrap().push(stream.try_clone().unwrap());
            stream.write_all(&kept("200 OK", &[], READ)).ok()
        });
        let between = || {
            let mut idle = ends.lock().unwrap().pop().unwrap();
            let ended = server.ended.load(Ordering::SeqCst);
            end(&mut idle, how);
            drop(idle);
            while !matches!(how, Ends::Speaks) && server.ended.load(Ordering::SeqCst) == ended {
                thread::yield_now();
            }
        };
        let judge = |way: &str, word| assert_eq!(word, Outcome::Refused, "{how:?}, {way}");
        in_every_way(|| server.client().build().unwrap(), between, judge);
        assert_eq!(server.seen(), ["G", "P"].repeat(4), "{how:?}");
    }
}

/// In one piece with the answer of the read.
#[test]
fn what_comes_along_with_an_answer_is_not_the_next_one() {
    let server = Server::start(|stream, is_order, _| {
        if is_order {
            refuse(stream);
            return None;
        }
        stream.write_all(&[kept("200 OK", &[], READ), kept("200 OK", &[], PLESK)].concat()).ok()
    });
    let judge = |way: &str, word| assert_eq!(word, Outcome::Refused, "{way}");
    in_every_way(|| server.client().build().unwrap(), || (), judge);
    assert_eq!(server.seen(), ["G", "P"].repeat(4));
}

#[test]
fn a_connection_that_ends_once_an_order_has_arrived_makes_it_unknown_and_sends_it_once() {
    for how in [Ends::Closes, Ends::Resets] {
        let server = Server::start(move |stream, is_order, _| {
            if is_order {
                end(stream, how);
                return None;
            }
            stream.write_all(&kept("200 OK", &[], READ)).ok()
        });
        let judge = |way: &str, word| assert_eq!(word, Outcome::Unknown, "{how:?}, {way}");
        in_every_way(|| server.client().build().unwrap(), || (), judge);
        server.saw_pairs();
    }
}

/// The connection of a read ends at whatever moment around the order: after the answer, by the clock of the
/// server, or after so many bytes of the order. `OXHOST_IDLE_RUNS` makes more of them.
#[test]
#[expect(clippy::print_stdout, reason = "the counts, for whoever asks with --nocapture")]
fn whenever_an_idle_connection_ends_no_order_is_sent_twice_and_every_word_is_true() {
    let runs = std::env::var("OXHOST_IDLE_RUNS").map_or(400, |runs| runs.parse().unwrap());
    let server = Server::start(move |stream, is_order, _| {
        if is_order {
            stream.write_all(&kept("200 OK", &[], PLESK)).ok()?;
            return None;
        }
        stream.write_all(&kept("200 OK", &[], READ)).ok()?;
        match Moment::draw() {
            Moment::After(time) => spin(time),
            Moment::Bytes(count) => {
                let mut read = vec![0; count];
                stream.read_exact(&mut read).ok()?;
            }
        }
        end(stream, [Ends::Closes, Ends::Resets][fastrand::usize(..2)]);
        None
    });
    let mut words: HashMap<&str, u32> = HashMap::new();
    for number in 0..runs {
        let (client, runtime) = (server.client().build().unwrap(), current_thread());
        let before = server.orders();
        let word = runtime.block_on(async {
            read(&client).await;
            spin(Duration::from_micros(fastrand::u64(..300)));
            order(&client).await
        });
        let arrived = server.orders() - before;
        *words.entry(word.as_str()).or_default() += 1;
        match word {
            Outcome::Accepted => assert_eq!(arrived, 1, "run {number}"),
            Outcome::Unknown => assert!(arrived <= 1, "run {number}"),
            Outcome::NotSent => assert_eq!(arrived, 0, "run {number}"),
            Outcome::Refused => panic!("run {number}: nobody refused"),
        }
    }
    let words = format!("{words:?}");
    println!("{words}");
    assert!(words.contains("accepted") && words.contains("unknown"), "both ends were met: {words}");
}

#[derive(Clone, Copy)]
enum Moment {
    After(Duration),
    Bytes(usize),
}

impl Moment {
    fn draw() -> Self {
        match fastrand::bool() {
            true => Self::After(Duration::from_micros(fastrand::u64(..400))),
            false => Self::Bytes(fastrand::usize(1..150)),
        }
    }
}

/// A sleep would be longer.
fn spin(time: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[test]
fn no_two_orders_share_a_connection() {
    let server = Server::start(|stream, is_order, _| {
        assert!(is_order);
        // Whatever an order asks for, the server would go on.
        stream.write_all(&kept("200 OK", &[], PLESK)).ok()
    });
    let client = server.client().build().unwrap();
    multi_thread().block_on(async {
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..16 {
            let client = client.clone();
            lanes.spawn(async move {
                for number in 0..20 {
                    let id = format!("sub-{lane}-{number}");
                    let order = PleskRenewalOrder::new(&*id, 1).unwrap();
                    client.renew_plesk_subscription(&order).await.unwrap();
                }
            });
        }
        while let Some(lane) = lanes.join_next().await {
            lane.unwrap();
        }
    });
    assert_eq!(server.seen(), ["P"; 320]);
}

/// Answers of a server that answers a read once more, while the order is on its way: before its own answer to the
/// order, which says the contrary. It ends the connection, as it must, or waits for more.
#[test]
fn a_late_answer_to_the_read_is_not_taken_for_the_answer_to_the_order() {
    let (yes, no) = (kept("200 OK", &[], PLESK), kept("402 Payment Required", &[], NO));
    for (late, own) in [(&yes, &no), (&no, &yes)] {
        for (ends, apart) in [(true, false), (true, true), (false, false), (false, true)] {
            let (late, own) = (late.clone(), own.clone());
            let server = Server::start(move |stream, is_order, is_first| {
                if !is_order {
                    return stream.write_all(&kept("200 OK", &[], READ)).ok();
                }
                if is_first {
                    stream.write_all(&own).ok()?;
                } else if apart {
                    stream.write_all(&late).ok()?;
                    spin(Duration::from_millis(2));
                    stream.write_all(&own).ok()?;
                } else {
                    stream.write_all(&[&*late, &own].concat()).ok()?;
                }
                (!ends).then_some(())
            });
            let case = format!("the connection ends: {ends}, answers apart: {apart}");
            let client = server.client().build().unwrap();
            current_thread().block_on(async {
                read(&client).await;
                assert_eq!(order(&client).await, Outcome::Unknown, "{case}");
                // Such a server is not trusted with a connection again.
                read(&client).await;
                assert_ne!(order(&client).await, Outcome::Unknown, "{case}");
            });
            assert_eq!(server.seen(), ["GP", "G", "P"], "{case}");
        }
    }
}

/// That it does not end the connection of an order costs time once, and never the word.
#[test]
fn a_server_that_ends_no_connection_is_believed_and_gets_new_ones() {
    let has_answered = Arc::<AtomicUsize>::default();
    let counting = Arc::clone(&has_answered);
    let server = Server::start(move |stream, is_order, _| {
        stream.write_all(&kept("200 OK", &[], if is_order { PLESK } else { READ })).ok()?;
        counting.fetch_add(1, Ordering::SeqCst);
        Some(())
    });
    let client = server.client().build().unwrap();
    crate::clock::runtime().block_on(async {
        for answers in [2, 4] {
            crate::clock::still_until(|| false, read(&client)).await;
            let counted = Arc::clone(&has_answered);
            let leaps = move || counted.load(Ordering::SeqCst) == answers;
            assert_eq!(crate::clock::still_until(leaps, order(&client)).await, Outcome::Accepted);
        }
    });
    assert_eq!(server.seen(), ["GP", "G", "P"]);
}
