use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use oxhost::Order;
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost_journal::{Entry, JournaledOrder, Placed, Sent, State, Verdict};
use oxhost_sandbox::{
    BUSINESS_PLAN_ID, DateTime, EXAMPLE_SERVER_ID, Host, SERVER_ID, SUBSCRIPTION_ID, Sandbox, World,
};

use crate::finding_out::Scene;

/// What makes an order unknown. Before the booking it is lost, after it booked.
const LOST_REPLIES: [&str; 10] = [
    "close-reply@0",
    "close-reply@head",
    "close-reply@body",
    "reset-reply@12",
    "unframed",
    "bad-chunk",
    "empty",
    "html",
    "status=500",
    "status=502+html",
];

const ODD_READS: [&str; 8] = [
    "read:stale=1",
    "read:stale=2",
    "read:contradict=order",
    "read:contradict=state",
    "read:html",
    "read:status=503",
    "read:close-reply@0",
    "read:php-warning",
];

fn fault(random: &mut Rng) -> &'static str {
    ODD_READS[random.usize(..ODD_READS.len())]
}

fn order(random: &mut Rng, sandbox: &Sandbox) -> JournaledOrder {
    let units = random.u32(1..=3);
    if random.bool() {
        let order = ServerExtensionOrder::new(sandbox.user_id(), SERVER_ID, units);
        return JournaledOrder::Extension(order.unwrap());
    }
    let plan = (random.u8(..4) == 0).then(|| BUSINESS_PLAN_ID.parse().unwrap());
    JournaledOrder::Renewal(PleskRenewalOrder {
        new_plan_id: plan,
        ..PleskRenewalOrder::new(SUBSCRIPTION_ID, units).unwrap()
    })
}

/// What someone else does, who may have no money left.
fn deed(random: &mut Rng, world: &mut World<'_>, user: &str) {
    let units = random.i32(1..=3);
    let _ = match random.u8(..8) {
        0 | 1 => world.renew(SUBSCRIPTION_ID, units).map(drop),
        2 | 3 => world.extend(SERVER_ID, units).map(drop),
        4 => world.extend(EXAMPLE_SERVER_ID, units).map(drop),
        5 => {
            let at = DateTime::constant(2025, random.i8(1..=12), random.i8(1..=28), 10, 0, 0, 0);
            world.set_expiry(SUBSCRIPTION_ID, at)
        }
        6 => world.set_monthly_price("sandbox-plan-basic", random.i64(5..=15).into()),
        _ => world.set_balance(user, Host::Net, random.i64(3000..=4000).into()),
    };
}

async fn unknown<O: Order + Clone>(scene: &Scene, order: &O, fault: &str) -> Entry {
    scene.inject(&[fault]);
    let placed = scene.journal.place(&scene.client, order.clone(), None).await.unwrap();
    let Placed::Sent(Sent { result: Err(_), entry, .. }) = placed else { panic!("{fault}") };
    assert_eq!(entry.state, State::Unknown, "{fault}: {entry:?}");
    *entry
}

async fn accepted<O: Order + Clone>(scene: &Scene, order: &O) {
    let placed = scene.journal.place(&scene.client, order.clone(), None).await.unwrap();
    assert!(matches!(placed, Placed::Sent(Sent { result: Ok(_), .. })));
}

