//! Worlds in which a verdict was once wrong, each in as few readings as it takes.

use jiff::Timestamp;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};

use crate::order::JournaledOrder;
use crate::snapshot::{
    Observation, SeenOrder, ServerSnapshot, ShownText, Snapshot, SubscriptionSnapshot, Unlisted,
};
use crate::verdict::{Case, Known, Verdict, judge};

pub(super) fn text(text: &str) -> ShownText {
    ShownText::of(text, text)
}

pub(super) fn order(id: &str, amount: &str, status: &str) -> SeenOrder {
    SeenOrder {
        id: Some(text(id)),
        number: None,
        server: None,
        kind: None,
        hours: None,
        amount: Some(amount.parse::<rust_decimal::Decimal>().unwrap().into()),
        status: Some(text(status)),
        created_at: None,
    }
}

/// What a subscription shows that ends in a month of 2025.
fn shown(month: i8, plan: Option<&str>, price: Option<&str>, orders: &[SeenOrder]) -> Snapshot {
    Snapshot::Subscription(SubscriptionSnapshot {
        expires_at: jiff::civil::date(2025, month, 1).at(10, 0, 0, 0).into(),
        plan: plan.map(text),
        price: price.map(|price| price.parse::<rust_decimal::Decimal>().unwrap().into()),
        orders: orders.to_vec(),
        unlisted: Unlisted::default(),
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

pub(super) fn extension() -> JournaledOrder {
    JournaledOrder::Extension(ServerExtensionOrder::new("user", "ours", 5).unwrap())
}

/// A list that has shown an extension before, and evidently starts with the newest.
pub(super) fn listed(orders: &[SeenOrder], cents: impl Into<Option<i64>>) -> ServerSnapshot {
    ServerSnapshot {
        orders: orders.to_vec(),
        whole: true,
        longest_page: orders.len(),
        newest_first: true,
        shows_extensions: true,
        balance: cents.into().map(|cents| rust_decimal::Decimal::new(cents, 2).into()),
        unlisted: Unlisted::default(),
    }
}

fn with_balance(orders: &[SeenOrder], cents: i64) -> Snapshot {
    Snapshot::Server(listed(orders, cents))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn seen(late: bool, snapshot: &Snapshot) -> Observation {
    Observation::new(at("2025-03-20T12:00:00Z"), late, Ok(snapshot.clone()))
}

fn failed(late: bool) -> Observation {
    Observation::new(at("2025-03-20T12:00:00Z"), late, Err("it failed".to_owned()))
}

pub(super) fn judged(
    order: &JournaledOrder,
    before: &Snapshot,
    known: &Known,
    observations: &[Observation],
) -> Verdict {
    let baseline = seen(false, before);
    let placed_at = at("2025-03-20T12:00:00Z");
    judge(&Case { order, baseline: Some(&baseline), known, placed_at }, observations)
}

/// The verdict on the same reading to the end.
pub(super) fn verdict(
    order: &JournaledOrder,
    before: &Snapshot,
    after: Snapshot,
    known: &[&str],
) -> Verdict {
    let names = known.iter().map(|&name| text(name)).collect();
    let observations = vec![seen(true, &after); 3];
    judged(order, before, &Known { names, recent: Vec::new() }, &observations)
}

pub(super) fn is_confirmed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Confirmed { .. })
}

#[track_caller]
pub(super) fn undecided(verdict: &Verdict, reason: &str) {
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
fn an_expiry_that_moved_by_anything_but_the_months_is_not_by_ours() {
    let plain = renewal(None, Payment::Balance);
    let ends = |(month, day): (i8, i8), orders: &[SeenOrder]| {
        Snapshot::Subscription(SubscriptionSnapshot {
            expires_at: jiff::civil::date(2025, month, day).at(10, 0, 0, 0).into(),
            plan: None,
            price: Some("9.99".parse::<rust_decimal::Decimal>().unwrap().into()),
            orders: orders.to_vec(),
            unlisted: Unlisted::default(),
        })
    };
    let new = [order("new", "29.97", "completed")];
    for (from, to, is_ours) in [
        ((1, 15), (4, 15), true),
        ((1, 15), (4, 14), false),
        ((1, 15), (4, 16), false),
        // November has no 31st: its last day, or as PHP counts.
        ((8, 31), (11, 30), true),
        ((8, 31), (12, 1), true),
        ((8, 31), (12, 2), false),
    ] {
        let said = verdict(&plain, &ends(from, &[]), ends(to, &new), &[]);
        assert_eq!(is_confirmed(&said), is_ours, "{from:?} to {to:?}: {said:?}");
    }
}

#[test]
fn a_new_order_that_is_older_than_those_before_it_is_not_ours() {
    let plain = renewal(None, Payment::Balance);
    let dated = |id: &str, amount: &str, hour: i8, second: i8| SeenOrder {
        created_at: Some(jiff::civil::date(2025, 3, 20).at(hour, 0, second, 0).into()),
        ..order(id, amount, "completed")
    };
    let old = dated("old", "9.99", 12, 0);
    let before = shown(1, None, Some("9.99"), std::slice::from_ref(&old));
    // As far as clocks may run back, and a second more.
    for (hour, second, fits) in [(12, 5, true), (10, 0, true), (9, 59, false)] {
        let new = dated("new", "29.97", hour, second);
        let after = shown(4, None, Some("9.99"), &[old.clone(), new]);
        let said = verdict(&plain, &before, after, &[]);
        assert_eq!(is_confirmed(&said), fits, "{said:?}");
    }
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
    // Nor does one that does not show prove that there is none.
    undecided(&verdict(&crypto, &before, before.clone(), &[]), "paid in crypto");
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
        let other = SeenOrder { server: Some(text("another")), ..order("new", "0.09", status) };
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
    for (readings, confirmed) in [
        (vec![(false, &placed)], false),
        (vec![(true, &placed)], true),
        (vec![(false, &placed), (true, &before), (true, &before), (true, &before)], false),
        (vec![(false, &before), (true, &placed), (true, &before)], false),
        (vec![(false, &before), (true, &before), (true, &placed)], true),
    ] {
        let looks: Vec<Observation> =
            readings.into_iter().map(|(late, snapshot)| seen(late, snapshot)).collect();
        let said = judged(&scaled, &before, &Known::default(), &looks);
        if confirmed {
            assert!(is_confirmed(&said), "{said:?}");
        } else {
            undecided(&said, "a change of plan");
        }
    }
}

#[test]
fn absence_is_believed_only_of_three_late_readings_that_all_show_it() {
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let older = shown(1, Some("Basic"), Some("9.99"), &[order("old", "9.99", "completed")]);
    let plain = renewal(None, Payment::Balance);
    let same = |late| seen(late, &before);
    for (looks, reason) in [
        (vec![same(true), same(true), same(true)], None),
        (vec![same(false), same(true), same(true), same(true)], None),
        (vec![failed(false), same(true), same(true), same(true)], None),
        // One that failed is made up for.
        (vec![same(true), failed(true), same(true), same(true)], None),
        (vec![same(false); 9], Some("does not show yet")),
        (vec![same(true), same(true)], Some("does not show yet")),
        (vec![same(false), same(true), same(true)], Some("does not show yet")),
        (vec![same(true), same(true), same(true), failed(true)], Some("a reading failed")),
        (vec![failed(false), same(true), same(true)], Some("a reading failed")),
        // What is seen too early to count does not end it.
        (vec![same(true), same(true), same(true), same(false)], Some("does not show yet")),
    ] {
        let said = judged(&plain, &before, &Known::default(), &looks);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
    }
    // One that lags when it must not any more, or shows less than there was, forbids it for good.
    let looks = [seen(true, &before), same(true), same(true), same(true)];
    let said = judged(&plain, &older, &Known::default(), &looks);
    undecided(&said, "older than the one before the order");
    let looks = [vec![seen(true, &before)], vec![seen(true, &older); 3]].concat();
    let said = judged(&plain, &older, &Known::default(), &looks);
    undecided(&said, "older than the one before the order");
}

#[test]
fn without_a_baseline_nothing_is_said() {
    let plain = renewal(None, Payment::Balance);
    let known = Known::default();
    let none = failed(false);
    for (baseline, reason) in [(None, "was not read, so"), (Some(&none), "not read (it failed)")] {
        let case =
            Case { order: &plain, baseline, known: &known, placed_at: at("2025-03-20T12:00:00Z") };
        undecided(&judge(&case, &[]), reason);
    }
}

#[test]
fn another_order_of_ours_without_a_name_may_be_any_new_one() {
    let plain = renewal(None, Payment::Balance);
    let before = shown(1, Some("Basic"), Some("9.99"), &[]);
    let after = shown(4, Some("Basic"), Some("9.99"), &[order("new", "29.97", "completed")]);
    let known = Known { names: Vec::new(), recent: vec![Vec::new()] };
    undecided(
        &judged(&plain, &before, &known, &[seen(true, &after)]),
        "may be another one of ours",
    );
}

/// Nothing says that an answer and a read write names alike.
#[test]
fn another_order_of_ours_that_shows_under_no_known_name_may_be_any_new_one() {
    let plain = renewal(None, Payment::Balance);
    let new = order("new", "29.97", "completed");
    let said = |before: &[SeenOrder], after: &[SeenOrder]| {
        let before = shown(1, Some("Basic"), Some("9.99"), before);
        let after = shown(4, Some("Basic"), Some("9.99"), after);
        let names = vec![text("earlier")];
        let known = Known { names: names.clone(), recent: vec![names] };
        judged(&plain, &before, &known, &[seen(true, &after)])
    };
    undecided(&said(&[], std::slice::from_ref(&new)), "may be another one of ours");
    let earlier = order("earlier", "29.97", "completed");
    let both = [earlier.clone(), new];
    assert!(is_confirmed(&said(&[earlier], &both)), "it shows before ours");
}

#[test]
fn what_is_new_and_not_in_the_contract_may_be_the_order() {
    let with = |snapshot: &Snapshot, unlisted: &[(&str, usize)]| {
        let unlisted = unlisted.iter().map(|(path, values)| ((*path).to_owned(), *values));
        let unlisted = Unlisted(Some(unlisted.collect()));
        match snapshot.clone() {
            Snapshot::Subscription(seen) => {
                Snapshot::Subscription(SubscriptionSnapshot { unlisted, ..seen })
            }
            Snapshot::Server(seen) => Snapshot::Server(ServerSnapshot { unlisted, ..seen }),
        }
    };
    let old = [order("old", "9.99", "completed")];
    let plesk = (renewal(None, Payment::Balance), shown(1, None, Some("9.99"), &old));
    for (order, snapshot) in [plesk, (extension(), with_balance(&old, 1000))] {
        for (before, after, proves) in [
            (&[][..], &[][..], true),
            (&[("note", 1)], &[("note", 1)], true),
            (&[("note", 1)], &[("note", 0)], true),
            (&[("note", 1)], &[], true),
            (&[], &[("pending_orders", 0)], false),
            (&[("pending_orders", 0)], &[("pending_orders", 4)], false),
            (&[], &[("subscription.new_expires_at", 1)], false),
        ] {
            let baseline = seen(false, &with(&snapshot, before));
            let case = Case {
                order: &order,
                baseline: Some(&baseline),
                known: &Known::default(),
                placed_at: at("2025-03-20T12:00:00Z"),
            };
            let looks = vec![seen(true, &with(&snapshot, after)); 3];
            let verdict = judge(&case, &looks);
            assert_eq!(verdict == Verdict::NotOrdered, proves, "{before:?} {after:?}: {verdict:?}");
        }
        // An older version wrote nothing of it down.
        let baseline = seen(false, &snapshot);
        let case = Case {
            order: &order,
            baseline: Some(&baseline),
            known: &Known::default(),
            placed_at: at("2025-03-20T12:00:00Z"),
        };
        let looks = vec![seen(true, &with(&snapshot, &[("pending_orders", 4)])); 3];
        assert_eq!(judge(&case, &looks), Verdict::NotOrdered);
    }
}

#[test]
fn under_the_id_of_an_order_with_another_number_or_time_stands_another() {
    let named = |number: &str, day: i8| SeenOrder {
        number: Some(text(number)),
        created_at: Some(jiff::civil::date(2025, 1, day).at(0, 0, 0, 0).into()),
        ..order("o-1", "9.99", "completed")
    };
    let first = named("PLK_1", 1);
    assert!(first.is_same(&first));
    assert!(first.is_same(&SeenOrder { number: None, created_at: None, ..first.clone() }));
    assert!(!first.is_same(&named("PLK_2", 1)));
    assert!(!first.is_same(&named("PLK_1", 2)));
}
