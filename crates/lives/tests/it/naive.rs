//! A client as anyone would write it. The judge must not let it pass.

use oxhost::contract::API_KEY_HEADER;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use oxhost_journal::State;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::life::{Record, Word};
use crate::provider::Provider;
use crate::simulation::{self, Simulation};
use crate::world::{Assumptions, Kind, World};

/// Orders a few things, and repeats what fails.
pub fn live(seed: u64) -> Record {
    simulation::play(async |simulation| order(&simulation, seed).await)
}

async fn order(simulation: &Simulation, seed: u64) -> Record {
    let mut rng = Rng::with_seed(seed);
    let world = World::draw(rng.fork(), Assumptions::KEPT);
    let provider = Provider::open(simulation, world, None).await;
    let words = Arc::new(Mutex::new(Vec::new()));
    let _busy = simulation.busy();
    for number in 0..3 {
        let entry = format!("naive-{number}");
        provider.patience.lock().unwrap().insert(entry.clone(), Duration::from_secs(30));
        let (path, body) = provider.world(|world| {
            let target = world.targets[rng.usize(0..world.targets.len())].clone();
            match target.kind {
                Kind::Plesk => (
                    "/API/orders/create_order_scale_plesk",
                    format!(
                        r#"{{"subscription_id": "{}", "months": 1, "type_payment": "balance"}}"#,
                        target.id
                    ),
                ),
                Kind::Server => (
                    "/API/orders/create_order",
                    format!(
                        r#"{{"user_id": "{}", "server_id": "{}", "hours": 1}}"#,
                        world.user, target.id
                    ),
                ),
            }
        });
        let mut state = State::NotSent;
        for _ in 0..3 {
            let call = call(&provider.url, &entry, path, &body);
            match tokio::time::timeout(Duration::from_secs(30), call).await {
                Ok(Ok(status @ 200..300)) => {
                    simulation.tell(format!("  {status}: accepted"));
                    state = State::Accepted;
                    break;
                }
                Ok(Ok(status @ 400..500)) => {
                    simulation.tell(format!("  {status}: refused"));
                    state = State::Refused;
                    break;
                }
                _ => simulation.tell("  once more"),
            }
        }
        words.lock().unwrap().push(Word { entry, state, by: "result" });
    }
    simulation.sleep(Duration::from_secs(1000)).await;
    let world = provider.world(|world| {
        let next = World::draw(Rng::with_seed(0), world.assumptions);
        std::mem::replace(world, next)
    });
    let words = words.lock().unwrap().clone();
    Record {
        world,
        words,
        entries: Vec::new(),
        faults: Vec::new(),
        shown: Vec::new(),
        transcript: simulation.transcript(),
        found_out: 0,
        undecided: 0,
        goals: Vec::new(),
        already: Vec::new(),
        erred: Vec::new(),
    }
}

async fn call(url: &str, agent: &str, path: &str, body: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nuser-agent: {agent}\r\n{API_KEY_HEADER}: key\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}
