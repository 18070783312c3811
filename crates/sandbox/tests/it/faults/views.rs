//! Reads that show something else than there is: late, in part, or not at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use oxhost_sandbox::{DateTime, EXAMPLE_SERVER_ID, Fault, Host, Sandbox, USER_ID};
use serde_json::{Value, json};

use crate::client::{ORDERS, USER, balance, extend, get, orders, post, renew, send, subscription};

fn standing(fault: &str) -> Sandbox {
    Sandbox::builder().fault(fault.parse::<Fault>().unwrap()).start().unwrap()
}

/// A page of the list: its status, and the numbers of its orders.
fn page(sandbox: &Sandbox, page: u32) -> (u16, Vec<Value>) {
    let answer = get(sandbox, ORDERS, &format!("user_id={USER_ID}&page={page}"));
    let data = answer.json()["data"].take();
    let orders = data.as_array().into_iter().flatten();
    (answer.status, orders.map(|order| order["id"].clone()).collect())
}

#[test]
fn a_read_that_lags_shows_what_there_was_so_long_ago_by_the_given_clock() {
    let now = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&now);
    let start: DateTime = "2030-01-01T08:00:00".parse().unwrap();
    let sandbox = Sandbox::builder()
        .clock(move |host| {
            // The hosts' clocks are apart.
            let apart = if host == Host::Com { 0 } else { 7200 };
            let seconds = apart + clock.load(Ordering::SeqCst);
            start.saturating_add(Duration::from_secs(seconds.try_into().unwrap()))
        })
        .fault("lag=60".parse::<Fault>().unwrap())
        .start()
        .unwrap();
    let at = |seconds| now.store(seconds, Ordering::SeqCst);
    let seen = || (subscription(&sandbox), orders(&sandbox), balance(&sandbox));
    let none = seen();
    at(100);
    renew(&sandbox, 1);
    at(130);
    extend(&sandbox, 1);
    sandbox.act(|world| world.extend(EXAMPLE_SERVER_ID, 1)).unwrap();
    for seconds in [130, 159] {
        at(seconds);
        assert_eq!(seen(), none);
    }
    at(160);
    let one = seen();
    assert_eq!(one.0["orders"].as_array().unwrap().len(), 2);
    assert_eq!((&one.1, &one.2), (&none.1, &none.2));
    at(189);
    assert_eq!(seen(), one);
    at(190);
    let all = seen();
    assert_eq!((all.1.as_array().unwrap().len(), &all.2), (3, &json!("3328.74")));
    assert_eq!(sandbox.ledger().len(), 2);
}

