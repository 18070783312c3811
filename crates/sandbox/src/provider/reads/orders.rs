//! One order by its id, or a page of a user's orders.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Null, own};
use crate::{
    exchange::Reply,
    fields::Fields,
    refusal::Refusal,
    seed::{Account, Seed, ServerOrder},
    wire,
};

/// Orders of a page. The provider's own number is not known.
const PAGE: usize = 20;

#[derive(Serialize)]
struct List<'a> {
    success: bool,
    data: Vec<View<'a>>,
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    user_id: &'a str,
    server_id: &'a str,
    service_id: &'a str,
    order_number: &'a str,
    order_type: &'a str,
    status: &'a str,
    name_server: Null,
    plan_id: Null,
    os_image_id: Null,
    versions: Null,
    location: Null,
    rental_duration_hours: i32,
    #[serde(serialize_with = "wire::money")]
    amount: Decimal,
    currency: &'a str,
    metadata: Null,
    domain_name: Null,
    domain_registration_term: Null,
    domain_suffix: Null,
    description: &'a str,
    #[serde(serialize_with = "wire::civil")]
    created_at: DateTime,
    #[serde(serialize_with = "wire::civil")]
    updated_at: DateTime,
    username: &'a str,
}

pub(super) fn answer(stock: &Seed, account: &Account, fields: &Fields) -> Result<Reply, Refusal> {
    // The last one placed comes first.
    let theirs = stock.server_orders.iter().rev().filter(|o| o.user_id == account.user_id);
    let view = |order| View::of(order, account);
    let data = match (fields.optional_text("order_id"), fields.optional_text("user_id")) {
        (Some(id), None) => theirs.filter(|order| order.id == id).map(view).collect(),
        (None, Some(user_id)) => {
            own(account, user_id)?;
            let page = fields.optional_whole("page")?.unwrap_or(1);
            let skip = usize::try_from(page).ok().and_then(|page| page.checked_sub(1));
            let skip = skip.and_then(|pages| pages.checked_mul(PAGE)).unwrap_or(usize::MAX);
            let kind = fields.optional_text("type_order");
            let theirs = theirs.filter(|order| kind.is_none_or(|kind| order.order_type == kind));
            theirs.skip(skip).take(PAGE).map(view).collect()
        }
        (None, None) => return Err(Refusal::invalid("user_id", "or order_id is required")),
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("user_id", "cannot be there with order_id"));
        }
    };
    Reply::ok(&List { success: true, data })
}

impl<'a> View<'a> {
    fn of(order: &'a ServerOrder, account: &'a Account) -> Self {
        Self {
            id: &order.id,
            user_id: &order.user_id,
            server_id: &order.server_id,
            service_id: "00000000-0000-0000-0000-000000000000",
            order_number: &order.order_number,
            order_type: &order.order_type,
            status: &order.status,
            name_server: Null,
            plan_id: Null,
            os_image_id: Null,
            versions: Null,
            location: Null,
            rental_duration_hours: order.rental_duration_hours,
            amount: order.amount,
            currency: "EUR",
            metadata: Null,
            domain_name: Null,
            domain_registration_term: Null,
            domain_suffix: Null,
            description: &order.description,
            created_at: order.created_at,
            // No order here changes once it is placed.
            updated_at: order.created_at,
            username: &account.profile.username,
        }
    }
}
