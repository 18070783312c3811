//! Lists of a user's orders, which show a page of themselves before an order.

use super::cases::{
    extension, is_confirmed, judged, listed, order, seen, text, undecided, verdict,
};
use crate::snapshot::{Observation, SeenOrder, ServerSnapshot, Snapshot};
use crate::verdict::{Known, Verdict};

/// An extension of ours by five hours, or one that looks like it.
fn like_ours(id: &str, time: &str) -> SeenOrder {
    SeenOrder {
        server: Some(text("ours")),
        kind: Some(text("renew_server")),
        hours: Some(5),
        created_at: Some(time.parse::<jiff::civil::DateTime>().unwrap().into()),
        ..order(id, "0.09", "completed")
    }
}

fn elsewhere(id: &str, time: &str) -> SeenOrder {
    SeenOrder { server: Some(text("another")), ..like_ours(id, time) }
}

/// The first page of a longer list.
fn page(orders: &[SeenOrder]) -> Snapshot {
    Snapshot::Server(ServerSnapshot { whole: false, ..listed(orders, 1000) })
}

/// A list that was read to its end, in pages of two.
fn in_pages(orders: &[SeenOrder], cents: impl Into<Option<i64>>) -> Snapshot {
    Snapshot::Server(ServerSnapshot { longest_page: 2, ..listed(orders, cents) })
}

#[test]
fn a_list_that_was_not_read_to_its_end_proves_no_absence() {
    let none = Snapshot::Server(listed(&[], 1000));
    let cut = Snapshot::Server(ServerSnapshot { whole: false, ..listed(&[], 1000) });
    assert_eq!(verdict(&extension(), &none, none.clone(), &[]), Verdict::NotOrdered);
    undecided(&verdict(&extension(), &none, cut.clone(), &[]), "not read to its end");
    assert_eq!(verdict(&extension(), &cut, none, &[]), Verdict::NotOrdered);
}

#[test]
fn a_list_that_has_never_shown_an_extension_proves_none_unless_the_balance_stayed() {
    let list = |shows_extensions, cents: Option<i64>| {
        Snapshot::Server(ServerSnapshot { shows_extensions, ..listed(&[], cents) })
    };
    for (before, after, reason) in [
        (list(true, None), list(false, None), None),
        (list(false, None), list(true, Some(1)), None),
        (list(false, Some(1000)), list(false, Some(1000)), None),
        (list(false, Some(1000)), list(false, Some(1001)), Some("and the balance moved")),
        (list(false, Some(1000)), list(false, Some(991)), Some("the balance fell by 0.09 EUR")),
        (list(true, Some(1000)), list(true, Some(991)), Some("the balance fell by 0.09 EUR")),
        (list(false, None), list(false, Some(1000)), Some("the balance could not be read")),
        (list(false, Some(1000)), list(false, None), Some("the balance could not be read")),
    ] {
        let said = verdict(&extension(), &before, after, &[]);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
    }
    // Five hours at 0.0019 an hour cost nothing, so a balance that stood still says nothing.
    let cheap = SeenOrder {
        kind: Some(text("dedicated_server")),
        hours: Some(720),
        created_at: Some(jiff::civil::date(2025, 1, 1).at(10, 0, 0, 0).into()),
        ..like_ours("bought", "2025-01-01T10:00:00")
    };
    for (amount, reason) in [("1.40", Some("ours would cost 0.00 EUR")), ("1.44", None)] {
        let bought = SeenOrder { amount: order("x", amount, "completed").amount, ..cheap.clone() };
        let list =
            Snapshot::Server(ServerSnapshot { shows_extensions: false, ..listed(&[bought], 1000) });
        let said = verdict(&extension(), &list, list.clone(), &[]);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
    }
    // What the journal knows as an extension shows that it holds them.
    let old = SeenOrder { kind: None, ..like_ours("known", "2025-03-18T10:00:00") };
    let list = Snapshot::Server(ServerSnapshot { shows_extensions: false, ..listed(&[old], None) });
    assert_eq!(verdict(&extension(), &list, list.clone(), &["known"]), Verdict::NotOrdered);
    undecided(&verdict(&extension(), &list, list.clone(), &[]), "has never shown an extension");
}

