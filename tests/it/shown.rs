//! What of a reply is shown: the fields that the contract lists, without secrets. Each rule by itself.

use oxhost::types::{PleskRenewal, ServerExtension};
use oxhost::{Accepted, Client};
use oxhost_testkit::{ByteServer, json as json_answer};
use serde_json::{Value, json};

use crate::documented::{SERVER, extension, renewal};

const KEY: &str = "canary-key/1f3a9c";
const SECRET: &str = "canary-secret-77";

async fn extended(body: &str) -> Accepted<ServerExtension> {
    let wire = ByteServer::answering(json_answer("200 OK", body));
    let client = Client::builder(KEY).base_url(wire.url()).build().unwrap();
    client.extend_server_hours(&extension()).await.unwrap()
}

async fn renewed(body: &str) -> Accepted<PleskRenewal> {
    let wire = ByteServer::answering(json_answer("200 OK", body));
    let client = Client::builder(KEY).base_url(wire.url()).build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap()
}

/// What is shown of an extension's reply that has these members as well. Holds every other form in
/// which the reply can be seen to the same.
async fn shown(members: &str) -> Value {
    let accepted = extended(&format!(r#"{{"order_id": "o-1", {members}}}"#)).await;
    let shown = accepted.reply().shown().unwrap();
    let warnings: Vec<String> = accepted.warnings().iter().map(ToString::to_string).collect();
    let receipt = serde_json::to_string(accepted.receipt()).unwrap();
    let view = serde_json::to_string(&*accepted).unwrap();
    let all = format!("{shown} {accepted:?} {:?} {view} {warnings:?} {receipt}", *accepted);
    for canary in [SECRET, KEY, "canary-key\\/1f3a9c"] {
        assert!(!all.contains(canary), "{members}: {all}");
    }
    assert_eq!(accepted.receipt().reply.as_ref(), Some(&shown));
    shown
}

#[tokio::test]
async fn listed_fields_are_shown_as_they_came() {
    let reply = extended(SERVER).await;
    let mut expected: Value = serde_json::from_str(SERVER).unwrap();
    expected["server_status"]["metadata"] = json!("[redacted]");
    assert_eq!(expected["password"], Value::Null);
    assert_eq!(reply.reply().shown().unwrap(), expected);
}

#[tokio::test]
async fn what_the_contract_does_not_list_shows_as_its_name() {
    let all = shown(&format!(
        r#""root_pass": "{SECRET}", "pin": 48151623, "cookie": {{"a": "{SECRET}"}}, "Kennwort": ["{SECRET}"],
           "flag": true, "nothing": null, "server_status": {{"vnc_pass": "{SECRET}", "name": "vm"}},
           "Order_Id": "{SECRET}""#
    ))
    .await;
    assert_eq!(
        all,
        json!({
            "order_id": "o-1", "root_pass": "[unlisted]", "pin": "[unlisted]", "cookie": "[unlisted]",
            "Kennwort": "[unlisted]", "flag": "[unlisted]", "nothing": null,
            "server_status": {"vnc_pass": "[unlisted]", "name": "vm"}, "Order_Id": "[unlisted]",
        })
    );
}

#[tokio::test]
async fn a_listed_field_that_holds_something_else_is_not_shown() {
    let all = shown(&format!(
        r#""amount": {{"key": "{SECRET}"}}, "type": ["{SECRET}"], "server_status": "{SECRET}""#
    ))
    .await;
    assert_eq!(
        all,
        json!({
            "order_id": "o-1", "amount": "[unlisted]", "type": "[unlisted]",
            "server_status": "[unlisted]",
        })
    );
}

#[tokio::test]
async fn secret_fields_are_redacted_by_name_in_any_letters_case_and_place() {
    for (members, path) in [
        (format!(r#""password": "{SECRET}""#), "/password"),
        (format!(r#""PassWord": "{SECRET}""#), "/PassWord"),
        (format!(r#""METADATA": {{"a": "{SECRET}"}}"#), "/METADATA"),
        (r#""password": 48151623"#.to_owned(), "/password"),
        (format!(r#""server_status": {{"metadata": "{SECRET}"}}"#), "/server_status/metadata"),
        (format!(r#""server_status": {{"Password": "{SECRET}"}}"#), "/server_status/Password"),
        (format!(r#""data": {{"password": "{SECRET}"}}"#), "/data/password"),
    ] {
        assert_eq!(shown(&members).await.pointer(path).unwrap(), "[redacted]", "{members}");
    }
    assert_eq!(shown(r#""password": null"#).await["password"], Value::Null);
}

#[tokio::test]
async fn a_secret_is_blanked_wherever_a_listed_text_repeats_it() {
    let password = |secret: &str| format!(r#""password": {}"#, json!(secret));
    for (secret, message) in [
        (password(SECRET), format!("use {SECRET} to log in")),
        (
            format!(r#""server_status": {{"metadata": "user=u;pw={SECRET};x=y"}}"#),
            format!("use {SECRET} to log in"),
        ),
        (password(&format!("a='x'; pw='{SECRET}'")), format!("use {SECRET} to log in")),
        (password(&json!({"a": [{"pw": SECRET}]}).to_string()), format!("use {SECRET} to log in")),
        (format!(r#""Password": ["{SECRET}"]"#), format!("use {SECRET} to log in")),
        (r#""success": true"#.to_owned(), format!("use {KEY} to log in")),
        // As JSON writes it, and as PHP does.
        (r#""success": true"#.to_owned(), KEY.replace('/', "\\/")),
        (password("s\u{e4}\"cret/77"), "s\\u00e4\\\"cret\\/77".to_owned()),
        (password("s\u{e4}\"cret/77"), "s\u{e4}\\\"cret/77".to_owned()),
        (password("ab"), "it is ab".to_owned()),
        (r#""password": 48151623"#.to_owned(), "it is 48151623".to_owned()),
    ] {
        let members =
            format!(r#"{secret}, "message": {}, "type": {}"#, json!(message), json!(message));
        let all = shown(&members).await;
        for field in ["message", "type"] {
            let text = all[field].as_str().unwrap();
            assert!(text.contains("[redacted]"), "{members}: {all}");
            assert_eq!(
                text.replace("[redacted]", "")
                    .trim_start_matches("use ")
                    .trim_start_matches("it is ")
                    .trim_end_matches(" to log in"),
                "",
                "{all}"
            );
        }
    }
    let all =
        shown(r#""password": 48151623, "hours_purchased": 48151623, "amount": "48151623.00""#);
    let all = all.await;
    assert_eq!(all["hours_purchased"], "[redacted]");
    assert_eq!(all["amount"], "[redacted].00");
    // A short one is blanked where it stands alone: it tears no words.
    let all = shown(r#""password": "ab", "message": "about the lab""#).await;
    assert_eq!(all["message"], "about the lab");
}

#[tokio::test]
async fn a_text_that_names_a_secret_field_is_not_shown() {
    for message in
        ["Password: hunter2", "login with password=hunter2", r#"{"metadata": "hunter2"}"#]
    {
        let all = shown(&format!(r#""message": {}"#, json!(message))).await;
        assert_eq!(all["message"], "[redacted]", "{message}");
    }
    let all = shown(r#""message": "your password was sent to you""#).await;
    assert_eq!(all["message"], "your password was sent to you");
}

#[tokio::test]
async fn what_an_unlisted_field_says_is_kept_out_of_the_providers_words() {
    let all = shown(&format!(r#""pin": "{SECRET}", "message": "the pin is {SECRET}""#)).await;
    assert_eq!(all["message"], "the pin is [redacted]");
}

/// Nobody can say which of two values a text repeats.
#[tokio::test]
async fn where_it_cannot_be_decided_texts_are_redacted() {
    for members in [
        r#""message": "hello", "new": 1, "new": 2"#.to_owned(),
        r#""message": "hello", "server_status": {"name": "vm", "name": "vm2"}"#.to_owned(),
        r#""message": "hello", "password": "\ud800abc""#.to_owned(),
    ] {
        let all = shown(&members).await;
        assert_eq!(
            (&all["message"], &all["order_id"]),
            (&json!("[redacted]"), &json!("[redacted]"))
        );
    }
    // It says nothing of the others.
    let all = shown(r#""message": "hello", "type": "\ud800abc""#).await;
    assert_eq!((&all["message"], &all["type"]), (&json!("hello"), &json!("[unlisted]")));
}

#[tokio::test]
async fn a_name_is_shown_without_secrets_and_control_characters_and_not_at_length() {
    let all = shown(&format!(
        r#""a{SECRET}": 1, "password": "{SECRET}", "b\u001b[2J": 1, "{}": 1"#,
        "c".repeat(100)
    ))
    .await;
    assert_eq!(all["a[redacted]"], "[unlisted]");
    assert_eq!(all["b [2J"], "[unlisted]");
    assert_eq!(all["c".repeat(60)], "[unlisted]");
    // It does not become the name of a listed field.
    let accepted =
        extended(r#"{"order_id": "o-1", " amount": "1", "amount\n": "2", "amount": "0.02"}"#).await;
    assert_eq!(accepted.amount.unwrap().to_string(), "0.02");
    assert_eq!(accepted.reply().shown().unwrap()["amount"], "0.02");
}

#[tokio::test]
async fn a_key_that_stands_in_the_reply_by_chance_costs_that_field_alone() {
    for (key, unreadable) in [
        ("order_id", &[][..]),
        ("renew_server", &[]),
        ("0.02", &["`amount`"]),
        ("2026-02-19", &["`server_status.expire_date`"]),
    ] {
        let wire = ByteServer::answering(json_answer("200 OK", SERVER));
        let client = Client::builder(key).base_url(wire.url()).build().unwrap();
        let accepted = client.extend_server_hours(&extension()).await.unwrap();
        let warnings: Vec<String> = accepted.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), unreadable.len(), "{key}: {warnings:?}");
        assert!(
            warnings.iter().zip(unreadable).all(|(it, field)| it.contains(field)),
            "{warnings:?}"
        );
        assert!(accepted.receipt().order_id.is_some());
        assert_eq!(accepted.balance_before.unwrap().to_string(), "3328.78");
    }
}

/// What nobody has listed is there for who asks, and is neither printed nor stored.
#[tokio::test]
async fn an_untyped_value_is_kept_and_serialises_as_unlisted() {
    let reply = renewed(r#"{"order": {"id": "o", "pin": 7}, "void": null, "odd": 1e999}"#).await;
    let order = reply.order.as_ref().unwrap();
    assert_eq!(order.extra["pin"].value(), 7);
    assert_eq!(format!("{:?}", order.extra), r#"{"pin": [unlisted]}"#);
    assert_eq!(serde_json::to_value(order).unwrap()["pin"], "[unlisted]");
    let stored = serde_json::to_value(&*reply).unwrap();
    assert_eq!((&stored["void"], &stored["odd"]), (&Value::Null, &json!("[unlisted]")));
    // Without `arbitrary_precision`, which another crate may switch on, no value holds the number.
    let odd = reply.extra["odd"].value();
    assert!(odd == "1e999" || odd.is_number(), "{odd}");
}

#[tokio::test]
async fn what_the_contract_does_not_list_is_named_with_how_much_there_is_of_it() {
    let reply = extended(
        r#"{"order_id": "o-1", "note": "canary-secret-77", "none": [], "list": [{"a": 1, "b": 0}, 2],
            "server_status": {"extra": {"password": "canary-secret-77"}, "status": "up"},
            "data": {"inner": true}, "canary-key/1f3a9c": 1}"#,
    )
    .await;
    let expected = [
        ("[redacted]", 1),
        ("inner", 1),
        ("list", 2),
        ("none", 0),
        ("note", 1),
        ("server_status.extra", 1),
    ];
    let found = reply.reply().unlisted();
    let found: Vec<(&str, usize)> = found.iter().map(|(path, count)| (&**path, *count)).collect();
    assert_eq!(found, expected);
}
