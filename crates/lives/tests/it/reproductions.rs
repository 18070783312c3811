//! What lives have found, each in its shortest form.

use std::time::Duration;

use fastrand::Rng;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, Order};
use oxhost_journal::{Entry, Journal, Placed, ReconcileOptions, State};

use crate::answer::Answer;
use crate::behaviour::{Behaviour, Behind, Sort};
use crate::life::{Renewed, open, renew_until};
use crate::provider::Provider;
use crate::shape::Distortion;
use crate::simulation::{self, Clocks, Simulation};
use crate::storage::Storage;
use crate::world::{Assumptions, Kind, Target, World};

/// A provider that keeps to the documentation, and shows everything as late as it may.
fn plain() -> World {
    let mut world = World::draw(Rng::with_seed(1), Assumptions::KEPT);
    world.behaviour = Behaviour {
        orders: Distortion::default(),
        reads: Distortion::default(),
        books: 100,
        documented: 100,
        read_fails: 0,
        longest_lag: Duration::from_millis(1),
        flaps: false,
        lists_extensions: true,
        lists_renewals: true,
        lists_crypto: true,
        page_size: 20,
        page_is_ignored: false,
        most_listed: usize::MAX,
        sort: Sort::NewestFirst,
        behind: Behind::Nothing,
        type_name: "renew_server",
        overflows: false,
        balance_is_null: false,
        lists_null_server: false,
    };
    world.events.clear();
    world.bookings.clear();
    world.outages.clear();
    let target = |kind, id: &str| Target {
        kind,
        id: id.to_owned(),
        price: 333,
        ends: jiff::civil::date(2025, 12, 1).at(10, 0, 0, 0),
    };
    world.targets = vec![target(Kind::Plesk, "sub"), target(Kind::Server, "server")];
    world.balance = 100_000;
    world.user = "user".to_owned();
    world
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: String::new(),
        body: body.into(),
        may_be_cut_unseen: false,
        label: body.to_owned(),
    }
}

struct Scene {
    provider: Provider,
    journal: Journal,
    client: Client,
}

async fn scene(simulation: Simulation, url: &str, world: World) -> Scene {
    let journal = open(&simulation, url, Clocks::default()).await;
    let provider = Provider::open(&simulation, world, Some(journal.clone())).await;
    let client = Client::builder("key").base_url(&provider.url).build().unwrap();
    Scene { provider, journal, client }
}

/// Plays a scene with a journal of its own.
fn play(what: impl AsyncFnOnce(Simulation, String)) {
    let mut storage = Storage::new();
    let url = storage.clear();
    simulation::play(async |simulation| {
        let _busy = simulation.busy();
        what(simulation.clone(), url).await;
    });
}

impl Scene {
    async fn place<O: Order>(&self, order: O) -> Entry {
        match self.journal.place(&self.client, order, None).await.unwrap() {
            Placed::Sent(sent) => *sent.entry,
            Placed::Recorded(entry) => *entry,
        }
    }
}

