//! `orders verify --all`: every order that blocks its target, in one go.

use oxhost_sandbox::{Sandbox, Seed};
use serde_json::{Map, Value};

use crate::command::{EXTEND, Run, marks, orders, oxhost, run};
use crate::orders::{BOOKED, Desk, LOST};

const ALL: [&str; 4] = ["verify", "--all", "--settle", "0"];

fn subscription(number: usize) -> String {
    format!("sub-{number:04}")
}

/// A desk with so many subscriptions, of which each costs 9.99 EUR a month.
fn desk(subscriptions: usize) -> Desk {
    let mut seed = Seed::documented();
    let first = seed.subscriptions[0].clone();
    let of = |number| oxhost_sandbox::Subscription { id: subscription(number), ..first.clone() };
    seed.subscriptions = (0..subscriptions).map(of).collect();
    seed.plesk_orders.clear();
    for account in &mut seed.accounts {
        account.balance_com = rust_decimal::Decimal::from(10_000);
    }
    Desk::of(Sandbox::builder().seed(seed).start().unwrap())
}

/// An order for each subscription whose answer is lost, of which every third has nothing to be compared with.
fn lost_answers(desk: &Desk, count: usize) -> Vec<String> {
    let order = |number: usize| {
        let id = subscription(number);
        let order = ["plesk", "renew", &id, "--months", "1"];
        match number % 3 {
            0 => desk.unknown(BOOKED, &order),
            1 => desk.unknown(LOST, &order),
            _ => desk.unknown(BOOKED, &[&order[..], &["--no-baseline"]].concat()),
        }
    };
    (0..count).map(order).collect()
}

fn state_of<'a>(json: &'a Map<String, Value>, id: &str) -> Vec<&'a str> {
    let orders = json["orders"].as_array().unwrap();
    let it = orders.iter().filter(|it| it["id"] == id);
    it.map(|it| it["state"].as_str().unwrap()).collect()
}

#[test]
fn every_order_that_blocks_is_found_out_about_and_none_is_sent_again() {
    let desk = desk(9);
    let none = desk.look(&ALL);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), "no order blocks its target\n"));
    let ids = lost_answers(&desk, 9);
    desk.later();
    let dry = desk.look(&[&ALL[..], &["--dry-run", "-ojson"]].concat()).json();
    assert_eq!((marks(&dry), &dry["exit_code"]), (vec!["dry_run"], &0.into()));
    assert!(ids.iter().all(|id| state_of(&dry, id) == ["unknown"]), "{dry:?}");

    let (sent, charged) = (orders(&desk.sandbox).len(), desk.charges());
    assert_eq!((sent, charged), (9, 6));
    let found = desk.look(&[&ALL[..], &["-o", "json"]].concat());
    assert_eq!(found.code, Some(6), "{found:?}");
    let json = found.json();
    for (number, id) in ids.iter().enumerate() {
        let state = ["confirmed", "not_ordered", "unknown"][number % 3];
        assert_eq!(state_of(&json, id), [state], "{number}");
    }
    let totals = &json["totals"];
    for (name, count) in
        [("orders", 9), ("accepted", 3), ("not_sent", 3), ("unknown", 3), ("refused", 0)]
    {
        assert_eq!(totals[name], count, "{name}: {totals}");
    }
    assert_eq!((&json["outcome"], &json["exit_code"]), (&Value::Null, &6.into()));
    let advice = json["advice"].as_str().unwrap();
    assert!(advice.contains(&ids[2]) && advice.contains("oxhost orders resolve"), "{advice}");
    assert_eq!((orders(&desk.sandbox).len(), desk.charges()), (sent, charged));

    // Those that are left, in lines.
    let text = desk.look(&ALL);
    assert_eq!(text.code, Some(6));
    assert!(text.stdout.contains("\n3 orders: 3 still unknown\nstill unknown: "), "{text:?}");
    assert!(text.stdout.contains("undecided: what there was before"), "{text:?}");
    let lines = desk.look(&[&ALL[..], &["-ojsonl"]].concat());
    let lines: Vec<Value> =
        lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (end, each) = lines.split_last().unwrap();
    assert_eq!(
        (each.len(), &end["totals"]["unknown"], &end["exit_code"]),
        (3, &3.into(), &6.into())
    );
    for id in ids.iter().skip(2).step_by(3) {
        let said = ["resolve", id, "--as", "ordered", "--reason", "it is in the client area"];
        assert_eq!(desk.look(&said).code, Some(0));
    }
    assert_eq!(desk.look(&ALL).code, Some(0));
    assert_eq!((orders(&desk.sandbox).len(), desk.charges()), (sent, charged));
}