#[test]
fn a_list_that_does_not_start_with_the_newest_proves_no_absence_unless_the_balance_does() {
    let list = |newest_first, orders: &[SeenOrder], cents: Option<i64>| {
        Snapshot::Server(ServerSnapshot { newest_first, ..listed(orders, cents) })
    };
    let another = elsewhere("12", "2025-03-20T12:00:00");
    let cost = another.amount.unwrap().amount() * rust_decimal::Decimal::ONE_HUNDRED;
    let cost = i64::try_from(cost).unwrap();
    let other = std::slice::from_ref(&another);
    for (newest_first, shown, cents, reason) in [
        (true, &[][..], None, None),
        (true, &[], Some(1001), None),
        (false, &[], Some(1000), None),
        (false, other, Some(1000), None),
        (false, other, Some(1000 - cost), None),
        (false, &[], None, Some("start with the newest, and the balance could not be read")),
        (false, &[], Some(1001), Some("start with the newest, and the balance moved")),
        (false, other, Some(1001 - cost), Some("start with the newest, and the balance moved")),
    ] {
        let (before, after) = (list(true, &[], Some(1000)), list(newest_first, shown, cents));
        let said = verdict(&extension(), &before, after, &[]);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
        // Too early to say so, it is only not there yet.
        let early = judged(
            &extension(),
            &before,
            &Known::default(),
            &[seen(false, &list(false, &[], None))],
        );
        undecided(&early, "it does not show yet");
    }
}

#[test]
fn an_old_order_like_ours_beyond_the_first_page_is_not_taken_for_it() {
    let [first, second] =
        ["12", "11"].map(|hour| elsewhere(hour, &format!("2025-03-20T{hour}:00:00")));
    let before = page(&[first.clone(), second.clone()]);
    // The newest first: a month old; as old as the day; and as old as clocks may run back.
    for (time, reason) in [
        ("2025-02-18T10:00:00", None),
        ("2025-03-20T09:59:59", None),
        ("2025-03-20T10:00:00", Some("whether the order like was placed before")),
    ] {
        let list = [first.clone(), second.clone(), like_ours("like", time)];
        // What is in sight is not talked away by a balance that stood still: it may be an old one itself.
        for balance in [None, Some(1000)] {
            let said = verdict(&extension(), &before, in_pages(&list, balance), &[]);
            match reason {
                Some(reason) => undecided(&said, reason),
                None => assert_eq!(said, Verdict::NotOrdered),
            }
        }
    }
    // The oldest first: then only our own clock tells, with a day and a half to spare.
    let [first, second] =
        ["02-01", "02-02"].map(|day| elsewhere(day, &format!("2025-{day}T10:00:00")));
    let before = page(&[first.clone(), second.clone()]);
    for (time, balance, reason) in [
        ("2025-03-18T23:59:59", None, None),
        ("2025-03-19T00:00:00", None, Some("whether the order like was placed before")),
        ("2025-03-19T00:00:00", Some(1000), Some("whether the order like was placed before")),
        ("2025-03-19T00:00:00", Some(990), Some("whether the order like was placed before")),
    ] {
        let list = [first.clone(), second.clone(), like_ours("like", time)];
        let said = verdict(&extension(), &before, in_pages(&list, balance), &[]);
        match reason {
            Some(reason) => undecided(&said, reason),
            None => assert_eq!(said, Verdict::NotOrdered),
        }
    }
}

#[test]
fn an_order_is_confirmed_only_if_it_is_proved_new() {
    let ours = like_ours("ours", "2025-03-20T12:00:05");
    let [first, second] =
        ["12", "11"].map(|hour| elsewhere(hour, &format!("2025-03-20T{hour}:00:00")));
    let none = Known::default();
    let early = |before: &Snapshot, after: &Snapshot| {
        judged(&extension(), before, &none, &[seen(false, after)])
    };
    // It stands before what was the newest.
    let before = page(&[first.clone(), second.clone()]);
    let list = [ours.clone(), first.clone(), second.clone()];
    assert!(is_confirmed(&early(&before, &page(&list[..2]))));
    // There is no telling where the list is not sorted, or sorted by something else.
    let unsorted = page(&[second.clone(), first.clone()]);
    let list = [second.clone(), first.clone(), ours.clone()];
    undecided(&early(&unsorted, &in_pages(&list, 991)), "may be from before ours");
    let behind = [first.clone(), second.clone(), ours.clone()];
    undecided(&early(&before, &in_pages(&behind, 991)), "may be from before ours");
    // At the end, the balance tells.
    assert!(is_confirmed(&verdict(&extension(), &unsorted, in_pages(&list, 991), &[])));
    let more = verdict(&extension(), &unsorted, in_pages(&list, 990), &[]);
    undecided(&more, "whether the order ours was placed before");
    // And a page that was shorter than others was all that there was, whatever the times say.
    let one = page(std::slice::from_ref(&first));
    let old = like_ours("ours", "2024-01-01T00:00:00");
    let undated = SeenOrder { created_at: None, ..first.clone() };
    assert!(is_confirmed(&early(&one, &in_pages(&[first.clone(), ours.clone()], None))));
    let one = page(std::slice::from_ref(&undated));
    assert!(is_confirmed(&early(&one, &in_pages(&[undated, old.clone()], None))));
    assert!(is_confirmed(&early(&Snapshot::Server(listed(&[], None)), &page(&[old]))));
}

