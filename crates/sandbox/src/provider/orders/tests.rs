use super::*;
use crate::seed::{SUBSCRIPTION_ID, Seed};

fn cents_of_hours(plan_price_in_cents: i64, hours: i32) -> Option<Decimal> {
    price_of_hours(Decimal::new(plan_price_in_cents, 2), hours)
}

#[test]
fn hours_cost_their_share_of_720_rounded_half_up() {
    assert_eq!(cents_of_hours(1299, 1), Some(Decimal::new(2, 2)));
    assert_eq!(cents_of_hours(1299, 720), Some(Decimal::new(1299, 2)));
    // Half a cent, just less, and two and a half (which would go to the even 2 at a bank).
    assert_eq!(cents_of_hours(360, 1), Some(Decimal::new(1, 2)));
    assert_eq!(cents_of_hours(359, 1), Some(Decimal::ZERO));
    assert_eq!(cents_of_hours(1800, 1), Some(Decimal::new(3, 2)));
}

#[test]
fn a_price_that_no_decimal_holds_is_refused() {
    let mut seed = Seed::documented();
    seed.plans.iter_mut().for_each(|plan| plan.monthly_price = Decimal::MAX);
    let now = seed.subscriptions[0].expires_at;
    let dataset = Dataset::from(seed);
    let refused = |months| renewal(&dataset, SUBSCRIPTION_ID, months, None, now).err();
    assert_eq!(refused(2), Some(Refusal::invalid("months", "is too large")));
    assert_eq!(refused(1), None);
    assert_eq!(price_of_hours(Decimal::MAX, 2), None);
}