#[test]
fn a_dry_run_reads_nothing_and_needs_no_key() {
    let desk = desk(3);
    lost_answers(&desk, 3);
    desk.later();
    let (before, read) = (desk.look(&["list", "-ojson"]).stdout, desk.sandbox.requests().len());
    let mut dry = desk.at_journal(oxhost(&["orders", "verify", "--all", "--dry-run"]));
    dry.env("OXHOST_BASE_URL", desk.sandbox.url());
    let dry = run(dry);
    assert_eq!((dry.code, dry.stdout.lines().count()), (Some(0), 4), "{dry:?}");
    assert!(dry.stdout.contains("3 orders would be looked at"), "{dry:?}");
    assert_eq!(desk.sandbox.requests().len(), read);
    assert_eq!(desk.look(&["list", "-ojson"]).stdout, before);
    // The real one asks the provider.
    let keyless = desk.at_journal(oxhost(&["orders", "verify", "--all"]));
    assert_eq!(run(keyless).code, Some(3));
}

#[test]
fn orders_at_another_provider_are_told_and_not_asked_for_elsewhere() {
    let (desk, other) = (desk(2), desk(2));
    let ids = lost_answers(&desk, 2);
    desk.later();
    let mut elsewhere = desk.looking(&ALL);
    elsewhere.env("OXHOST_BASE_URL", other.sandbox.url());
    let told: Run = run(elsewhere);
    assert_eq!(told.code, Some(6), "{told:?}");
    assert!(told.stdout.contains("2 orders: 2 still unknown"), "{told:?}");
    for id in &ids {
        assert!(told.stderr.contains(&format!("the order {id} is at {}", desk.sandbox.url())));
    }
    assert_eq!(other.sandbox.requests(), []);
    assert_eq!(desk.look(&ALL).code, Some(0));
}

#[test]
fn a_damaged_order_does_not_stop_the_rest() {
    let desk = desk(3);
    let ids = lost_answers(&desk, 2);
    desk.later();
    let sql = format!("UPDATE orders SET parameters = '{{' WHERE id = '{}'", ids[0]);
    crate::journal::change(&desk.file(), &sql);
    let told = desk.look(&[&ALL[..], &["-o", "json"]].concat());
    assert_eq!(told.code, Some(3), "{told:?}");
    let json = told.json();
    assert_eq!(
        (&json["totals"]["unreadable"], &json["totals"]["not_sent"]),
        (&1.into(), &1.into())
    );
    assert_eq!(state_of(&json, &ids[1]), ["not_ordered"]);
    assert!(told.stderr.contains(&ids[0]), "{told:?}");
}

#[cfg(unix)]
#[test]
fn what_was_found_out_stays_written_when_it_is_interrupted() {
    for format in ["text", "json", "jsonl"] {
        let desk = desk(2);
        let ids = lost_answers(&desk, 2);
        // Only the first shows, and absence is not believed so early.
        let mut command = desk.looking(&["verify", "--all", "-o", format]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        while desk.look(&["show", &ids[0], "-ojson"]).json()["state"] != "confirmed" {}
        crate::interruption::signal(&child, rustix::process::Signal::INT);
        let stopped = Run::from(child.wait_with_output().unwrap());
        assert_eq!(stopped.code, Some(130), "{format}: {stopped:?}");
        match format {
            "text" => assert!(stopped.stdout.contains("1 order: 1 accepted"), "{stopped:?}"),
            "json" => assert_eq!(marks(&stopped.json()), ["interrupted"]),
            _ => {
                let last = stopped.stdout.lines().last().unwrap();
                assert!(last.contains("\"interrupted\":true"), "{last}");
            }
        }
        assert_eq!(desk.look(&["show", &ids[1], "-ojson"]).json()["state"], "unknown");
        assert_eq!(orders(&desk.sandbox).len(), 2);
    }
}

#[cfg(unix)]
#[test]
fn an_order_that_another_process_has_under_way_is_not_disturbed() {
    use oxhost_testkit::{ByteServer, silent};
    let wire = ByteServer::without_reads(silent);
    let desk = Desk::new();
    let mut sending = desk.at_journal(crate::command::ordering(wire.url(), &EXTEND));
    sending.args(["-o", "json"]).stdout(std::process::Stdio::piped());
    let child = sending.spawn().unwrap();
    wire.arrived();
    let mut looking = desk.looking(&ALL);
    looking.env("OXHOST_BASE_URL", wire.url());
    let told = run(looking);
    assert_eq!(told.code, Some(6), "{told:?}");
    assert!(told.stdout.starts_with("open ") && told.stdout.contains("it may be under way"));
    crate::interruption::signal(&child, rustix::process::Signal::INT);
    let ended = Run::from(child.wait_with_output().unwrap()).json();
    assert_eq!((&ended["outcome"], wire.requests().len()), (&"unknown".into(), 1));
    assert_eq!(
        ended["warnings"].as_array().unwrap().len(),
        1,
        "no baseline, and no more: {ended:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_person_at_a_terminal_sees_how_far_it_is() {
    let desk = desk(3);
    lost_answers(&desk, 2);
    desk.later();
    let mut terminal = crate::terminal::Terminal::start(desk.looking(&["verify", "--all"]));
    terminal.wait_for("1 order: 1 accepted");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("2 orders: 1 accepted, 1 not placed"), "{screen}");
}
