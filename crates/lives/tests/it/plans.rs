//! Plans of subscriptions, and orders that change them or wait for a payment.

use crate::world::{Booking, World};

/// Plans of subscriptions: id, name, and cents a month.
pub const PLANS: [(&str, &str, i64); 3] = [
    ("plan-basic-0001", "Basic", 999),
    ("plan-business-0002", "Business", 2499),
    ("plan-small-0003", "Small", 499),
];

impl World {
    /// Makes of a renewal one that changes the plan, or is to be paid in crypto.
    pub fn alter(&mut self, booking: &mut Booking, plan: Option<usize>, crypto: bool) {
        booking.plan = plan;
        if let Some(plan) = plan {
            // What a change costs is not documented.
            let fee = [0, 0, 500][self.rng.usize(0..3)];
            booking.cents = PLANS[plan].2 * i64::from(booking.count) + fee;
        }
        booking.crypto = crypto;
        if crypto {
            booking.charged = false;
            let word = ["pending", "pending", "pending", "awaiting_payment"][self.rng.usize(0..4)];
            booking.status = (word, booking.at, word);
        }
    }

    /// What an order does to the price of its target.
    pub fn change_plan(&mut self, booking: &Booking) {
        let Some(plan) = booking.plan.filter(|_| booking.charged) else { return };
        for target in self.targets.iter_mut().filter(|it| it.id == booking.target) {
            target.price = PLANS[plan].2;
        }
    }
}