#[test]
fn a_read_that_lags_goes_by_real_time_where_the_clock_stands_still() {
    let sandbox = standing("lag=1");
    let before = orders(&sandbox);
    extend(&sandbox, 1);
    let ordered = Instant::now();
    assert_eq!(orders(&sandbox), before);
    while orders(&sandbox) == before {
        assert!(ordered.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(ordered.elapsed() > Duration::from_millis(900));
}

#[test]
fn orders_of_a_kind_are_never_shown() {
    let sandbox = standing("hide=renew_server");
    let id = extend(&sandbox, 1).json()["order_id"].take();
    renew(&sandbox, 1);
    let shown = orders(&sandbox);
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown[0]["order_type"], "dedicated_server");
    let one = get(&sandbox, ORDERS, &format!("order_id={}", id.as_str().unwrap()));
    assert_eq!((one.status, one.json()["data"].take()), (200, json!([])));
    // What it cost is seen all the same, and so is the renewal.
    assert_eq!(balance(&sandbox), "3328.76");
    assert_eq!(subscription(&sandbox)["orders"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.faults_fired().len(), 2, "only reads of the list meet it");

    let sandbox = standing("hide=all");
    renew(&sandbox, 1);
    assert_eq!(orders(&sandbox), json!([]));
    let shown = subscription(&sandbox);
    assert_eq!(shown["orders"], json!([]));
    assert_eq!(shown["subscription"]["expires_at"], "2025-05-01 10:00:00");
}

#[test]
fn a_balance_is_null_missing_or_cannot_be_read() {
    let read = |sandbox: &Sandbox| get(sandbox, USER, &format!("user_id={USER_ID}"));
    let shown = read(&standing("balance=null"));
    assert_eq!((shown.status, &shown.json()["user"]["balance"]), (200, &Value::Null));
    assert!(shown.json()["user"].as_object().unwrap().contains_key("balance"));
    let shown = read(&standing("balance=missing"));
    assert!(!shown.json()["user"].as_object().unwrap().contains_key("balance"));
    assert_eq!(shown.json()["user"]["id"], USER_ID);
    let sandbox = standing("balance=error");
    assert_eq!(
        (read(&sandbox).status, read(&sandbox).json()["success"].take()),
        (500, json!(false))
    );
    // Nobody else is concerned.
    assert_eq!(subscription(&sandbox)["success"], true);
    assert_eq!(orders(&sandbox).as_array().unwrap().len(), 1);
}

#[test]
fn a_balance_moves_at_each_read_and_stays_where_it_is() {
    let sandbox = standing("balance=-0.50");
    assert_eq!([balance(&sandbox), balance(&sandbox)], ["3328.28", "3327.78"]);
    orders(&sandbox);
    assert_eq!(extend(&sandbox, 1).json()["balance_before"], "3327.78");
    assert_eq!(sandbox.balance(Host::Net).to_string(), "3327.76");
    assert_eq!((sandbox.ledger().len(), sandbox.others().len()), (1, 0));
    sandbox.inject("balance=+10".parse().unwrap());
    assert_eq!(balance(&sandbox), "3337.76");
    sandbox.inject("balance=-1000000".parse().unwrap());
    assert_eq!(balance(&sandbox), "0.00");
    // A stranger moves nothing.
    send(&sandbox, "GET", &format!("{USER}?user_id={USER_ID}"), &[], b"");
    assert_eq!(sandbox.balance(Host::Net).to_string(), "0");
}

#[test]
fn one_page_of_the_list_fails_and_the_others_do_not() {
    for (fault, status) in [("page-error=2", 500), ("page-404=2", 404)] {
        let sandbox = standing(fault);
        (0..45).for_each(|_| drop(extend(&sandbox, 1)));
        let lengths = [1, 2, 3, 4].map(|nth| {
            let (status, orders) = page(&sandbox, nth);
            (status, orders.len())
        });
        assert_eq!(lengths, [(200, 20), (status, 0), (200, 6), (200, 0)], "{fault}");
    }
    let sandbox = standing("page-404=1");
    let list = format!("{ORDERS}?user_id={USER_ID}");
    assert_eq!(get(&sandbox, ORDERS, &format!("user_id={USER_ID}")).status, 404, "{list}");
    // One order by its id is on no page.
    let order = extend(&sandbox, 1).json()["order_id"].take();
    let by_id = get(&sandbox, ORDERS, &format!("order_id={}", order.as_str().unwrap()));
    assert_eq!(by_id.json()["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_fault_of_a_page_waits_for_that_page_and_holds_no_other_up() {
    let sandbox = Sandbox::start().unwrap();
    for fault in ["page-error=2", "read:close-request@1"] {
        sandbox.inject(fault.parse().unwrap());
    }
    // The first page meets the other fault.
    let request = format!("GET {ORDERS}?user_id={USER_ID} HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(crate::client::raw(&sandbox, request.as_bytes()), b"");
    assert_eq!(page(&sandbox, 1).0, 200);
    assert_eq!(page(&sandbox, 2).0, 500);
    assert_eq!(page(&sandbox, 2).0, 200);
    assert_eq!(sandbox.faults_waiting(), []);
}

#[test]
fn the_list_begins_with_the_oldest_or_is_in_no_order() {
    let all = |sandbox: &Sandbox| {
        (0..45).for_each(|_| drop(extend(sandbox, 1)));
        [1, 2, 3].map(|nth| page(sandbox, nth).1).concat()
    };
    let newest_first = all(&Sandbox::start().unwrap());
    let mut oldest_first = all(&standing("sort=oldest"));
    oldest_first.reverse();
    assert_eq!(oldest_first, newest_first);
    let sandbox = standing("sort=shuffled");
    let shuffled = all(&sandbox);
    let rising = shuffled.windows(2).filter(|two| two[0].as_str() < two[1].as_str()).count();
    assert!((10..35).contains(&rising), "{rising} of 45 rise");
    assert_eq!(page(&sandbox, 1).1, shuffled[..20], "and the same again");
    let sorted = |mut ids: Vec<Value>| {
        ids.sort_by_key(Value::to_string);
        ids
    };
    assert_eq!(sorted(shuffled), sorted(newest_first));
}

#[test]
fn a_fault_tells_which_operations_it_concerns() {
    for (fault, operations) in [
        ("lag=60", &["getPleskSubscription", "listOrders", "getUser"][..]),
        ("read:wrap", &["getPleskSubscription", "listOrders", "getUser"]),
        ("hide=all", &["getPleskSubscription", "listOrders"]),
        ("hide=renew_server", &["listOrders"]),
        ("page-404=7", &["listOrders"]),
        ("balance=+1", &["getUser"]),
        ("after:wrap", &["renewPleskSubscription", "extendServerHours"]),
    ] {
        let fault: Fault = fault.parse().unwrap();
        let all = [
            "renewPleskSubscription",
            "extendServerHours",
            "getPleskSubscription",
            "listOrders",
            "getUser",
            "other",
        ];
        let concerned: Vec<_> = all.into_iter().filter(|it| fault.concerns(it)).collect();
        assert_eq!(concerned, operations, "{fault}");
    }
    let waiting = standing("balance=null");
    post(&waiting, "/elsewhere", "{}");
    assert_eq!(waiting.faults_fired(), []);
}
