//! The reads. The replies are the documented ones, in their order.

use jiff::civil::date;

use super::Dataset;
use crate::{
    fields::Fields,
    json::{Json, object},
    operation::Operation,
    refusal::Refusal,
    seed::{Account, ServerOrder},
};

/// Orders of a page. The provider's own number is not known.
const PAGE: usize = 20;

/// Answers from what there is, or was.
pub(super) fn answer(
    dataset: &Dataset,
    read: Operation,
    user: &str,
    fields: &Fields,
) -> Result<Json, Refusal> {
    let account = dataset.accounts.get(user).ok_or(Refusal::Broken)?;
    match read {
        Operation::GetPleskSubscription => subscription(dataset, account, fields),
        Operation::ListOrders => orders(dataset, account, fields),
        Operation::GetUser => self::user(account, fields),
        Operation::RenewPleskSubscription | Operation::ExtendServerHours => Err(Refusal::Broken),
    }
}

/// A Plesk subscription, and its orders.
fn subscription(dataset: &Dataset, account: &Account, fields: &Fields) -> Result<Json, Refusal> {
    let id = fields.text("id")?;
    let subscription = dataset.subscriptions.get(id);
    let subscription = subscription.filter(|subscription| subscription.owner_id == account.user_id);
    let subscription = subscription.ok_or(Refusal::Unknown("id"))?;
    let plan = dataset.plans.get(&subscription.plan_id).ok_or(Refusal::Broken)?;
    let orders = dataset.plesk_orders.get(id).into_iter().flatten().rev();
    let orders = orders.map(|order| {
        object! {
            "id": &order.id,
            "order_number": &order.order_number,
            "amount": Json::money(order.amount),
            "status": &order.status,
            "created_at": order.created_at,
        }
    });
    Ok(object! {
        "success": true,
        "subscription": object! {
            "id": id,
            "domain_name": &subscription.domain_name,
            "status": "active",
            "price": Json::money(plan.monthly_price),
            "plan_name": &plan.name,
            "client_id": "client123-4567-8901-2345-678901234567",
            "client_name": &subscription.client_name,
            "created_at": date(2025, 3, 1).at(10, 0, 0, 0),
            "expires_at": subscription.expires_at,
            "auto_renew": true,
            "ftp_username": "example_ftp",
        },
        "orders": orders.collect::<Json>(),
    })
}

/// One order by its id, or a page of a user's orders.
fn orders(dataset: &Dataset, account: &Account, fields: &Fields) -> Result<Json, Refusal> {
    let is_theirs = |order: &&ServerOrder| order.user_id == account.user_id;
    let shown = |order| server_order(order, account);
    let data: Json = match (fields.optional_text("order_id"), fields.optional_text("user_id")) {
        (Some(id), None) => {
            dataset.server_orders.get(id).filter(is_theirs).map(shown).into_iter().collect()
        }
        (None, Some(user_id)) => {
            own(account, user_id)?;
            let page = fields.optional_whole("page")?.unwrap_or(1);
            let skip = usize::try_from(page).ok().and_then(|page| page.checked_sub(1));
            let skip = skip.and_then(|pages| pages.checked_mul(PAGE)).unwrap_or(usize::MAX);
            let kind = fields.optional_text("type_order");
            // The last one placed comes first.
            let theirs = dataset.server_orders.values().rev().filter(is_theirs);
            let theirs = theirs.filter(|order| kind.is_none_or(|kind| order.order_type == kind));
            theirs.skip(skip).take(PAGE).map(shown).collect()
        }
        (None, None) => return Err(Refusal::invalid("user_id", "or order_id is required")),
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("user_id", "cannot be there with order_id"));
        }
    };
    Ok(object! { "success": true, "data": data })
}

/// What is null here is null in the documented reply, and nobody knows what it means.
fn server_order(order: &ServerOrder, account: &Account) -> Json {
    object! {
        "id": &order.id,
        "user_id": &order.user_id,
        "server_id": &order.server_id,
        "service_id": "00000000-0000-0000-0000-000000000000",
        "order_number": &order.order_number,
        "order_type": &order.order_type,
        "status": &order.status,
        "name_server": (),
        "plan_id": (),
        "os_image_id": (),
        "versions": (),
        "location": (),
        "rental_duration_hours": order.rental_duration_hours,
        "amount": Json::money(order.amount),
        "currency": "EUR",
        "metadata": (),
        "domain_name": (),
        "domain_registration_term": (),
        "domain_suffix": (),
        "description": &order.description,
        "created_at": order.created_at,
        // No order here changes once it is placed.
        "updated_at": order.created_at,
        "username": &account.username,
    }
}

/// A user, and the balance on `.net`.
fn user(account: &Account, fields: &Fields) -> Result<Json, Refusal> {
    own(account, fields.text("user_id")?)?;
    Ok(object! {
        "success": true,
        "user": object! {
            "id": &account.user_id,
            "username": &account.username,
            "email": "demo@example.com",
            "userTelegram": (),
            "balance": Json::money(account.balance_net),
            "createdAt": date(2025, 5, 27).at(18, 27, 42, 0),
            "updatedAt": account.updated_at,
            "isActive": 1,
            "superuser": 1,
            "notification_days_before": 3,
            "notification_preference": "email",
            "email_verified": false,
        },
    })
}

/// A user may be read by the user alone.
fn own(account: &Account, user_id: &str) -> Result<(), Refusal> {
    if account.user_id == user_id { Ok(()) } else { Err(Refusal::Unknown("user_id")) }
}
