use hyper::header::HeaderValue;
use strum::VariantArray;

use super::*;
use crate::exchange::page;

#[test]
fn every_operation_is_found_in_the_contract_with_its_number_and_the_key_header() {
    let contract = Contract::read().unwrap();
    assert!(DOCUMENT.contains(&format!("name: {}\n", contract.key_header)));
    let json = Some("application/json");
    let renew = Operation::RenewPleskSubscription;
    let extend = Operation::ExtendServerHours;
    let detail = Operation::GetPleskSubscription;
    let calls: [(_, _, _, &[&str], _); Operation::VARIANTS.len()] = [
        ("POST", "/API/orders/create_order_scale_plesk", renew, &["months"], json),
        ("POST", "/API/orders/create_order", extend, &["hours"], json),
        ("GET", "/API/plesk/subscriptions/detail", detail, &[], None),
        ("GET", "/API/orders/list_order", Operation::ListOrders, &["page"], None),
        ("GET", "/API/info_user", Operation::GetUser, &[], None),
    ];
    for (method, path, operation, numbers, media_type) in calls {
        let call = contract.call(method, path).unwrap();
        assert_eq!(call.operation, Some(operation));
        assert_eq!(call.whole_numbers, numbers);
        assert_eq!(call.media_type.as_deref(), media_type);
        assert_eq!(call.proof.is_empty(), method == "GET");
        assert_eq!(contract.method(path), Some(method));
    }
}

#[test]
fn a_call_that_the_sandbox_does_not_know_stops_nothing() {
    let path = "  /API/plesk/subscriptions/{id}/notes:\n    get:\n      operationId: listNotes\n      \
        parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}\n      \
        responses: {}\ncomponents:\n";
    let contract = Contract::with("components:\n", path).unwrap();
    let call = contract.call("GET", "/API/plesk/subscriptions/{id}/notes").unwrap();
    assert_eq!(call.operation, None);
}

#[test]
fn forms_become_types_and_null_is_one() {
    let mut schema = json!({"properties": {"a": {"x-oxhost-forms": ["string", "number"]}}});
    to_json_schema(&mut schema);
    assert_eq!(schema["properties"]["a"]["type"], json!(["string", "number", "null"]));
}

#[test]
fn nullable_becomes_a_type_of_its_own_and_a_property_of_that_name_stays() {
    let mut schema = json!({
        "type": "string", "nullable": true, "enum": ["a"],
        "properties": {"nullable": {"type": "string"}},
    });
    to_json_schema(&mut schema);
    assert_eq!(
        schema,
        json!({
            "type": ["string", "null"], "enum": ["a", null],
            "properties": {"nullable": {"type": "string"}},
        })
    );
}

fn found(status: u16, body: &str) -> Option<String> {
    let mut reply = page(status, body.into());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let contract = Contract::read().unwrap();
    let call = contract.call("POST", "/API/orders/create_order").unwrap();
    call.replies.as_ref().unwrap().contradiction(&reply)
}

#[test]
fn a_documented_reply_is_none() {
    for body in [
        "{}",
        r#"{"success": false, "message": null, "unlisted": {}}"#,
        r#"{"success": 1, "amount": 0.02, "balance_before": "3328.78", "hours_purchased": "1"}"#,
        r#"{"amount": null, "server_status": {"plan_id": "5", "cpu": [1]}}"#,
    ] {
        assert_eq!(found(200, body), None, "{body}");
    }
    assert_eq!(found(418, r#"{"success": false, "errors": {}}"#), None);
    assert_eq!(found(599, "{}"), None);
}

#[test]
fn whatever_is_not_documented_is_one_and_no_value_is_told() {
    for (status, body, words) in [
        (201, "{}", "status 201 is not documented"),
        (307, "{}", "status 307 is not documented"),
        (200, "<br />{}", "the body of a 200 is not JSON"),
        (200, "[]", "in the body of a 200, : "),
        (200, r#"{"message": 4711}"#, "in the body of a 200, /message: "),
        (200, r#"{"amount": true}"#, "in the body of a 200, /amount: "),
        (200, r#"{"hours_purchased": 1.5}"#, "in the body of a 200, /hours_purchased: "),
        (200, r#"{"success": []}"#, "in the body of a 200, /success: "),
        (
            200,
            r#"{"server_status": {"metadata": 4711}}"#,
            "in the body of a 200, /server_status/metadata: ",
        ),
        (404, r#"{"error": 4711}"#, "in the body of a 404, /error: "),
    ] {
        let found = found(status, body).unwrap();
        assert!(found.starts_with(words), "{body}: {found}");
        assert!(!found.contains("4711"), "{found}");
    }
}

#[test]
fn another_media_type_is_one() {
    let contract = Contract::read().unwrap();
    let call = contract.call("GET", "/API/info_user").unwrap();
    let found = call.replies.as_ref().unwrap().contradiction(&page(200, "{}".into()));
    assert_eq!(found.as_deref(), Some("the body of a 200 is not application/json"));
}
