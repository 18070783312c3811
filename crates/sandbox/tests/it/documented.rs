//! The provider's own examples. Their text is from its pages.

use oxhost_sandbox::{EXAMPLE_SERVER_ID, Host, KEY, Sandbox};
use serde_json::Value;

use crate::client::{PLESK, SERVERS, key_header, post, send};

const PLESK_REQUEST: &str = r#"{
"subscription_id": "sub123-4567-8901-2345-678901234567",
"new_plan_id": "plan234-5678-9012-3456-789012345678",
"months": "3",
"type_payment": "balance"
}"#;

const PLESK_REPLY: &str = r#"{
"success": true,
"message": "Subscription renewed successfully",
"order": {
"id": "order234-5678-9012-3456-789012345678",
"order_number": "PLK_RENEW_20250320_123456",
"status": "completed",
"amount": "29.97",
"currency": "EUR"
},
"subscription": {
"id": "sub123-4567-8901-2345-678901234567",
"domain_name": "example.com",
"new_expires_at": "2025-07-01 10:00:00",
"months_added": 3
},
"balance_after": "60.04"
}"#;

const SERVER_REQUEST: &str = r#"{
"user_id": "user12345-6789-0123-4567-890123456789",
"server_id": "server12345-6789-0123-4567-890123456789",
"hours": "1"
}"#;

const SERVER_REPLY: &str = r#"{
"success": true,
"amount": 0.02,
"balance_before": "3328.78",
"type": "renew_server",
"plan_id": 5,
"password": null,
"hours_purchased": "1",
"upgrade_difference": 0,
"order_id": "13587d01-c8cd-11f0-8cdf-525400792197",
"server_status": {
"id": "a6bbde9c-c6df-11f0-8cdf-525400792197",
"id_solusvm": 482,
"solusvm_uuid": "06955621-8277-4272-95f2-a16001d1e3a2",
"cpu_cores": 2,
"ram": 6442450944,
"disk": 40,
"disk_type": "ssd",
"cpu": null,
"ramD": null,
"diskD": null,
"name": "vm-demo-server",
"auto_renew": 1,
"primary_ip": "192.168.100.102",
"extra_ips": null,
"status": "active",
"updated_at": "2025-11-24 01:32:36",
"plan_id": 5,
"location": "Slovenia",
"os_image_id": 2,
"rental_duration_hours": 1,
"owner_id": "user12345-6789-0123-4567-890123456789",
"created_at": "2025-11-21 14:40:32",
"expire_date": "2026-02-19 15:40:31",
"metadata": "password=demoSecurePass456",
"user_id": "user12345-6789-0123-4567-890123456789",
"username": "root",
"userIsActive": 1,
"plan_price": "12.99"
}
}"#;

/// A page's JSON without its line breaks and spaces: the order of the fields stays.
fn compact(page: &str) -> String {
    page.replace('\n', "").replace("\": ", "\":")
}

#[test]
fn the_documented_renewal_gets_the_documented_reply_field_by_field_in_order() {
    let sandbox = Sandbox::start().unwrap();
    let answer = post(&sandbox, PLESK, PLESK_REQUEST);
    assert_eq!((answer.status, answer.text), (200, compact(PLESK_REPLY)));
    assert!(answer.head.contains("\r\ncontent-type: application/json"), "{}", answer.head);
    assert_eq!(sandbox.balance(Host::Com).to_string(), "60.04");
    assert_eq!(sandbox.balance(Host::Net).to_string(), "3328.78");
}

#[test]
fn the_documented_extension_gets_the_documented_reply_field_by_field_in_order() {
    let sandbox = Sandbox::start().unwrap();
    let request =
        SERVER_REQUEST.replace("server12345-6789-0123-4567-890123456789", EXAMPLE_SERVER_ID);
    let answer = post(&sandbox, SERVERS, request);
    assert_eq!((answer.status, answer.text), (200, compact(SERVER_REPLY)));
    assert_eq!(sandbox.balance(Host::Net).to_string(), "3328.76");
    assert_eq!(sandbox.balance(Host::Com).to_string(), "90.01");
}

#[test]
fn the_server_of_the_documented_request_is_there_too() {
    let sandbox = Sandbox::start().unwrap();
    let mut expected: Value = serde_json::from_str(SERVER_REPLY).unwrap();
    expected["server_status"]["id"] = "server12345-6789-0123-4567-890123456789".into();
    assert_eq!(post(&sandbox, SERVERS, SERVER_REQUEST).json(), expected);
}

#[test]
fn the_php_sample_that_sends_the_key_as_a_content_type_too_is_served() {
    let sandbox = Sandbox::start().unwrap();
    let headers =
        [(key_header(), KEY), ("Content-Type", KEY), ("Content-Type", "application/json")];
    let answer = send(&sandbox, "POST", SERVERS, &headers, SERVER_REQUEST.as_bytes());
    assert_eq!(answer.status, 200);
}

#[test]
fn a_request_that_names_no_content_type_is_served() {
    let sandbox = Sandbox::start().unwrap();
    let headers = [(key_header(), KEY)];
    let answer = send(&sandbox, "POST", PLESK, &headers, PLESK_REQUEST.as_bytes());
    assert_eq!((answer.status, answer.text), (200, compact(PLESK_REPLY)));
}
