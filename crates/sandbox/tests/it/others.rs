//! Someone else acts while a client looks on.

use oxhost_sandbox::{
    BUSINESS_PLAN_ID, Decimal, EXAMPLE_SERVER_ID, Host, SERVER_ID, SUBSCRIPTION_ID, Sandbox,
    USER_ID,
};

use crate::client::{balance, extend, orders, renew, send, subscription};

#[test]
fn a_renewal_by_someone_else_is_booked_like_any_other_but_not_in_the_ledger_of_requests() {
    let sandbox = Sandbox::start().unwrap();
    let charge = sandbox.act(|world| world.renew(SUBSCRIPTION_ID, 2)).unwrap();
    assert_eq!((charge.amount, charge.units), (Decimal::new(1998, 2), 2));
    assert_eq!((sandbox.ledger(), sandbox.others()), (vec![], vec![charge.clone()]));
    assert_eq!(sandbox.requests(), []);
    assert_eq!(sandbox.balance(Host::Com), Decimal::new(9001 - 1998, 2));
    let shown = subscription(&sandbox);
    assert_eq!(shown["subscription"]["expires_at"], "2025-06-01 10:00:00");
    assert_eq!(shown["orders"][0]["id"], charge.order_id);
    // The client's own order comes on top, under another name.
    let own = renew(&sandbox, 1).json();
    assert_eq!(own["subscription"]["new_expires_at"], "2025-07-01 10:00:00");
    assert_ne!(own["order"]["id"], charge.order_id);
    let page = send(&sandbox, "GET", "/sandbox/ledger", &[], b"").json();
    assert_eq!(page["others"][0]["order_id"], charge.order_id);
    assert_eq!(page["charges"].as_array().unwrap().len(), 1);
}

#[test]
fn an_extension_by_someone_else_shows_in_orders_and_balance() {
    let sandbox = Sandbox::start().unwrap();
    let charge = sandbox.act(|world| world.extend(SERVER_ID, 720)).unwrap();
    assert_eq!(orders(&sandbox)[0]["id"], charge.order_id);
    assert_eq!(orders(&sandbox)[0]["server_id"], SERVER_ID);
    assert_eq!(balance(&sandbox), "3315.79");
    assert_eq!(sandbox.others(), [charge]);
}

#[test]
fn prices_balances_and_expiries_can_change_between_two_orders() {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .act(|world| {
            world.set_monthly_price("sandbox-plan-basic", Decimal::new(1050, 2))?;
            world.set_server_price(EXAMPLE_SERVER_ID, Decimal::new(7200, 2))?;
            world.set_balance(USER_ID, Host::Com, Decimal::new(1051, 2))?;
            world.set_balance(USER_ID, Host::Net, Decimal::new(10, 2))?;
            world.set_expiry(SUBSCRIPTION_ID, "2030-01-31T00:00:00".parse().unwrap())
        })
        .unwrap();
    assert_eq!(subscription(&sandbox)["subscription"]["price"], "10.50");
    let renewed = renew(&sandbox, 1).json();
    assert_eq!(renewed["balance_after"], "0.01");
    assert_eq!(renewed["subscription"]["new_expires_at"], "2030-02-28 00:00:00");
    assert_eq!(extend(&sandbox, 1).json()["balance_before"], "0.10");
    assert_eq!(balance(&sandbox), "0.00");
}

#[test]
fn what_cannot_be_done_says_why_and_changes_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let said = sandbox.act(|world| {
        [
            world.renew("nobody", 1).unwrap_err().to_string(),
            world.renew(SUBSCRIPTION_ID, 10).unwrap_err().to_string(),
            world.renew(SUBSCRIPTION_ID, 0).unwrap_err().to_string(),
            world.extend(SERVER_ID, -1).unwrap_err().to_string(),
            world.set_monthly_price(BUSINESS_PLAN_ID, Decimal::new(1, 3)).unwrap_err().to_string(),
            world.set_balance("nobody", Host::Net, Decimal::ONE).unwrap_err().to_string(),
        ]
    });
    assert_eq!(
        said,
        [
            "Unknown subscription_id.",
            "Insufficient balance.",
            "There is nothing to order.",
            "There is nothing to order.",
            "The amount is negative or finer than a cent.",
            "Unknown user_id.",
        ]
    );
    assert_eq!((sandbox.others(), sandbox.balance(Host::Com)), (vec![], Decimal::new(9001, 2)));
}
