//! The provider's socket: takes requests, books, and answers to the byte.

use oxhost::contract::API_KEY_HEADER;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost_journal::{Entry, Journal, ListOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::Id;

use crate::answer::Answer;
use crate::delivery::{Cut, Delivery, hostile, prompt, written};
use crate::plans::PLANS;
use crate::simulation::{Simulation, life_time};
use crate::world::{Event, Kind, Post, World};

/// What someone who is known by his user agent has at the provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub reads_open: u32,
    pub orders: u32,
}

#[derive(Clone)]
pub struct Provider {
    pub simulation: Simulation,
    pub world: Arc<Mutex<World>>,
    pub seen: Arc<Mutex<BTreeMap<String, Seen>>>,
    /// How long each sender waits for an answer.
    pub patience: Arc<Mutex<BTreeMap<String, Duration>>>,
    /// Which task each sender is.
    pub tasks: Arc<Mutex<BTreeMap<String, Option<Id>>>>,
    pub journal: Option<Journal>,
    pub url: String,
}

struct Request {
    method: String,
    path: String,
    agent: String,
    key: String,
    body: Vec<u8>,
}

impl Provider {
    pub async fn open(simulation: &Simulation, world: World, journal: Option<Journal>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self {
            simulation: simulation.clone(),
            world: Arc::new(Mutex::new(world)),
            seen: Arc::default(),
            patience: Arc::default(),
            tasks: Arc::default(),
            journal,
            url,
        };
        let outages = provider.world(|world| world.outages.clone());
        tokio::spawn(provider.clone().answer_all(listener, outages));
        provider
    }

    /// Answers everyone, but for the times in which nobody can connect.
    async fn answer_all(self, mut listener: TcpListener, outages: Vec<(Duration, Duration)>) {
        let address = listener.local_addr().unwrap();
        let mut outages = outages.into_iter();
        loop {
            let outage = outages.next();
            let accepting = async {
                while let Ok((stream, _)) = listener.accept().await {
                    let provider = self.clone();
                    tokio::spawn(async move {
                        let _ = provider.serve(stream).await;
                    });
                }
            };
            let Some((after, time)) = outage else { return accepting.await };
            tokio::select! {
                () = accepting => return,
                () = tokio::time::sleep(after) => {}
            }
            drop(listener);
            self.simulation.tell(format!("    nobody can connect for {time:?}"));
            tokio::time::sleep(time).await;
            match TcpListener::bind(address).await {
                Ok(again) => listener = again,
                // Somebody else has the port.
                Err(_) => return,
            }
        }
    }

