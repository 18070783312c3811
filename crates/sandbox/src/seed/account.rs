//! The customers.

use std::fmt;

use jiff::civil::{DateTime, date};
use rust_decimal::Decimal;

use crate::clock::Host;

/// A customer, who may use one key on both hosts.
#[derive(Clone)]
pub struct Account {
    /// The API key. Secret: `Debug` does not show it.
    pub key: String,
    /// Id of the customer.
    pub user_id: String,
    /// Balance on `0xhost.com`, in EUR.
    pub balance_com: Decimal,
    /// Balance on `0xhost.net`, in EUR.
    pub balance_net: Decimal,
    /// What else is known of the customer.
    pub profile: Profile,
}

/// What the read of a user shows beside the balance. The default is the documented user.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name of the user.
    pub username: String,
    /// E-mail address of the user.
    pub email: String,
    /// When the user was created, in the provider's civil time.
    pub created_at: DateTime,
    /// When the record last changed: with each charge on `.net`, here.
    pub updated_at: DateTime,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            username: "demo_user".into(),
            email: "demo@example.com".into(),
            created_at: date(2025, 5, 27).at(18, 27, 42, 0),
            updated_at: date(2025, 11, 23).at(15, 39, 56, 0),
        }
    }
}

impl Account {
    pub(crate) fn balance(&self, host: Host) -> Decimal {
        match host {
            Host::Com => self.balance_com,
            Host::Net => self.balance_net,
        }
    }

    pub(crate) fn balance_mut(&mut self, host: Host) -> &mut Decimal {
        match host {
            Host::Com => &mut self.balance_com,
            Host::Net => &mut self.balance_net,
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user_id", &self.user_id)
            .field("balance_com", &self.balance_com)
            .field("balance_net", &self.balance_net)
            .finish_non_exhaustive()
    }
}
