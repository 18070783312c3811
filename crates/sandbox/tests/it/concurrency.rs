//! Many clients at once.

use std::{collections::HashSet, thread};

use oxhost_sandbox::{Decimal, Host, Sandbox};

use crate::client::{extend, renew};

const THREADS: usize = 8;
const ORDERS: usize = 50;

#[test]
fn orders_of_many_threads_are_each_booked_once() {
    let rich = Decimal::from(100_000);
    let sandbox =
        Sandbox::builder().balance(Host::Com, rich).balance(Host::Net, rich).start().unwrap();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for _ in 0..ORDERS {
                    let answer =
                        if number % 2 == 0 { renew(sandbox, 1) } else { extend(sandbox, 1) };
                    assert_eq!(answer.status, 200, "{}", answer.text);
                }
            });
        }
    });
    let charges = sandbox.ledger();
    assert_eq!(charges.len(), THREADS * ORDERS);
    let ids: HashSet<_> = charges.iter().map(|charge| &charge.order_id).collect();
    assert_eq!(ids.len(), THREADS * ORDERS);
    let half = Decimal::from(THREADS * ORDERS / 2);
    assert_eq!(sandbox.balance(Host::Com), rich - half * Decimal::new(999, 2));
    assert_eq!(sandbox.balance(Host::Net), rich - half * Decimal::new(2, 2));
    assert_eq!(sandbox.requests().len(), THREADS * ORDERS);
    // 200 months and 200 hours later, and one more of each.
    assert_eq!(renew(&sandbox, 1).json()["subscription"]["new_expires_at"], "2042-01-01 10:00:00");
    assert_eq!(extend(&sandbox, 1).json()["server_status"]["expire_date"], "2026-02-27 23:40:31");
}

#[test]
fn a_balance_that_many_threads_fight_for_is_never_overdrawn() {
    let sandbox = Sandbox::builder().balance(Host::Com, Decimal::new(9990, 2)).start().unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..5).for_each(|_| drop(renew(&sandbox, 1))));
        }
    });
    assert_eq!(sandbox.ledger().len(), 10);
    assert_eq!(sandbox.balance(Host::Com), Decimal::ZERO);
}
