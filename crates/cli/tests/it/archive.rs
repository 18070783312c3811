//! Orders of a time, as lines and in files.

use serde_json::Value;

use crate::command::{EXTEND, RENEW, Run, run};
use crate::journal::change;
use crate::orders::{BOOKED, Desk};

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Three orders, of which the first is of 2020.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.order(&[&RENEW[..], &["--ref", "=1+1"]].concat());
    let at = "2020-02-03T00:00:00.000000Z";
    change(&desk.file(), &format!("UPDATE orders SET created_at = '{at}', changed_at = '{at}'"));
    desk.order(&EXTEND);
    desk.unknown(BOOKED, &EXTEND);
    desk
}

#[test]
fn a_list_begins_at_a_time_and_has_a_line_for_each_order() {
    let desk = desk();
    let all = lines(&desk.look(&["list", "-ojsonl"]));
    assert_eq!(
        all.iter().map(|it| it["state"].as_str().unwrap()).collect::<Vec<_>>(),
        ["accepted", "accepted", "unknown"]
    );
    assert_eq!(all[0]["answer"]["receipt"]["amount"], "29.97");
    let json = desk.look(&["list", "-ojson"]).json();
    assert_eq!(json["orders"], Value::Array(all.clone()), "the same orders");
    for (since, count) in [
        ("2020-02-03", 3),
        ("2020-02-03T00:00:00Z", 3),
        ("2020-02-03T00:00:00.000001Z", 2),
        ("2020-02-04", 2),
        ("24h", 2),
        ("9000-01-01", 0),
    ] {
        let since = ["list", "--since", since, "-ojsonl"];
        assert_eq!(lines(&desk.look(&since)), all[3 - count..], "{since:?}");
        let newest = [&since[..], &["--newest-first", "--limit", "1"]].concat();
        let newest = lines(&desk.look(&newest));
        assert_eq!(newest, if count == 0 { &[] } else { &all[2..] });
        let unknown = [&since[..], &["--state", "unknown"]].concat();
        assert_eq!(lines(&desk.look(&unknown)).len(), count.min(1));
    }
    // Where they are not all, the last line says so.
    change(&desk.file(), "UPDATE orders SET answer = '{' WHERE state = 'unknown'");
    let damaged = desk.look(&["list", "-ojsonl"]);
    let (told, last) = (lines(&damaged), damaged.stdout.lines().last().unwrap());
    assert_eq!((damaged.code, told.len()), (Some(3), 4), "{damaged:?}");
    assert!(told[2]["error"].is_string() && last.contains("\"exit_code\":3"), "{damaged:?}");
}

#[test]
fn every_object_is_on_one_line_where_that_is_asked_for() {
    let desk = desk();
    let id = lines(&desk.look(&["list", "-ojsonl"]))[1]["id"].as_str().unwrap().to_owned();
    for (args, code) in [
        (&["orders", "show", &id][..], 0),
        (&["orders", "show", "nobody"], 2),
        (&["batch", "status"], 0),
        (&EXTEND, 8),
        (&[&RENEW[..], &["--dry-run"]].concat(), 0),
    ] {
        let told = desk.order(&[args, &["-o", "jsonl"]].concat());
        assert_eq!((told.code, lines(&told).len()), (Some(code), 1), "{args:?}: {told:?}");
    }
}

#[test]
fn orders_are_exported_whole_or_not_at_all() {
    let desk = desk();
    let all = desk.look(&["list", "-ojsonl"]).stdout;
    assert_eq!(desk.look(&["export"]).stdout, all);
    let export = |name: &str, more: &[&str]| {
        let mut command = desk.looking(&["export"]);
        command.arg(desk.path(name)).args(more);
        run(command)
    };
    let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    let told = export("a.jsonl", &[]);
    assert!(told.code == Some(0) && told.stdout.starts_with("3 orders are in "), "{told:?}");
    assert_eq!(read("a.jsonl"), all);
    let told = export("a.jsonl", &["--state", "unknown", "--since", "7d", "-ojson"]).json();
    assert_eq!(
        (&told["orders"], read("a.jsonl").lines().count()),
        (&1.into(), 1),
        "it is replaced"
    );

    export("a.csv", &[]);
    let mut table = csv::Reader::from_path(desk.path("a.csv")).unwrap();
    let names = table.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let of = |row: usize, name: &str| {
        let place = names.iter().position(|it| it == name).unwrap();
        rows[row][place].to_owned()
    };
    assert_eq!(
        (rows.len(), of(0, "ref"), of(0, "months")),
        (3, "'=1+1".to_owned(), "3".to_owned())
    );
    assert_eq!((of(1, "amount"), of(1, "currency")), ("0.02".to_owned(), "EUR".to_owned()));
    assert_eq!((of(2, "state"), of(2, "outcome")), ("unknown".to_owned(), "unknown".to_owned()));

    // What is damaged makes no file.
    change(&desk.file(), "UPDATE orders SET answer = '{' WHERE state = 'unknown'");
    let damaged = export("b.jsonl", &[]);
    assert_eq!((damaged.code, desk.path("b.jsonl").exists()), (Some(3), false), "{damaged:?}");
    let nowhere = export("none/b.jsonl", &[]);
    assert!(nowhere.code == Some(3) && nowhere.stderr.contains("cannot be written"), "{nowhere:?}");
}

#[test]
fn an_export_never_replaces_the_journal() {
    let desk = Desk::new();
    let journal = desk.path("orders.csv");
    let with = |args: &[&str]| {
        let mut command = crate::command::ordering(desk.sandbox.url(), args);
        command.arg("--journal").arg(&journal);
        run(command)
    };
    assert_eq!(with(&EXTEND).code, Some(0));
    let refused = with(&["orders", "export", journal.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("a file of the journal's"), "{refused:?}");
    assert_eq!(with(&["orders", "list"]).stdout.lines().count(), 1);
}