/// Plays one world to its end, and says what the verdict is worth, and whether all was quiet.
async fn played(seed: u64) -> (&'static str, bool) {
    let mut random = Rng::with_seed(seed);
    let scene = Scene::of(Sandbox::builder().balance(Host::Com, 5000.into())).await;
    let user = scene.sandbox.user_id().to_owned();
    let (quiet, is_booked) = (random.bool(), random.bool());
    let order = order(&mut random, &scene.sandbox);
    if random.u8(..4) == 0 {
        match &order {
            // On the same plan, so that a change of plan shows.
            JournaledOrder::Renewal(order) => {
                let plain = PleskRenewalOrder { new_plan_id: None, ..order.clone() };
                accepted(&scene, &plain).await;
            }
            JournaledOrder::Extension(order) => accepted(&scene, order).await,
        }
    }
    let earlier = scene.sandbox.ledger().len();
    if !quiet {
        scene.sandbox.act(|world| deed(&mut random, world, &user));
        if random.u8(..4) == 0 {
            scene.inject(&["read:stale=1"]);
        }
    }
    let stage = if is_booked { "after" } else { "before" };
    let fault_of_order = format!("{stage}:{}", LOST_REPLIES[random.usize(..LOST_REPLIES.len())]);
    let entry = match &order {
        JournaledOrder::Renewal(order) => unknown(&scene, order, &fault_of_order).await,
        JournaledOrder::Extension(order) => unknown(&scene, order, &fault_of_order).await,
    };
    assert_eq!(scene.sandbox.ledger().len() - earlier, usize::from(is_booked), "seed {seed}");

    // Before each reading, others act, and it may be led astray; not the last.
    let sandbox = Arc::new(scene.sandbox);
    let (acting, random) = (Arc::clone(&sandbox), Arc::new(Mutex::new(random)));
    let disturb = move |last: bool| {
        let mut random = random.lock().unwrap();
        if quiet || last {
            return;
        }
        if random.u8(..3) == 0 {
            acting.act(|world| deed(&mut random, world, &user));
        }
        if random.bool() {
            acting.inject(fault(&mut random).parse().unwrap());
        }
    };
    disturb(false);
    let reading = Mutex::new(1);
    let options = scene.bench.noting(move |_| {
        let mut reading = reading.lock().unwrap();
        *reading += 1;
        // Those that are to prove absence are left alone.
        disturb(*reading > 6);
    });
    let found = scene.journal.reconcile(&scene.client, &entry.id, &options).await.unwrap();
    let verdict = &found.findings.as_ref().unwrap().verdict;
    let said = format!("seed {seed}: {order:?} {fault_of_order}: {found:?}");
    let posts = sandbox.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(posts, earlier + 1, "finding out never orders: {said}");
    let state = match verdict {
        Verdict::Confirmed { .. } => State::Confirmed,
        Verdict::NotOrdered => State::NotOrdered,
        Verdict::Undecided { .. } => State::Unknown,
    };
    assert_eq!(found.state, state, "{said}");
    let worth = match (verdict, is_booked) {
        (Verdict::Confirmed { order }, _) => {
            let ours = &sandbox.ledger()[earlier..];
            let others = sandbox.others();
            let is_it = |charge: &&oxhost_sandbox::Charge| {
                order.id.as_ref().is_some_and(|id| id.is(&charge.order_id))
            };
            match (ours.iter().find(is_it), others.iter().find(is_it)) {
                (Some(_), _) => "booked: confirmed",
                (None, Some(charge)) => {
                    let units = entry.parameters["months"].as_i64();
                    let units = units.or(entry.parameters["hours"].as_i64()).unwrap();
                    let same = (charge.target_id == entry.target, i64::from(charge.units));
                    assert_eq!(same, (true, units), "{said}");
                    "someone else's same order taken for ours"
                }
                (None, None) => panic!("confirmed by nothing: {said}"),
            }
        }
        (Verdict::NotOrdered, false) => "not booked: not ordered",
        (Verdict::NotOrdered, true) => panic!("not ordered, and it was: {said}"),
        (Verdict::Undecided { .. }, true) => "booked: undecided",
        (Verdict::Undecided { .. }, false) => "not booked: undecided",
    };
    let found_out = ["booked: confirmed", "not booked: not ordered"].contains(&worth);
    assert!(!quiet || found_out, "{said}");
    (worth, quiet)
}

/// `OXHOST_SANDBOX_WORLDS` says how many, `OXHOST_WORLDS_SEED` repeats a run.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
async fn in_no_world_of_the_sandbox_is_a_verdict_wrong() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let worlds = number("OXHOST_SANDBOX_WORLDS", 100);
    let seed = number("OXHOST_WORLDS_SEED", 684_127);
    let mut counts: BTreeMap<(bool, &str), u64> = BTreeMap::new();
    for seed in seed..seed + worlds {
        let (worth, quiet) = played(seed).await;
        *counts.entry((quiet, worth)).or_default() += 1;
    }
    println!("{worlds} worlds of the sandbox from seed {seed}:");
    for ((quiet, worth), count) in &counts {
        println!("{count:>6}  {} {worth}", if *quiet { "quiet," } else { "disturbed," });
    }
    assert!(worlds < 100 || counts.len() >= 5, "the worlds are not as they should be: {counts:?}");
}