#[test]
fn two_orders_like_ours_cannot_be_told_apart() {
    let none = Snapshot::Server(listed(&[], None));
    let both = ["a", "b"].map(|id| like_ours(id, "2025-03-20T12:00:05"));
    let after = Snapshot::Server(listed(&both, None));
    let looks: Vec<Observation> = vec![seen(true, &after); 3];
    undecided(
        &judged(&extension(), &none, &Known::default(), &looks),
        "2 new orders for the server",
    );
    // Unless one of them is known.
    assert!(is_confirmed(&verdict(&extension(), &none, after, &["a"])));
}

#[test]
fn a_time_that_is_yet_to_come_does_not_make_ours_old() {
    let odd = elsewhere("odd", "2099-01-01T00:00:00");
    let before = page(std::slice::from_ref(&odd));
    let ours = like_ours("ours", "2025-03-20T12:00:05");
    let said = verdict(&extension(), &before, in_pages(&[odd, ours], None), &[]);
    assert!(is_confirmed(&said), "{said:?}");
}

#[test]
fn where_the_provider_s_clock_stands_still_long_ago_an_order_on_top_is_not_an_old_one() {
    let long_ago = "2024-01-01T00:00:00";
    let [first, second] = ["first", "second"].map(|id| elsewhere(id, long_ago));
    let before = page(&[first.clone(), second.clone()]);
    let list = [like_ours("ours", long_ago), first, second];
    undecided(
        &verdict(&extension(), &before, in_pages(&list, None), &[]),
        "whether the order ours was placed before",
    );
    let said = verdict(&extension(), &before, in_pages(&list, 991), &[]);
    assert!(is_confirmed(&said), "{said:?}");
}

/// A new row that could be ours under another id of the server's proves nothing.
#[test]
fn an_order_for_a_server_that_cannot_be_compared_is_not_another_s() {
    let before = page(&[elsewhere("old", "2025-03-20T11:00:00")]);
    for id in ["OURS", "ours ", "{ours}", "482", "00000000-0000-0000-0000-000000000000", "0"] {
        let new = SeenOrder { server: Some(text(id)), ..like_ours("new", "2025-03-20T12:00:05") };
        let list = [new, elsewhere("old", "2025-03-20T11:00:00")];
        let said = verdict(&extension(), &before, in_pages(&list, 991), &[]);
        undecided(&said, "does not say for which server");
    }
}

#[test]
fn only_a_balance_that_fell_by_just_its_cost_makes_an_unclear_order_ours() {
    // Sorted by nothing, so that no place in it tells what is new.
    let [first, second] =
        ["11", "12"].map(|hour| elsewhere(hour, &format!("2025-03-20T{hour}:00:00")));
    let before = page(&[first.clone(), second.clone()]);
    let ours = like_ours("ours", "2025-03-20T12:00:05");
    let cost = |text: &str| order("x", text, "completed").amount;
    let free = SeenOrder { amount: cost("0.00"), ..ours.clone() };
    let undated = SeenOrder { created_at: None, ..ours.clone() };
    // Someone else's, for another server, which tells what a part of the balance went to.
    let beside = elsewhere("beside", "2025-03-20T12:00:06");
    for (shown, balance, is_ours) in [
        (vec![ours.clone()], Some(991), true),
        (vec![ours.clone(), beside.clone()], Some(982), true),
        (vec![ours.clone()], Some(990), false),
        (vec![ours.clone()], Some(992), false),
        (vec![ours.clone(), beside.clone()], Some(991), false),
        (vec![ours], None, false),
        (vec![undated], Some(991), false),
        (vec![free, beside], Some(991), false),
    ] {
        let list = [vec![first.clone(), second.clone()], shown].concat();
        let said = verdict(&extension(), &before, in_pages(&list, balance), &[]);
        if is_ours {
            assert!(is_confirmed(&said), "{said:?}");
        } else {
            undecided(&said, "was placed before");
        }
    }
}
