//! Properties of any series of orders.

use oxhost_sandbox::{BUSINESS_PLAN_ID, Decimal, Host, PLAN_ID, Sandbox};
use proptest::{collection, prelude::*};
use serde_json::Value;

use crate::client::{PLESK, extend, post, renewal};

#[derive(Clone, Debug)]
enum Order {
    Months(i32, bool),
    Hours(i32),
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        (1..40, any::<bool>()).prop_map(|(months, dear)| Order::Months(months, dear)),
        (1..3000).prop_map(Order::Hours),
    ]
}

/// Price in cents, in whole numbers: not the way the sandbox does it.
fn price(order: &Order) -> i64 {
    match *order {
        Order::Months(months, dear) => i64::from(months) * if dear { 2499 } else { 999 },
        // Half up: twice the fraction, and one half more.
        Order::Hours(hours) => (2 * 1299 * i64::from(hours) + 720) / (2 * 720),
    }
}

fn place(sandbox: &Sandbox, order: &Order) -> Value {
    match *order {
        Order::Months(months, dear) => {
            let mut body = renewal(months);
            body["new_plan_id"] = if dear { BUSINESS_PLAN_ID } else { PLAN_ID }.into();
            post(sandbox, PLESK, body.to_string()).json()
        }
        Order::Hours(hours) => extend(sandbox, hours).json(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn balances_fall_by_the_sum_of_the_charges_and_expiries_only_rise(
        orders in collection::vec(order(), 1..12)
    ) {
        let rich = Decimal::from(1_000_000);
        let sandbox =
            Sandbox::builder().balance(Host::Com, rich).balance(Host::Net, rich).start().unwrap();
        let mut expiries = ["2025-04-01 10:00:00".to_owned(), "2026-02-19 14:40:31".to_owned()];
        for order in &orders {
            let reply = place(&sandbox, order);
            let (which, expiry) = match order {
                Order::Months(..) => (0, &reply["subscription"]["new_expires_at"]),
                Order::Hours(_) => (1, &reply["server_status"]["expire_date"]),
            };
            let expiry = expiry.as_str().unwrap().to_owned();
            prop_assert!(expiry > expiries[which], "{expiry} after {}", expiries[which]);
            expiries[which] = expiry;
        }
        let charges = sandbox.ledger();
        let amounts: Vec<_> = charges.iter().map(|charge| charge.amount).collect();
        let expected: Vec<_> = orders.iter().map(|order| Decimal::new(price(order), 2)).collect();
        prop_assert_eq!(&amounts, &expected);
        for (host, operation) in
            [(Host::Com, "renewPleskSubscription"), (Host::Net, "extendServerHours")]
        {
            let charged = charges.iter().filter(|charge| charge.operation == operation);
            let charged: Decimal = charged.map(|charge| charge.amount).sum();
            prop_assert_eq!(sandbox.balance(host), rich - charged);
        }
    }
}
