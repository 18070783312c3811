//! Which of a user's orders were placed after the baseline was read.
//!
//! The baseline holds one page of the list at most, so an order that was not in it is not new for that.
//! Names and position prove more than times: a time is the provider's, without a zone, and is compared
//! with our own clock only with a day and a half to spare.

use jiff::civil::DateTime;
use jiff::{ToSpan, tz::TimeZone};

use super::Case;
use crate::snapshot::{SeenOrder, ServerSnapshot};

/// How far the provider's civil times may run back: an hour where daylight saving ends, and one to
/// spare.
const CLOCKS_BACK_HOURS: i64 = 2;

/// No zone is further from UTC than 14 hours; the rest is for clocks that are wrong.
const ANY_ZONE_HOURS: i64 = 36;

/// What is known of when an order was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// After the baseline.
    New,
    /// Before the baseline.
    Old,
    /// Either.
    Unclear,
}

/// The novelty of each order that was read after ours.
pub(super) fn novelties(
    case: &Case<'_>,
    before: &ServerSnapshot,
    after: &ServerSnapshot,
) -> Vec<Novelty> {
    let was_there = |order: &SeenOrder| before.orders.iter().any(|it| it.is_same(order));
    let last_that_was_there = after.orders.iter().rposition(was_there);
    let all_was_read = before.whole || before.longest_page < after.longest_page;
    let newest = newest_if_first(&before.orders);
    let (earliest, by_our_clock) = (earliest_of_ours(case, before), our_clock(case));
    let latest = before.orders.iter().filter_map(SeenOrder::time).max();
    let of = |(index, order): (usize, &SeenOrder)| {
        let time = order.time();
        let is_before = |bound: Option<DateTime>| time.zip(bound).is_some_and(|(at, it)| at < it);
        // One that stands before an order of the first page would have stood on it.
        let stands_before = last_that_was_there.is_some_and(|last| index < last);
        let on_top = time.zip(newest).is_some_and(|(at, newest)| at >= newest) && stands_before;
        if was_there(order) || is_before(earliest) {
            Novelty::Old
        } else if all_was_read || on_top {
            Novelty::New
        } else if is_before(by_our_clock) && (is_before(latest) || !stands_before) {
            // Our clock tells nothing of one that came on top: there the provider's is far behind.
            Novelty::Old
        } else {
            Novelty::Unclear
        }
    };
    after.orders.iter().enumerate().map(of).collect()
}

/// Which orders of a list need not be kept: they are older than the baseline, and were not in it.
pub(crate) fn is_too_old(
    case: &Case<'_>,
    before: &ServerSnapshot,
    after: &ServerSnapshot,
) -> Vec<bool> {
    let novelties = novelties(case, before, after);
    let too_old = |(order, novelty): (&SeenOrder, Novelty)| {
        novelty == Novelty::Old && !before.orders.iter().any(|it| it.is_same(order))
    };
    after.orders.iter().zip(novelties).map(too_old).collect()
}

/// No order from after the baseline has an earlier time, unless the provider's clock was set back by
/// more than there is to spare.
pub(crate) fn earliest_of_ours(case: &Case<'_>, before: &ServerSnapshot) -> Option<DateTime> {
    // A time that is yet to come says nothing of the clock.
    let most = utc(case).checked_add(ANY_ZONE_HOURS.hours()).ok()?;
    let times = before.orders.iter().filter_map(SeenOrder::time).filter(|time| *time <= most);
    times.max()?.checked_sub(CLOCKS_BACK_HOURS.hours()).ok()
}

fn our_clock(case: &Case<'_>) -> Option<DateTime> {
    utc(case).checked_sub(ANY_ZONE_HOURS.hours()).ok()
}

fn utc(case: &Case<'_>) -> DateTime {
    TimeZone::UTC.to_datetime(case.placed_at)
}

/// The time of the newest order, where the newest evidently come first: all have a time, not all the same
/// one, and none is later than the one before it.
pub(crate) fn newest_if_first(orders: &[SeenOrder]) -> Option<DateTime> {
    let times: Option<Vec<DateTime>> = orders.iter().map(SeenOrder::time).collect();
    let times = times?;
    let falling = times.is_sorted_by(|earlier, later| earlier >= later);
    let (first, last) = (times.first().copied()?, times.last().copied()?);
    (falling && first > last).then_some(first)
}
