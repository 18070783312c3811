//! `orders prune`: old orders are let go, and no reference with them.

use serde_json::Value;

use crate::command::{EXTEND, RENEW, keyed, marks, orders, run};
use crate::journal::{age, change};
use crate::orders::{BOOKED, Desk};

/// Makes all orders old.
fn old(desk: &Desk) {
    age(&desk.file());
    change(
        &desk.file(),
        "UPDATE orders SET created_at = '2020-01-01T00:00:00.000000Z', \
         changed_at = '2020-01-01T00:00:00.000000Z'",
    );
}

fn listed(desk: &Desk) -> usize {
    desk.look(&["list"]).stdout.lines().count()
}

#[test]
fn pruning_never_makes_a_second_charge_for_a_reference() {
    let desk = Desk::new();
    let invoice = [&RENEW[..], &["--ref", "invoice 17"]].concat();
    assert_eq!(desk.order(&invoice).code, Some(0));
    assert_eq!(desk.order(&EXTEND).code, Some(0));
    desk.order(&["plesk", "renew", "nowhere", "--months", "1", "--ref", "invoice 18"]);
    let young = desk.look(&["prune", "--before", "90d", "--yes"]);
    assert_eq!((young.code, young.stdout.as_str()), (Some(0), "0 orders pruned\n"), "{young:?}");
    old(&desk);

    let prune = ["prune", "--before", "90d", "-o", "json"];
    let dry = desk.look(&[&prune[..], &["--dry-run"]].concat()).json();
    assert_eq!((marks(&dry), &dry["pruned"], listed(&desk)), (vec!["dry_run"], &2.into(), 3));
    let pruned = desk.look(&[&prune[..], &["--yes"]].concat()).json();
    assert_eq!((&pruned["pruned"], &pruned["kept"]["referenced"]), (&2.into(), &1.into()));
    assert_eq!(listed(&desk), 1);
    let text = desk.look(&["prune", "--before", "90d", "--yes"]).stdout;
    assert!(text.contains("1 kept: their --ref would be ordered again (--with-refs"), "{text}");
    let (code, again) = desk.json(&invoice);
    assert_eq!((code, &again["recorded"], desk.charges()), (Some(0), &Value::from(true), 2));

    // Who asks for it by name is told what it means.
    let with = ["prune", "--before", "90d", "--with-refs", "--yes"];
    assert_eq!(desk.look(&with).stdout, "1 order pruned\n");
    assert_eq!(
        (desk.json(&invoice).1["recorded"].clone(), desk.charges()),
        (Value::from(false), 3)
    );
}

#[test]
fn an_order_that_blocks_is_kept_with_all_of_its_target() {
    let desk = Desk::new();
    desk.order(&RENEW);
    desk.unknown(BOOKED, &RENEW);
    old(&desk);
    let pruned = desk.look(&["prune", "--before", "2026-01-31", "--with-refs", "--yes"]);
    assert!(pruned.stdout.starts_with("0 orders pruned\n  2 kept: an order blocks"), "{pruned:?}");
    assert_eq!(desk.order(&RENEW).code, Some(8));
    let sent = orders(&desk.sandbox).len();
    assert_eq!(desk.look(&["verify", "--all"]).code, Some(0));
    assert_eq!(orders(&desk.sandbox).len(), sent);
    // What was found out just now is not old.
    let pruned = desk.look(&["prune", "--before", "2026-01-31", "--yes"]);
    assert!(pruned.stdout.starts_with("1 order pruned"), "{pruned:?}");
}

#[test]
fn nothing_is_deleted_unasked() {
    let desk = Desk::new();
    desk.order(&EXTEND);
    old(&desk);
    let unasked = desk.look(&["prune", "--before", "90d"]);
    assert_eq!((unasked.code, listed(&desk)), (Some(2), 1), "{unasked:?}");
    assert!(unasked.stderr.contains("this deletes orders from the journal"), "{unasked:?}");
    assert_eq!(desk.look(&["prune", "--before", "47h", "--yes"]).code, Some(2));
    assert_eq!(listed(&desk), 1);
    // Without a journal there is nothing to prune, and none is made.
    let none = desk.path("none.db");
    let mut command = keyed(&["orders", "prune", "--before", "90d", "--yes"]);
    command.arg("--journal").arg(&none);
    assert_eq!((run(command).code, none.exists()), (Some(0), false));
}

#[cfg(unix)]
#[test]
fn a_person_is_asked_how_many_and_answers() {
    for (keys, code, left) in [("y\n", 0, 0), ("n\n", 5, 1), ("\n", 5, 1), ("\u{3}", 130, 1)] {
        let desk = Desk::new();
        desk.order(&EXTEND);
        old(&desk);
        let command = desk.looking(&["prune", "--before", "90d"]);
        let mut terminal = crate::terminal::Terminal::start(command);
        terminal.wait_for("[y/N] ");
        terminal.press(keys);
        let (ended, screen) = terminal.end();
        assert_eq!((ended, listed(&desk)), (Some(code), left), "{keys:?}: {screen}");
        assert!(screen.contains("Delete 1 order from the journal"), "{screen}");
    }
}

#[cfg(unix)]
#[test]
fn one_that_is_interrupted_tells_how_many_are_gone_and_goes_on_later() {
    const ORDERS: u32 = 30_000;
    let desk = Desk::new();
    desk.order(&EXTEND);
    old(&desk);
    change(
        &desk.file(),
        &format!(
            "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {ORDERS}) \
             INSERT INTO orders SELECT printf('%08d', i), provider, operation, target, parameters, reference, state, \
             clock, claimed_at, send_by, answer_by, ended_at, seen_clock, seen_at, baseline, answer, findings, \
             resolutions, notes, created_at, changed_at FROM orders, n"
        ),
    );
    let mut command = desk.looking(&["prune", "--before", "90d", "--yes", "-o", "json"]);
    let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let file = rusqlite::Connection::open(desk.file()).unwrap();
    let left =
        || -> u32 { file.query_row("SELECT COUNT(*) FROM orders", [], |row| row.get(0)).unwrap() };
    while left() == ORDERS {}
    crate::interruption::signal(&child, rustix::process::Signal::INT);
    let stopped = crate::command::Run::from(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{stopped:?}");
    let json = stopped.json();
    assert_eq!((marks(&json), &json["pruned"]), (vec!["interrupted"], &(ORDERS - left()).into()));
    assert!(left() > 0);
    let before = left();
    let rest = desk.look(&["prune", "--before", "90d", "--yes", "-o", "json"]).json();
    assert_eq!((&rest["pruned"], left()), (&before.into(), 0));
}
