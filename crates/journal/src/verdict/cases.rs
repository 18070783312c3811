//! Worlds in which a verdict was once wrong, each in as few readings as it takes.

use std::collections::BTreeSet;

use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};

use super::{Verdict, judge};
use crate::order::JournaledOrder;
use crate::reading::{Look, Reading, SeenOrder, ServerReading, SubscriptionReading};

fn order(id: &str, amount: &str, status: &str) -> SeenOrder {
    SeenOrder {
        id: id.to_owned(),
        number: None,
        server: None,
        kind: None,
        hours: None,
        amount: Some(amount.parse::<rust_decimal::Decimal>().unwrap().into()),
        status: Some(status.to_owned()),
        created_at: None,
    }
}

/// What a subscription shows that ends in a month of 2025.
fn shown(month: i8, plan: Option<&str>, price: Option<&str>, orders: &[SeenOrder]) -> Reading {
    Reading::Subscription(SubscriptionReading {
        expires_at: jiff::civil::date(2025, month, 1).at(10, 0, 0, 0).into(),
        plan: plan.map(str::to_owned),
        price: price.map(|price| price.parse::<rust_decimal::Decimal>().unwrap().into()),
        orders: orders.to_vec(),
    })
}

/// A renewal by three months.
fn renewal(plan: Option<&str>, payment: Payment) -> JournaledOrder {
    JournaledOrder::Renewal(PleskRenewalOrder {
        new_plan_id: plan.map(|plan| plan.parse().unwrap()),
        type_payment: payment,
        ..PleskRenewalOrder::new("subscription", 3).unwrap()
    })
}

fn extension() -> JournaledOrder {
    JournaledOrder::Extension(ServerExtensionOrder::new("user", "ours", 5).unwrap())
}

fn with_balance(orders: &[SeenOrder], cents: i64) -> Reading {
    Reading::Server(ServerReading {
        orders: orders.to_vec(),
        since: None,
        whole: true,
        balance: Some(rust_decimal::Decimal::new(cents, 2).into()),
    })
}

/// The verdict on the same reading over the whole window.
fn verdict(order: &JournaledOrder, before: &Reading, after: Reading, known: &[&str]) -> Verdict {
    let known: BTreeSet<String> = known.iter().map(|&name| name.to_owned()).collect();
    let looks = vec![Look::Seen(after); 3];
    judge(order, Some(before), &looks, &known, true)
}

#[track_caller]
fn undecided(verdict: &Verdict, reason: &str) {
    let Verdict::Undecided { why } = verdict else { panic!("{verdict:?}") };
    assert!(why.contains(reason), "{why}");
}

#[test]
fn a_plan_that_does_not_show_has_neither_changed_nor_stayed() {
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let after = |plan| shown(4, plan, Some("9.99"), &[order("new", "29.97", "completed")]);
    let scaled = renewal(Some("business"), Payment::Balance);
    undecided(&verdict(&scaled, &before, after(None), &[]), "the plan does not show");
    undecided(&verdict(&scaled, &before, after(Some("Basic")), &[]), "the plan did not change");
    let found = verdict(&scaled, &before, after(Some("Business")), &[]);
    assert!(matches!(found, Verdict::Confirmed { .. }), "{found:?}");

    let plain = renewal(None, Payment::Balance);
    undecided(&verdict(&plain, &before, after(Some("Business")), &[]), "which was not ordered");
    let found = verdict(&plain, &before, after(None), &[]);
    assert!(matches!(found, Verdict::Confirmed { .. }), "{found:?}");
    // And without an order.
    let same = |plan| shown(1, plan, Some("9.99"), &[]);
    assert_eq!(verdict(&plain, &before, same(None), &[]), Verdict::NotOrdered);
    undecided(&verdict(&plain, &before, same(Some("Business")), &[]), "the plan changed");
}

#[test]
fn without_a_price_nobody_knows_what_the_new_order_is_for() {
    let plain = renewal(None, Payment::Balance);
    let before = |price| shown(1, Some("Basic"), price, &[]);
    // Of two orders of someone else's, the reading shows one, and what both have moved.
    let lagging = |price| shown(4, Some("Basic"), price, &[order("new", "9.99", "completed")]);
    for price in [None, Some("9.99")] {
        for later in [None, Some("9.99")] {
            let verdict = verdict(&plain, &before(price), lagging(later), &[]);
            undecided(&verdict, "cost 9.99 EUR, where a month cost");
        }
    }
    // The price after it is as good as the one before.
    let after = shown(4, Some("Basic"), Some("9.99"), &[order("new", "29.97", "completed")]);
    let found = verdict(&plain, &before(None), after, &[]);
    assert!(matches!(found, Verdict::Confirmed { .. }), "{found:?}");
}

