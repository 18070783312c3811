//! Reads that lag behind, or contradict themselves.

use oxhost_sandbox::{Fault, SUBSCRIPTION_ID, Sandbox};
use serde_json::{Value, json};

use crate::client::{PLESK, balance, extend, orders, post, renew, renewal, subscription};

/// A read into a fault.
fn faulty<T>(sandbox: &Sandbox, fault: &str, read: impl Fn(&Sandbox) -> T) -> T {
    sandbox.inject(fault.parse::<Fault>().unwrap());
    let fired = sandbox.faults_fired().len();
    let shown = read(sandbox);
    assert_eq!(sandbox.faults_fired().len(), fired + 1);
    shown
}

fn expiry_and_orders(shown: &Value) -> (Value, usize) {
    (shown["subscription"]["expires_at"].clone(), shown["orders"].as_array().unwrap().len())
}

#[test]
fn a_stale_read_shows_exactly_what_there_was_before_the_last_orders() {
    let sandbox = Sandbox::start().unwrap();
    let mut seen = vec![(subscription(&sandbox), orders(&sandbox), balance(&sandbox))];
    for step in 0..4 {
        if step % 2 == 0 {
            renew(&sandbox, 1)
        } else {
            extend(&sandbox, 24)
        };
        seen.push((subscription(&sandbox), orders(&sandbox), balance(&sandbox)));
    }
    seen.reverse();
    for (lag, (subscription_then, orders_then, balance_then)) in seen.iter().enumerate().skip(1) {
        let fault = format!("stale={lag}");
        assert_eq!(&faulty(&sandbox, &fault, subscription), subscription_then, "{fault}");
        assert_eq!(&faulty(&sandbox, &fault, orders), orders_then, "{fault}");
        assert_eq!(&faulty(&sandbox, &fault, balance), balance_then, "{fault}");
    }
    // Further back than there was anything, and then as it is.
    assert_eq!(faulty(&sandbox, "stale=64", subscription), seen[4].0);
    assert_eq!(subscription(&sandbox), seen[0].0);
    assert_eq!(sandbox.ledger().len(), 4, "no read takes anything back");
}

#[test]
fn a_stale_read_lags_behind_orders_of_someone_else_and_orders_that_await_payment_too() {
    let sandbox = Sandbox::start().unwrap();
    let at_first = subscription(&sandbox);
    sandbox.act(|world| world.renew(SUBSCRIPTION_ID, 1)).unwrap();
    let then = subscription(&sandbox);
    let mut order = renewal(1);
    order["type_payment"] = "crypto".into();
    post(&sandbox, PLESK, order.to_string());
    assert_ne!(subscription(&sandbox), then);
    assert_eq!(faulty(&sandbox, "stale=1", subscription), then);
    assert_eq!(faulty(&sandbox, "stale=2", subscription), at_first);
}

#[test]
fn a_contradictory_read_shows_the_order_or_what_it_moved_but_not_both() {
    let sandbox = Sandbox::start().unwrap();
    renew(&sandbox, 1);
    let (old, new) = (json!("2025-04-01 10:00:00"), json!("2025-05-01 10:00:00"));
    let shown = faulty(&sandbox, "contradict=order", subscription);
    assert_eq!(expiry_and_orders(&shown), (old, 2));
    let shown = faulty(&sandbox, "contradict=state", subscription);
    assert_eq!(expiry_and_orders(&shown), (new.clone(), 1));
    assert_eq!(expiry_and_orders(&subscription(&sandbox)), (new, 2));

    extend(&sandbox, 1);
    let count = |shown: Value| shown.as_array().unwrap().len();
    assert_eq!(faulty(&sandbox, "contradict=order", balance), "3328.78");
    assert_eq!(count(faulty(&sandbox, "contradict=order", orders)), 2);
    assert_eq!(faulty(&sandbox, "contradict=state", balance), "3328.76");
    assert_eq!(count(faulty(&sandbox, "contradict=state", orders)), 1);
}
