//! How many pages of a list are read, and what is kept of them.

use std::collections::BTreeMap;

use super::cases::{extension, listed, order, seen, text};
use crate::snapshot::{ListReading, Page, SeenOrder, ServerSnapshot, Snapshot};
use crate::verdict::{Case, Known};

/// An order for another server, at an hour of the day after the intent.
fn at(hour: i8) -> SeenOrder {
    SeenOrder {
        server: Some(text("another")),
        created_at: Some(jiff::civil::date(2025, 3, 20).at(hour, 0, 0, 0).into()),
        ..order(&hour.to_string(), "0.09", "completed")
    }
}

fn without_time(name: &str) -> SeenOrder {
    order(name, "0.09", "completed")
}

/// What is read of a list whose baseline showed the orders of 10 and 11 o'clock: after so many pages.
fn read(late: bool, pages: &[Vec<SeenOrder>]) -> (usize, ServerSnapshot) {
    let before = ServerSnapshot { whole: false, ..listed(&[at(11), at(10)], 1000) };
    let baseline = seen(false, &Snapshot::Server(before));
    let (order, known) = (extension(), Known { names: vec![text("9")], recent: Vec::new() });
    let placed_at = "2025-03-20T12:00:00Z".parse().unwrap();
    let case = Case { order: &order, baseline: Some(&baseline), known: &known, placed_at };
    let mut reading = ListReading::after(&case, late);
    let mut count = 0;
    while let Some(page) = reading.wants() {
        count += 1;
        assert_eq!(page.get() as usize, count);
        let orders = pages.get(count - 1).or(pages.last()).unwrap().clone();
        reading.take(Page { orders, unlisted: BTreeMap::new() });
    }
    (count, reading.end())
}

/// How many pages an early look reads. What is older than two hours before the newest is older than ours.
fn early(pages: &[Vec<SeenOrder>]) -> usize {
    let end = vec![Vec::new()];
    read(false, &[pages, &end].concat()).0
}

#[test]
fn an_early_look_ends_with_what_is_older_than_the_order_if_the_newest_come_first() {
    let rest = [vec![at(7)], vec![at(6)]].concat();
    assert_eq!(early(&[vec![at(12), at(11)], vec![at(10), at(9)], vec![at(8)], rest.clone()]), 3);
    // The newest of the baseline less two hours is not older.
    assert_eq!(early(&[vec![at(12), at(9)], rest.clone()]), 2);
    // Of times that are all the same, or rise, or are missing, nothing is known.
    assert_eq!(early(&[vec![at(8)], vec![at(7)]]), 2);
    assert_eq!(early(&[vec![at(8), at(12)], vec![at(7)]]), 3);
    assert_eq!(early(&[vec![at(12), without_time("x"), at(8)], vec![at(7)]]), 3);
    let same = SeenOrder { created_at: at(12).created_at, ..without_time("same") };
    assert_eq!(early(&[vec![at(12), same, at(8)], vec![at(7)]]), 1);
}

#[test]
fn an_early_look_ends_where_the_order_shows_and_a_late_one_at_the_end() {
    let ours = SeenOrder {
        server: Some(text("ours")),
        kind: Some(text("renew_server")),
        hours: Some(5),
        ..at(13)
    };
    let pages = [vec![ours, at(11)], vec![at(10)], Vec::new()];
    assert_eq!(read(false, &pages).0, 1);
    let (count, seen) = read(true, &pages);
    assert_eq!((count, seen.whole, seen.longest_page, seen.shows_extensions), (3, true, 2, true));
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let endless: Vec<Vec<SeenOrder>> =
        (0..200).map(|number| vec![without_time(&number.to_string())]).collect();
    assert_eq!(read(false, &endless).0, 100, "early");
    let (count, seen) = read(true, &endless);
    assert_eq!((count, seen.whole), (203, false), "the last page comes again and again");
}

#[test]
fn a_page_that_repeats_is_no_end_unless_it_does_so_three_times() {
    let shifting = [vec![at(12)], vec![at(12)], vec![at(12)], vec![at(11)], Vec::new()];
    let (count, seen) = read(true, &shifting);
    assert_eq!((count, seen.whole, seen.orders.len()), (5, true, 2));
    let (count, seen) = read(true, &[vec![at(12)], vec![at(11)]]);
    assert_eq!((count, seen.whole), (5, false));
}

#[test]
fn an_order_that_the_journal_knows_shows_that_the_list_holds_extensions() {
    assert!(read(true, &[vec![at(12), at(9)], Vec::new()]).1.shows_extensions);
    assert!(!read(true, &[vec![at(12), at(8)], Vec::new()]).1.shows_extensions);
}

#[test]
fn the_newest_come_first_where_all_times_fall_and_not_all_are_the_same() {
    let newest_first = |page: Vec<SeenOrder>| read(true, &[page, Vec::new()]).1.newest_first;
    let same = SeenOrder { created_at: at(12).created_at, ..without_time("same") };
    assert!(newest_first(vec![at(12), same.clone(), at(11)]));
    for page in [vec![], vec![at(12)], vec![at(12), same], vec![at(11), at(12), at(10)]] {
        assert!(!newest_first(page));
    }
    assert!(!newest_first(vec![at(12), without_time("odd"), at(11)]));
}

#[test]
fn orders_of_others_from_long_before_are_not_kept() {
    let kept = |page: &[SeenOrder]| read(true, &[page.to_vec(), Vec::new()]).1.orders;
    // In the baseline or not, and the newest of it less two hours.
    assert_eq!(kept(&[at(12), at(11), at(10), at(8)]), [at(12), at(11), at(10)]);
    assert_eq!(kept(&[at(12), at(9), at(8)]), [at(12), at(9)]);
}