#[test]
fn what_another_order_of_ours_has_moved_is_not_taken_for_ours() {
    let scaled = renewal(Some("business"), Payment::Balance);
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    // Two months of ours and one of someone else's, who also changed the plan.
    let orders = [order("theirs", "24.99", "completed"), order("known", "19.98", "completed")];
    let after = shown(4, Some("Business"), Some("24.99"), &orders);
    undecided(&verdict(&scaled, &before, after, &["known"]), "another order of ours");
}

#[test]
fn an_order_that_waits_for_its_payment_has_moved_nothing() {
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let after =
        |month, status| shown(month, Some("Basic"), Some("9.99"), &[order("new", "29.97", status)]);
    let crypto = renewal(None, Payment::Crypto);
    for (month, status, fits) in [
        (1, "pending", true),
        (4, "completed", true),
        (4, "pending", false),
        (1, "completed", false),
    ] {
        let verdict = verdict(&crypto, &before, after(month, status), &[]);
        assert_eq!(
            matches!(verdict, Verdict::Confirmed { .. }),
            fits,
            "{month} {status}: {verdict:?}"
        );
    }
    // From the balance, nothing waits.
    let plain = renewal(None, Payment::Balance);
    undecided(&verdict(&plain, &before, after(1, "pending"), &[]), "is pending");
}

#[test]
fn an_order_that_names_neither_server_nor_hours_may_be_ours() {
    let before = with_balance(&[], 1000);
    for (hours, may_be_ours) in [(None, true), (Some(5), true), (Some(6), false)] {
        let nameless = SeenOrder { hours, ..order("new", "0.09", "completed") };
        let verdict = verdict(&extension(), &before, with_balance(&[nameless], 991), &[]);
        if may_be_ours {
            undecided(&verdict, "does not say for which server");
        } else {
            assert_eq!(verdict, Verdict::NotOrdered);
        }
    }
}

#[test]
fn an_order_that_failed_does_not_explain_what_the_balance_lost() {
    let before = with_balance(&[], 1000);
    for (status, explains) in [("completed", true), ("failed", false), ("pending", false)] {
        let other =
            SeenOrder { server: Some("another".to_owned()), ..order("new", "0.09", status) };
        let verdict = verdict(&extension(), &before, with_balance(&[other], 991), &[]);
        if explains {
            assert_eq!(verdict, Verdict::NotOrdered);
        } else {
            undecided(&verdict, "the balance fell by 0.09 EUR more");
        }
    }
}

#[test]
fn a_change_of_plan_is_believed_only_if_it_shows_at_the_end() {
    let scaled = renewal(Some("business"), Payment::Balance);
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let placed = shown(4, Some("Business"), Some("24.99"), &[order("new", "9.99", "completed")]);
    let [early, late] = [before.clone(), placed].map(Look::Seen);
    for (looks, settled, confirmed) in [
        (vec![&late], false, false),
        (vec![&late], true, true),
        (vec![&early, &late, &early], true, false),
        (vec![&late, &early, &early, &early], true, false),
        (vec![&early, &early, &late], true, true),
    ] {
        let looks: Vec<Look> = looks.into_iter().cloned().collect();
        let said = judge(&scaled, Some(&before), &looks, &BTreeSet::new(), settled);
        if confirmed {
            assert!(matches!(said, Verdict::Confirmed { .. }), "{said:?}");
        } else {
            undecided(&said, "a change of plan");
        }
    }
}

#[test]
fn absence_is_believed_at_the_end_of_three_readings_that_show_it() {
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let (same, failed) = (Look::Seen(before.clone()), Look::Failed("it failed".to_owned()));
    let plain = renewal(None, Payment::Balance);
    for (looks, settled, reason) in [
        (vec![&same; 3], true, None),
        (vec![&failed, &same, &same, &same], true, None),
        (vec![&same; 3], false, Some("does not show yet")),
        (vec![&same; 2], true, Some("does not show yet")),
        (vec![&same, &same, &same, &failed], true, Some("a reading failed")),
        (vec![&failed, &same, &same], true, Some("a reading failed")),
    ] {
        let looks: Vec<Look> = looks.into_iter().cloned().collect();
        let said = judge(&plain, Some(&before), &looks, &BTreeSet::new(), settled);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
    }
}

#[test]
fn a_list_that_was_not_read_to_its_end_proves_no_absence() {
    let (whole, Reading::Server(cut)) = (with_balance(&[], 1000), with_balance(&[], 1000)) else {
        panic!()
    };
    let cut = Reading::Server(ServerReading { whole: false, ..cut });
    assert_eq!(verdict(&extension(), &whole, whole.clone(), &[]), Verdict::NotOrdered);
    undecided(&verdict(&extension(), &whole, cut.clone(), &[]), "too long to be read");
    undecided(&verdict(&extension(), &cut, whole.clone(), &[]), "too long to be read before");
}