    pub fn seen(&self, agent: &str) -> Seen {
        self.seen.lock().unwrap().get(agent).copied().unwrap_or_default()
    }

    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap();
        world.catch_up(self.simulation.now());
        look(&mut world)
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = read(&mut stream).await? else { return Ok(()) };
        let is_order = request.method == "POST";
        let who = self.tasks.lock().unwrap().get(&request.agent).copied();
        let who = who.unwrap_or_else(tokio::task::try_id);
        {
            let mut seen = self.seen.lock().unwrap();
            let seen = seen.entry(request.agent.clone()).or_default();
            if is_order {
                seen.orders += 1;
            } else {
                seen.reads_open += 1;
            }
        }
        let answered = if is_order {
            let (answer, delivery) = self.take_order(&request).await;
            self.deliver(&mut stream, who, answer, delivery).await
        } else {
            let (answer, delivery) = self.world(|world| {
                let answer = world.read(&request.path, self.simulation.now(), &request.key);
                let fails = world.rng.u32(0..100) < world.behaviour.read_fails / 4;
                let length = answer.body.len();
                let delivery = if fails {
                    hostile(world, length, Duration::from_secs(30), false)
                } else {
                    prompt()
                };
                (answer, delivery)
            });
            let label: String = answer.label.chars().take(700).collect();
            self.simulation.tell(format!(
                "    {} reads {} -> {label} {delivery:?}",
                request.agent, request.path
            ));
            self.deliver(&mut stream, who, Some(answer), delivery).await
        };
        if !is_order && let Some(seen) = self.seen.lock().unwrap().get_mut(&request.agent) {
            seen.reads_open -= 1;
        }
        answered
    }

    /// Books or not, and draws an answer.
    async fn take_order(&self, request: &Request) -> (Option<Answer>, Delivery) {
        let now = self.simulation.now();
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let kind = match request.path.as_str() {
            "/API/orders/create_order_scale_plesk" => Kind::Plesk,
            "/API/orders/create_order" => Kind::Server,
            _ => {
                self.simulation.tell(format!("!!! an order to {}", request.path));
                return (None, prompt());
            }
        };
        let (id, count) = match kind {
            Kind::Plesk => ("subscription_id", "months"),
            Kind::Server => ("server_id", "hours"),
        };
        let target = body[id].as_str().unwrap_or_default().to_owned();
        let count =
            body[count].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
        let (entry, send_by) = self.blocking(&request.agent, &target).await;
        let patience =
            self.patience.lock().unwrap().get(&request.agent).copied().unwrap_or_default();
        let (answer, delivery, line) = self.world(|world| {
            let mut post = Post {
                at: now,
                agent: request.agent.clone(),
                target: target.clone(),
                count,
                books_at: None,
                said: String::new(),
                entry,
                send_by,
                ended_then: None,
            };
            let Some(thing) = world.target(&target) else {
                // Who was late in another life may come to this one's address: ids tell the lives apart.
                let life = |id: &str| id.split('-').nth(1).map(str::to_owned);
                if world.targets.iter().any(|ours| life(&ours.id) == life(&target)) {
                    world.posts.push(post);
                }
                return (None, prompt(), "!!! an order for nothing".to_owned());
            };
            let number = world.posts.len();
            let script = world.script.pop_front();
            let drawn = world.rng.u32(0..100) < world.behaviour.books;
            let books = script.as_ref().map_or(drawn, |(books, _)| *books);
            let latest = match world.assumptions.books_in_time {
                true => patience,
                false => patience + Duration::from_secs(600),
            };
            let later = match world.rng.u8(0..4) {
                _ if script.is_some() => Duration::ZERO,
                0 => Duration::from_millis(world.rng.u64(0..u64::try_from(latest.as_millis()).unwrap().max(1))),
                1 => Duration::from_millis(world.rng.u64(0..1000)).min(latest),
                _ => Duration::ZERO,
            };
            let mut booking = world.booking(&thing, count, now + later, Some(number));
            let plan = body["new_plan_id"].as_str();
            let plan = plan.and_then(|id| PLANS.iter().position(|it| it.0 == id));
            world.alter(&mut booking, plan, body["type_payment"] == "crypto");
            post.ended_then = (kind == Kind::Plesk).then(|| world.ended(&thing, now));
            let is_scripted = script.is_some();
            let answer = match script {
                Some((_, answer)) => Some(answer),
                None => world.answer(&booking, books, &request.key),
            };
            let length = answer.as_ref().map_or(0, |answer| answer.body.len());
            let cut_unseen = answer.as_ref().is_some_and(|answer| answer.may_be_cut_unseen);
            let delivery = if is_scripted || world.rng.u32(0..100) < world.behaviour.documented || world.rng.bool() {
                prompt()
            } else {
                hostile(world, length, patience, cut_unseen)
            };
            let said = answer.as_ref().map(|answer| answer.label.clone()).unwrap_or_default();
            let books_at = books.then_some(booking.at);
            let said = format!("{said} {delivery:?}");
            let line = format!(
                "    {} ORDERS {count} of {target} for {:?}: {plan:?}, crypto {}, books at {books_at:?}, shows {:?}, {:?}; says {said}",
                request.agent, post.entry, booking.crypto, booking.shows, booking.status
            );
            world.posts.push(Post { books_at, said, ..post });
            if books {
                let at = booking.at;
                if booking.crypto && world.rng.u8(0..3) == 0 {
                    let paid_at = at + Duration::from_secs(world.rng.u64(0..600));
                    world.events.push((paid_at, Event::Paid(booking.id.clone())));
                }
                world.events.push((at, Event::Book(Box::new(booking))));
            } else if world.rng.u8(0..6) == 0 {
                // Listed all the same, as an order that failed, at once or in the end. One that waits for
                // its payment in crypto was placed, whatever becomes of it.
                let mut failed = booking;
                failed.charged = false;
                failed.cents = if world.rng.bool() { failed.cents } else { 0 };
                let word = ["failed", "cancelled", "Canceled", "refunded"][world.rng.usize(0..4)];
                let until = failed.at + Duration::from_secs(world.rng.u64(0..60));
                let pending = world.rng.u8(0..4) == 0 && !failed.crypto;
                let first = if pending { "pending" } else { word };
                failed.status = (first, until, word);
                let at = failed.at;
                world.events.push((at, Event::Book(Box::new(failed))));
            }
            world.catch_up(now);
            (answer, delivery, line)
        });
        self.simulation.tell(line);
        (answer, delivery)
    }

    /// The journal's order that this request must be for.
    async fn blocking(&self, agent: &str, target: &str) -> (Option<String>, Option<Duration>) {
        let Some(journal) = &self.journal else { return (Some(agent.to_owned()), None) };
        let (mut found, mut send_by) = (Vec::new(), None);
        let take = |entry: Result<Entry, _>| {
            if let Ok(entry) = entry
                && entry.target == target
                && entry.state.blocks()
            {
                let clock = entry.deadlines.clock;
                send_by = entry.deadlines.send_by.map(|micros| life_time(&clock, micros));
                found.push(entry.id);
            }
        };
        let options = ListOptions::default();
        let listed = self.simulation.hold(journal.list(&options, take)).await;
        match (&listed, found.len()) {
            (Ok(()), 1) => (found.pop(), send_by),
            _ => {
                self.simulation.tell(format!("!!! {found:?} stand for an order of {target}"));
                if let Err(error) = listed {
                    self.simulation.tell(format!("  the list: {error}"));
                }
                (None, None)
            }
        }
    }

    async fn deliver(
        &self,
        stream: &mut TcpStream,
        who: Option<Id>,
        answer: Option<Answer>,
        delivery: Delivery,
    ) -> std::io::Result<()> {
        if !self.wait(stream, who, delivery.before).await {
            return Ok(());
        }
        if let Some(answer) = answer {
            let bytes = written(&answer, delivery.framing);
            let cut = match delivery.cut {
                None => bytes.len(),
                Some(Cut::Behind(count)) => bytes.len().min(count),
                Some(Cut::BeforeTheLast(count)) => bytes.len().saturating_sub(count),
            };
            stream.write_all(&bytes[..cut]).await?;
            stream.flush().await?;
        }
        if !self.wait(stream, who, delivery.then).await {
            return Ok(());
        }
        if delivery.reset {
            stream.set_zero_linger()?;
        }
        Ok(())
    }

    /// Waits, unless the other side leaves.
    async fn wait(&self, stream: &mut TcpStream, who: Option<Id>, time: Duration) -> bool {
        if time.is_zero() {
            return true;
        }
        let mut byte = [0];
        tokio::select! {
            () = self.simulation.let_wait(who, time) => true,
            _ = stream.read(&mut byte) => false,
        }
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let header = |name: &str| {
                let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
                let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value.trim().to_owned())
            };
            let length = header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let mut words = head.split(' ');
                return Ok(Some(Request {
                    method: words.next().unwrap_or_default().to_owned(),
                    path: words.next().unwrap_or_default().to_owned(),
                    agent: header("user-agent").unwrap_or_default(),
                    key: header(API_KEY_HEADER).unwrap_or_default(),
                    body: bytes[end + 4..end + 4 + length].to_vec(),
                }));
            }
        }
        match stream.read(&mut buffer).await? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
