//! `orders list`: many orders, damaged ones among them.

use serde_json::Value;

use crate::command::{EXTEND, RENEW, Run, marks};
use crate::journal::change;
use crate::orders::Desk;

fn ids(run: &Run) -> Vec<String> {
    let orders = run.json()["orders"].as_array().unwrap().clone();
    orders.iter().map(|it| it["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn orders_are_listed_as_they_are_wanted() {
    let desk = Desk::new();
    let none = desk.look(&["list"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
    assert!(none.stderr.starts_with("There are no such orders in the journal at "), "{none:?}");
    assert!(!desk.file().exists(), "who only looks makes no journal");
    let none = desk.look(&["list", "-ojson"]);
    assert_eq!((ids(&none), marks(&none.json())), (vec![], vec![]));

    desk.order(&RENEW);
    desk.order(&[&EXTEND[..], &["--ref", "invoice 17"]].concat());
    desk.order(&["plesk", "renew", "nowhere", "--months", "1"]);
    let text = desk.look(&["list"]).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("accepted ") && lines[0].contains("3 calendar months"), "{text}");
    assert!(lines[1].ends_with("by 1 hour [invoice 17]"), "{text}");
    assert!(lines[2].starts_with("refused "), "{text}");

    let all = ids(&desk.look(&["list", "-ojson"]));
    assert_eq!(all.len(), 3);
    let newest: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(ids(&desk.look(&["list", "-ojson", "--newest-first"])), newest);
    assert_eq!(ids(&desk.look(&["list", "-ojson", "--limit", "2"])), all[..2]);
    assert_eq!(ids(&desk.look(&["list", "-ojson", "--state", "refused"])), all[2..]);
    assert_eq!(ids(&desk.look(&["list", "-ojson", "--state", "not_ordered"])), [""; 0]);
    for wrong in [&["--limit", "0"][..], &["--state", "lost"]] {
        assert_eq!(desk.look(&[&["list"], wrong].concat()).code, Some(2));
    }
    let shown = desk.look(&["show", &all[1][..35], "-ojson"]).json();
    assert_eq!((&shown["id"], &shown["outcome"]), (&all[1].as_str().into(), &"accepted".into()));
    assert_eq!(shown["answer"]["receipt"]["amount"], "0.02");
}

#[test]
fn a_damaged_order_is_reported_and_the_others_are_served() {
    let desk = Desk::new();
    for _ in 0..3 {
        desk.order(&EXTEND);
    }
    let all = ids(&desk.look(&["list", "-ojson"]));
    change(&desk.file(), &format!("UPDATE orders SET answer = '{{' WHERE id = '{}'", all[1]));
    let list = desk.look(&["list", "-ojson"]);
    assert_eq!(list.code, Some(3), "{list:?}");
    assert_eq!(ids(&list), [all[0].as_str(), "", all[2].as_str()]);
    let json = list.json();
    assert!(json["orders"][1]["error"].as_str().unwrap().contains(&all[1]), "{json:?}");
    assert_eq!((&json["exit_code"], &json["outcome"]), (&3.into(), &Value::Null));
    assert!(list.stderr.contains(&all[1]), "{list:?}");
    let text = desk.look(&["list"]);
    assert_eq!((text.code, text.stdout.lines().count()), (Some(3), 2), "{text:?}");
    assert!(text.stderr.contains("1 of the orders cannot be read"), "{text:?}");
    assert_eq!(desk.look(&["show", &all[1]]).code, Some(3));
    assert_eq!(desk.look(&["show", &all[2]]).code, Some(0));
}

/// Linux tells the largest memory that a process had.
#[cfg(target_os = "linux")]
#[test]
fn many_orders_take_no_more_memory_than_fewer() {
    let desk = Desk::new();
    desk.order(&EXTEND);
    let more = |from: usize, to: usize| {
        change(
            &desk.file(),
            &format!(
                "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to} - 1) \
                 INSERT INTO orders SELECT printf('%08d', i), provider, operation, target || i, \
                 parameters, reference, state, clock, claimed_at, send_by, answer_by, ended_at, \
                 seen_clock, seen_at, baseline, answer, findings, resolutions, notes, created_at, \
                 changed_at FROM orders, n WHERE LENGTH(id) > 8"
            ),
        );
        let listing = peak(&desk, &["list", "-ojson"], to);
        // Of another operation, so that nothing is to be read.
        change(&desk.file(), "UPDATE orders SET state = 'unknown', operation = 'other'");
        (listing, peak(&desk, &["verify", "--all", "-ojson"], to))
    };
    let (fewer, many) = (more(1, 500), more(500, 5_000));
    for (fewer, many) in [(fewer.0, many.0), (fewer.1, many.1)] {
        assert!(many < fewer + 2_000, "{fewer} KiB, and for 5000 orders {many} KiB");
    }
}

/// The largest memory of a command that gives all orders, in KiB.
///
/// It can be read only while the command runs: it cannot end as long as more is to be read than a
/// pipe holds.
#[cfg(target_os = "linux")]
fn peak(desk: &Desk, args: &[&str], orders: usize) -> u64 {
    use std::io::Read;
    let mut command = desk.looking(args);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut text, mut peak) = (child.stdout.take().unwrap(), Vec::new(), 0);
    let mut part = vec![0; 64 << 10];
    while let Ok(count @ 1..) = stdout.read(&mut part) {
        text.extend_from_slice(&part[..count]);
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = size.unwrap_or_default().max(peak);
    }
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(if args[0] == "list" { 0 } else { 6 }));
    let json: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(json["orders"].as_array().unwrap().len(), orders);
    assert!(text.len() > 128 << 10 && peak > 0, "{} bytes, {peak} KiB", text.len());
    peak
}
