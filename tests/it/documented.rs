use oxhost::types::{PleskRenewal, PleskRenewalOrder, ServerExtension, ServerExtensionOrder};
use oxhost::{Accepted, Client};
use oxhost_testkit::{ByteServer, json};
use serde_json::Value;

pub const PLESK: &str = include_str!("../documented/plesk-renewal.json");
pub const SERVER: &str = include_str!("../documented/server-extension.json");

pub fn client(wire: &ByteServer) -> Client {
    Client::builder("test-key").base_url(wire.url()).build().unwrap()
}

pub fn renewal() -> PleskRenewalOrder {
    PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3).unwrap()
}

pub fn extension() -> ServerExtensionOrder {
    ServerExtensionOrder::new(
        "user12345-6789-0123-4567-890123456789",
        "server12345-6789-0123-4567-890123456789",
        1,
    )
    .unwrap()
}

async fn renew(body: &str) -> Accepted<PleskRenewal> {
    let wire = ByteServer::answering(json("200 OK", body));
    client(&wire).renew_plesk_subscription(&renewal()).await.unwrap()
}

async fn extend(body: &str) -> Accepted<ServerExtension> {
    let wire = ByteServer::answering(json("200 OK", body));
    client(&wire).extend_server_hours(&extension()).await.unwrap()
}

