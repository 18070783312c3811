//! An order has a connection of its own; reads share theirs for a moment.

use std::io::Write;
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

    fn orders(&self) -> usize {
        self.seen().concat().matches('P').count()
    }
}

/// As the provider would: an order asks for the end of its connection.
fn documented(stream: &mut TcpStream, is_order: bool, _: bool) -> Option<()> {
    stream.write_all(&kept("200 OK", &[], if is_order { PLESK } else { READ })).ok()?;
    (!is_order).then_some(())
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
fn an_order_has_a_connection_of_its_own() {
    let server = Server::start(documented);
    let judge = |way: &str, word| assert_eq!(word, Outcome::Accepted, "{way}");
    in_every_way(|| server.client().build().unwrap(), || (), judge);
    assert_eq!(server.seen(), ["G", "P"].repeat(4));
}

#[test]
fn reads_share_connections_unless_somebody_wants_new_ones() {
    for (reuse, seen) in [(true, vec!["GG", "P"]), (false, vec!["G", "G", "P"])] {
        let server = Server::start(documented);
        let client = server.client().reuse_connections(reuse).build().unwrap();
        current_thread().block_on(async {
            read(&client).await;
            read(&client).await;
            assert_eq!(order(&client).await, Outcome::Accepted);
        });
        assert_eq!(server.seen(), seen);
    }
}

#[test]
fn a_connection_that_was_idle_for_a_second_is_not_used_again() {
    for (idle, seen) in [(999, vec!["GG"]), (1001, vec!["G", "G"])] {
        let server = Server::start(documented);
        let client = server.client().build().unwrap();
        crate::clock::runtime().block_on(async {
            crate::clock::still_until(|| false, read(&client)).await;
            tokio::time::advance(Duration::from_millis(idle)).await;
            crate::clock::still_until(|| false, read(&client)).await;
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
    current_thread().block_on(read(&client));
    let [one, other] = [(); 2].map(|()| blocking::Client::new(client.clone()).unwrap());
    one.get_plesk_subscription(&subscription()).unwrap();
    other.get_plesk_subscription(&subscription()).unwrap();
    assert_eq!(server.seen(), ["G"; 4]);
    drop(stands_still);
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

/// The second answer is another than the first, and what comes unasked is none of them.
#[test]
fn what_happens_between_two_reads_takes_the_second_to_a_new_connection() {
    for how in ENDS {
        let ends = Arc::new(Mutex::new(Vec::<TcpStream>::new()));
        let keeping = Arc::clone(&ends);
        let server = Server::start(move |stream, _, _| {
            keeping.lock().unwrap().push(stream.try_clone().unwrap());
            stream.write_all(&kept("200 OK", &[], READ)).ok()
        });
        let client = server.client().build().unwrap();
        current_thread().block_on(async {
            read(&client).await;
            let mut idle = ends.lock().unwrap().pop().unwrap();
            end(&mut idle, how);
            drop(idle);
            while !matches!(how, Ends::Speaks) && server.ended.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            read(&client).await;
        });
        assert_eq!(server.seen(), ["G", "G"], "{how:?}");
    }
}

/// In one piece with the answer of the read.
#[test]
fn what_comes_along_with_an_answer_is_not_the_next_one() {
    let server = Server::start(|stream, _, _| {
        stream.write_all(&[kept("200 OK", &[], READ), kept("200 OK", &[], PLESK)].concat()).ok()
    });
    let client = server.client().build().unwrap();
    current_thread().block_on(async {
        read(&client).await;
        read(&client).await;
    });
    assert_eq!(server.seen(), ["G", "G"]);
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
        assert_eq!(server.seen(), ["G", "P"].repeat(4));
    }
}

/// Reads are answered again and again, as if they were orders, before and while an order is on its way: that they were
/// booked, or that they were not. The order has its own answer, which says the contrary.
#[test]
fn no_answer_to_a_read_is_taken_for_the_answer_to_an_order() {
    let (yes, no) = (kept("200 OK", &[], PLESK), kept("402 Payment Required", &[], NO));
    for (late, own, word) in [(&yes, &no, Outcome::Refused), (&no, &yes, Outcome::Accepted)] {
        let (late, own) = (late.clone(), own.clone());
        let server = Server::start(move |stream, is_order, _| {
            if is_order {
                spin(Duration::from_millis(5));
                stream.write_all(&own).ok()?;
                return None;
            }
            stream.write_all(&kept("200 OK", &[], READ)).ok()?;
            for _ in 0..50 {
                spin(Duration::from_micros(200));
                stream.write_all(&late).ok()?;
            }
            Some(())
        });
        let judge = |way: &str, said| assert_eq!(said, word, "{way}");
        in_every_way(|| server.client().build().unwrap(), || (), judge);
        assert_eq!(server.orders(), 4);
    }
}

#[test]
fn two_answers_to_one_order_contradict_each_other() {
    let (yes, no) = (kept("200 OK", &[], PLESK), kept("402 Payment Required", &[], NO));
    for both in [[&*yes, &no].concat(), [&*no, &yes].concat(), [&*no, b"\n"].concat()] {
        let server = Server::start(move |stream, _, _| {
            stream.write_all(&both).ok()?;
            None
        });
        let client = server.client().build().unwrap();
        assert_eq!(current_thread().block_on(order(&client)), Outcome::Unknown);
        assert_eq!(server.orders(), 1);
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