/// What an accepted order has promised may be unknown. That is no reason to order again.
#[test]
fn a_goal_is_not_ordered_twice_where_the_first_answer_tells_no_date() {
    play(async |simulation, url| {
        let mut world = plain();
        world.behaviour.longest_lag = Duration::from_secs(180);
        world.script.push_back((true, answer(200, r#"{"success": true, "message": "ok"}"#)));
        let scene = scene(simulation, &url, world).await;
        let first = scene.journal.clone().with_baseline(None);
        let order = PleskRenewalOrder::new("sub", 1).unwrap();
        let placed = first.place(&scene.client, order, None).await.unwrap();
        assert!(matches!(placed, Placed::Sent(sent) if sent.entry.state == State::Accepted));
        scene.provider.world(|world| world.bookings[0].shows = [Duration::from_secs(170); 3]);

        let goal = jiff::civil::date(2026, 1, 1);
        let renewed = renew_until(&scene.journal, &scene.client, "sub", goal, None).await;
        let orders = scene.provider.world(|world| world.posts.len());
        assert_eq!(orders, 1, "{renewed:?}");
    });
}

/// The same, with a reply that holds the date beside a repeated member, and a baseline that does, too:
/// nothing is to be judged by what was made fit to be shown.
#[test]
fn a_goal_is_not_ordered_twice_where_members_of_the_first_answer_are_repeated() {
    play(async |simulation, url| {
        let mut world = plain();
        let body = r#"{"success": true, "message": "renewed", "message": {"code": 0},
            "order": {"id": "o-1", "status": "completed", "amount": "3.33"},
            "subscription": {"id": "sub", "new_expires_at": "2026-01-01 10:00:00", "months_added": 1}}"#;
        world.script.push_back((true, answer(200, body)));
        let scene = scene(simulation, &url, world).await;
        let first = scene.journal.clone().with_baseline(None);
        let order = PleskRenewalOrder::new("sub", 1).unwrap();
        let placed = first.place(&scene.client, order, None).await.unwrap();
        assert!(matches!(placed, Placed::Sent(sent) if sent.entry.state == State::Accepted));
        scene.provider.world(|world| world.bookings[0].shows = [Duration::from_secs(170); 3]);

        let goal = jiff::civil::date(2026, 1, 1);
        let renewed = renew_until(&scene.journal, &scene.client, "sub", goal, None).await;
        let orders = scene.provider.world(|world| world.posts.len());
        assert_eq!(orders, 1, "{renewed:?}");
    });
}

/// A page with the status of a firewall that names what comes with an order is no refusal.
#[test]
fn a_page_that_speaks_of_the_order_is_no_refusal() {
    play(async |simulation, url| {
        let mut world = plain();
        let extended = "<h1>Too large</h1><p>order_id: 13587d01-c8cd-11f0-8cdf-525400792197</p>";
        let renewed = "<h1>Too large</h1><p>order_number: PLK_RENEW_20250320_123456</p>";
        world.script.push_back((true, answer(413, extended)));
        world.script.push_back((true, answer(413, renewed)));
        let scene = scene(simulation, &url, world).await;
        let entry = scene.place(ServerExtensionOrder::new("user", "server", 1).unwrap()).await;
        assert_eq!(entry.state, State::Unknown);
        let entry = scene.place(PleskRenewalOrder::new("sub", 1).unwrap()).await;
        assert_eq!(entry.state, State::Unknown);
    });
}

/// A subscription whose months still wait for their payment in crypto does not last any longer.
#[test]
fn months_that_wait_for_a_payment_do_not_count_as_lasting() {
    play(async |simulation, url| {
        let mut world = plain();
        world.script.push_back((true, answer(200, r#"{"success": true, "message": "ok"}"#)));
        let scene = scene(simulation, &url, world).await;
        let order = PleskRenewalOrder {
            type_payment: Payment::Crypto,
            ..PleskRenewalOrder::new("sub", 3).unwrap()
        };
        assert_eq!(scene.place(order).await.state, State::Accepted);

        let goal = jiff::civil::date(2026, 1, 1);
        let renewed = renew_until(&scene.journal, &scene.client, "sub", goal, None).await;
        assert!(!matches!(renewed, Ok(Renewed::Already(_))), "{renewed:?}");
    });
}

/// An order that was accepted without a name, and does not show yet, is not taken for the next one, which
/// came to nothing: not even where the wall clocks of the two senders are an hour apart.
#[test]
fn an_order_without_a_name_is_not_taken_for_the_next_by_another_wall_clock() {
    for wall in [0, 3600, -3600] {
        play(async |simulation, url| {
            let mut world = plain();
            world.behaviour.lists_extensions = true;
            world.script.push_back((true, answer(200, r#"{"success": true, "message": "ok"}"#)));
            world.script.push_back((false, answer(500, "")));
            let scene = scene(simulation.clone(), &url, world).await;
            let order = || ServerExtensionOrder::new("user", "server", 1).unwrap();
            assert_eq!(scene.place(order()).await.state, State::Accepted);
            scene.provider.world(|world| world.bookings[0].shows = [Duration::from_secs(170); 3]);

            let other = open(&simulation, &url, Clocks { ahead: 0, wall }).await;
            let placed = other.place(&scene.client, order(), None).await.unwrap();
            let Placed::Sent(sent) = placed else { panic!("{placed:?}") };
            assert_eq!(sent.entry.state, State::Unknown);
            let pausing = simulation.clone();
            let options = ReconcileOptions::default().pausing(move |time| {
                let simulation = pausing.clone();
                async move { simulation.sleep(time).await }
            });
            let found = other.reconcile(&scene.client, &sent.entry.id, &options).await.unwrap();
            assert_ne!(found.state, State::Confirmed, "{wall} s apart: {:?}", found.findings);
        });
    }
}
