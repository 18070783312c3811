//! What an order costs. Every order is rounded to cents on its own.

use rust_decimal::Decimal;

use crate::wire::cents;

/// Hours that a server's plan price pays for.
const HOURS_OF_A_PRICE: i64 = 720;

pub(super) fn of_months(monthly_price: Decimal, months: i32) -> Option<Decimal> {
    monthly_price.checked_mul(months.into()).map(cents)
}

pub(super) fn of_hours(plan_price: Decimal, hours: i32) -> Option<Decimal> {
    // Multiplied first: the price of a single hour may have no last digit.
    let hour_prices = plan_price.checked_mul(hours.into())?;
    hour_prices.checked_div(HOURS_OF_A_PRICE.into()).map(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents_of_hours(plan_price_in_cents: i64, hours: i32) -> Option<Decimal> {
        of_hours(Decimal::new(plan_price_in_cents, 2), hours)
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
    fn a_price_that_no_decimal_holds_is_none() {
        assert_eq!(of_months(Decimal::MAX, 2), None);
        assert_eq!(of_hours(Decimal::MAX, 2), None);
    }
}