fn wrapped(body: &str) -> String {
    format!(r#"{{"success": true, "message": "ok", "data": {body}}}"#)
}

/// Every number as a string, and every string of a number as a number.
fn swapped(body: &str) -> String {
    fn swap(value: &mut Value) {
        match value {
            Value::Number(number) => *value = Value::String(number.to_string()),
            Value::String(text) => {
                if let Ok(number) = text.parse::<serde_json::Number>() {
                    *value = Value::Number(number);
                }
            }
            Value::Object(members) => members.values_mut().for_each(swap),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(body).unwrap();
    swap(&mut value);
    let text = value.to_string();
    assert_ne!(value, serde_json::from_str::<Value>(body).unwrap(), "nothing was swapped");
    text
}

fn assert_renewal(reply: &Accepted<PleskRenewal>) {
    assert_eq!(reply.warnings(), []);
    assert!(reply.success.unwrap().is_true());
    let order = reply.order.as_ref().unwrap();
    assert_eq!(order.id.as_ref().unwrap().as_str(), "order234-5678-9012-3456-789012345678");
    assert_eq!(order.order_number.as_deref(), Some("PLK_RENEW_20250320_123456"));
    assert_eq!(order.status.as_deref(), Some("completed"));
    assert_eq!(order.amount.unwrap().to_string(), "29.97");
    assert_eq!(order.currency.as_deref(), Some("EUR"));
    assert!(order.extra.is_empty());
    let subscription = reply.subscription.as_ref().unwrap();
    assert_eq!(subscription.id.as_ref().unwrap().as_str(), "sub123-4567-8901-2345-678901234567");
    assert_eq!(subscription.domain_name.as_deref(), Some("example.com"));
    assert_eq!(subscription.new_expires_at.unwrap().to_string(), "2025-07-01 10:00:00");
    assert_eq!(subscription.months_added.unwrap().get(), 3);
    assert!(subscription.extra.is_empty());
    assert_eq!(reply.balance_after.unwrap().to_string(), "60.04");

    let receipt = reply.receipt();
    assert_eq!(receipt.status, 200);
    assert_eq!(receipt.order_id.as_deref(), Some("order234-5678-9012-3456-789012345678"));
    assert_eq!(receipt.order_number.as_deref(), Some("PLK_RENEW_20250320_123456"));
    assert_eq!(receipt.amount.unwrap().to_string(), "29.97");
    assert_eq!(receipt.currency.as_deref(), Some("EUR"));
    assert!(receipt.balance_before.is_none());
    assert_eq!(receipt.balance_after.unwrap().to_string(), "60.04");
    assert_eq!(receipt.expires_at.unwrap().to_string(), "2025-07-01 10:00:00");
}

fn assert_extension(reply: &Accepted<ServerExtension>) {
    assert_eq!(reply.warnings(), []);
    assert!(reply.success.unwrap().is_true());
    assert_eq!(reply.amount.unwrap().to_string(), "0.02");
    assert_eq!(reply.balance_before.unwrap().to_string(), "3328.78");
    assert_eq!(reply.type_.as_deref(), Some("renew_server"));
    assert_eq!(reply.plan_id.as_ref().unwrap().as_str(), "5");
    assert!(reply.password.is_none());
    assert_eq!(reply.hours_purchased.unwrap().get(), 1);
    assert_eq!(reply.upgrade_difference.unwrap().to_string(), "0");
    assert_eq!(reply.order_id.as_ref().unwrap().as_str(), "13587d01-c8cd-11f0-8cdf-525400792197");
    let server = reply.server_status.as_ref().unwrap();
    assert_eq!(server.id.as_ref().unwrap().as_str(), "a6bbde9c-c6df-11f0-8cdf-525400792197");
    assert_eq!(server.id_solusvm.as_ref().unwrap().as_str(), "482");
    assert_eq!(
        server.solusvm_uuid.as_ref().unwrap().as_str(),
        "06955621-8277-4272-95f2-a16001d1e3a2"
    );
    assert_eq!(server.cpu_cores.unwrap().get(), 2);
    assert_eq!(server.ram.unwrap().get(), 6_442_450_944);
    assert_eq!(server.disk.unwrap().get(), 40);
    assert_eq!(server.disk_type.as_deref(), Some("ssd"));
    assert!(server.cpu.is_none());
    assert!(server.ram_d.is_none());
    assert!(server.disk_d.is_none());
    assert_eq!(server.name.as_deref(), Some("vm-demo-server"));
    assert!(server.auto_renew.unwrap().is_true());
    assert_eq!(server.primary_ip.as_deref(), Some("192.168.100.102"));
    assert!(server.extra_ips.is_none());
    assert_eq!(server.status.as_deref(), Some("active"));
    assert_eq!(server.updated_at.unwrap().to_string(), "2025-11-24 01:32:36");
    assert_eq!(server.plan_id.as_ref().unwrap().as_str(), "5");
    assert_eq!(server.location.as_deref(), Some("Slovenia"));
    assert_eq!(server.os_image_id.as_ref().unwrap().as_str(), "2");
    assert_eq!(server.rental_duration_hours.unwrap().get(), 1);
    let user = "user12345-6789-0123-4567-890123456789";
    assert_eq!(server.owner_id.as_ref().unwrap().as_str(), user);
    assert_eq!(server.created_at.unwrap().to_string(), "2025-11-21 14:40:32");
    assert_eq!(server.expire_date.unwrap().to_string(), "2026-02-19 15:40:31");
    assert_eq!(server.metadata.as_ref().unwrap().expose(), "password=demoSecurePass456");
    assert_eq!(server.user_id.as_ref().unwrap().as_str(), user);
    assert_eq!(server.username.as_deref(), Some("root"));
    assert!(server.user_is_active.unwrap().is_true());
    assert_eq!(server.plan_price.unwrap().to_string(), "12.99");
    assert!(server.extra.is_empty());

    let receipt = reply.receipt();
    assert_eq!(receipt.order_id.as_deref(), Some("13587d01-c8cd-11f0-8cdf-525400792197"));
    assert!(receipt.order_number.is_none());
    assert_eq!(receipt.amount, reply.amount);
    assert_eq!(receipt.currency.as_deref(), Some("EUR"));
    assert_eq!(receipt.balance_before, reply.balance_before);
    assert!(receipt.balance_after.is_none());
    assert_eq!(receipt.expires_at.unwrap().to_string(), "2026-02-19 15:40:31");
}

#[tokio::test]
async fn the_documented_renewal_fills_every_field() {
    let reply = renew(PLESK).await;
    assert_renewal(&reply);
    assert_eq!(reply.message.as_deref(), Some("Subscription renewed successfully"));
    assert!(reply.extra.is_empty());
    assert_eq!(reply.reply().text(), PLESK);
    assert_eq!(reply.reply().status(), 200);
    assert_eq!(reply.reply().headers()["content-type"], "application/json");
}

#[tokio::test]
async fn the_documented_extension_fills_every_field() {
    let reply = extend(SERVER).await;
    assert_extension(&reply);
    assert!(reply.message.is_none());
    assert!(reply.extra.is_empty());
    assert_eq!(reply.reply().text(), SERVER);
}

#[tokio::test]
async fn a_payload_wrapped_in_data_is_read_as_if_it_were_not() {
    assert_renewal(&renew(&wrapped(PLESK)).await);
    assert_extension(&extend(&wrapped(SERVER)).await);
}

#[tokio::test]
async fn numbers_and_strings_may_change_places() {
    assert_renewal(&renew(&swapped(PLESK)).await);
    assert_extension(&extend(&swapped(SERVER)).await);
    assert_extension(&extend(&wrapped(&swapped(SERVER))).await);
}

#[tokio::test]
async fn the_digits_of_an_amount_are_kept_whatever_their_number() {
    let precise = "123456789012345678.123456789";
    let reply = renew(&PLESK.replace("\"60.04\"", precise)).await;
    assert_eq!(reply.balance_after.unwrap().to_string(), precise);
}

#[tokio::test]
async fn a_field_that_does_not_decode_is_absent_named_and_kept_in_the_reply_as_received() {
    let body = SERVER
        .replace("\"3328.78\"", "{\"eur\": 3328}")
        .replace("\"2026-02-19 15:40:31\"", "\"soon\"");
    let reply = extend(&body).await;
    assert!(reply.balance_before.is_none());
    assert!(reply.receipt().expires_at.is_none());
    assert_eq!(reply.amount.unwrap().to_string(), "0.02");
    let warnings: Vec<String> = reply.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].contains("`balance_before`")
            && warnings[1].contains("`server_status.expire_date`")
    );
    assert_eq!(reply.reply().text(), body);
}

#[tokio::test]
async fn a_missing_date_of_mysql_and_nulls_are_absent_without_a_warning() {
    let body = PLESK
        .replace("2025-07-01 10:00:00", "0000-00-00 00:00:00")
        .replace("\"example.com\"", "null");
    let reply = renew(&body).await;
    assert!(reply.receipt().expires_at.is_none());
    assert_eq!(reply.warnings(), []);
}

#[tokio::test]
async fn unknown_fields_are_kept() {
    let reply = extend(&SERVER.replacen('{', "{\"invoice\": {\"no\": 7},", 1)).await;
    assert_eq!(reply.extra["invoice"].value()["no"], 7);
    assert_eq!(reply.warnings(), []);
}

#[tokio::test]
async fn an_empty_php_map_in_place_of_an_object_is_absent() {
    let reply = extend(r#"{"success": true, "order_id": "x", "server_status": []}"#).await;
    assert!(reply.server_status.is_none());
    assert_eq!(reply.receipt().order_id.as_deref(), Some("x"));
}

#[tokio::test]
async fn a_date_in_another_form_and_an_amount_with_underscores_are_not_guessed_at() {
    for date in
        ["2025-07-01", "2025-07-01T10:00:00+02:00", "2025-07-01T10:00:00", "20250701T100000"]
    {
        let reply = renew(&PLESK.replace("2025-07-01 10:00:00", date)).await;
        assert!(reply.receipt().expires_at.is_none(), "{date}");
    }
    assert!(renew(&PLESK.replace("60.04", "1_000")).await.balance_after.is_none());
    assert_eq!(
        renew(&PLESK.replace("60.04", "6.004e1")).await.balance_after.unwrap().to_string(),
        "60.04"
    );
}
