//! A user, and the balance on `.net`.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Null, own};
use crate::{exchange::Reply, fields::Fields, refusal::Refusal, seed::Account, wire};

#[derive(Serialize)]
struct Detail<'a> {
    success: bool,
    user: View<'a>,
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    username: &'a str,
    email: &'a str,
    #[serde(rename = "userTelegram")]
    user_telegram: Null,
    #[serde(serialize_with = "wire::money")]
    balance: Decimal,
    #[serde(rename = "createdAt", serialize_with = "wire::civil")]
    created_at: DateTime,
    #[serde(rename = "updatedAt", serialize_with = "wire::civil")]
    updated_at: DateTime,
    #[serde(rename = "isActive")]
    is_active: u8,
    superuser: u8,
    notification_days_before: u8,
    notification_preference: &'a str,
    email_verified: bool,
}

pub(super) fn answer(account: &Account, fields: &Fields) -> Result<Reply, Refusal> {
    own(account, fields.text("user_id")?)?;
    Reply::ok(&Detail {
        success: true,
        user: View {
            id: &account.user_id,
            username: &account.profile.username,
            email: &account.profile.email,
            user_telegram: Null,
            balance: account.balance_net,
            created_at: account.profile.created_at,
            updated_at: account.profile.updated_at,
            is_active: 1,
            superuser: 1,
            notification_days_before: 3,
            notification_preference: "email",
            email_verified: false,
        },
    })
}
