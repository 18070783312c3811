//! An accepted order that is another one than was ordered is accepted, and says so.

use oxhost::types::{PleskRenewal, ServerExtension};
use oxhost::{Accepted, Warning};
use oxhost_testkit::{ByteServer, json};

use crate::documented::{PLESK, SERVER, client, extension, renewal};

async fn renewed(body: &str) -> Accepted<PleskRenewal> {
    let wire = ByteServer::answering(json("200 OK", body));
    client(&wire).renew_plesk_subscription(&renewal()).await.unwrap()
}

async fn extended(body: &str) -> Accepted<ServerExtension> {
    let wire = ByteServer::answering(json("200 OK", body));
    client(&wire).extend_server_hours(&extension()).await.unwrap()
}

#[tokio::test]
async fn another_subscription() {
    let other = PLESK.replace("sub123-4567-8901-2345-678901234567", "sub999");
    let field = "subscription.id";
    let expected = Warning::OtherTarget { field, said: "sub999".to_owned() };
    for body in [other.clone(), format!(r#"{{"success": true, "data": {other}}}"#)] {
        let reply = renewed(&body).await;
        assert_eq!(reply.warnings(), std::slice::from_ref(&expected));
        assert_eq!(reply.receipt().warnings, [expected.to_string()]);
    }
}

#[tokio::test]
async fn another_number_of_months_or_hours() {
    let months =
        |said: &str| PLESK.replace("\"months_added\": 3", &format!("\"months_added\": {said}"));
    for (text, said) in [("4", 4), ("\"4\"", 4), ("-3", -3)] {
        let expected =
            Warning::OtherDuration { said: said.to_string(), ordered: 3, unit: "months" };
        assert_eq!(renewed(&months(text)).await.warnings(), [expected]);
    }
    assert_eq!(renewed(&months("\"3\"")).await.warnings(), []);
    let expected = Warning::OtherDuration { said: "24".to_owned(), ordered: 1, unit: "hours" };
    let bought = SERVER.replace("\"hours_purchased\": \"1\"", "\"hours_purchased\": 24");
    let rental = "\"rental_duration_hours\": ";
    let rented = SERVER.replace(&format!("{rental}1,"), &format!("{rental}24,"));
    for hours in [bought, rented] {
        assert_eq!(extended(&hours).await.warnings(), std::slice::from_ref(&expected));
    }
}

#[tokio::test]
async fn another_user() {
    for field in ["server_status.user_id", "server_status.owner_id"] {
        let (_, name) = field.split_once('.').unwrap();
        let is = |user: &str| format!("\"{name}\": \"{user}\"");
        let ours = is("user12345-6789-0123-4567-890123456789");
        let reply = extended(&SERVER.replace(&ours, &is("user999"))).await;
        assert_eq!(reply.warnings(), [Warning::OtherTarget { field, said: "user999".to_owned() }]);
    }
}

#[tokio::test]
async fn another_purchase() {
    let reply = extended(&SERVER.replace("renew_server", "scale_server")).await;
    assert_eq!(reply.type_.as_deref(), Some("scale_server"));
    let said = "scale_server".to_owned();
    assert_eq!(reply.warnings(), [Warning::OtherPurchase { said, expected: "renew_server" }]);
    let [words] = &reply.receipt().warnings[..] else { panic!() };
    assert!(words.contains("`scale_server`") && words.contains("client area"), "{words}");
}

/// 12.99 for 720 hours: 0.018… for one, and the provider may round either way.
#[tokio::test]
async fn another_amount_than_the_price_comes_to() {
    let charged = async |amount: &str| extended(&SERVER.replace("0.02", amount)).await;
    for fair in ["0.01", "0.02", "0.03", "\"0.02\"", "0.020"] {
        assert_eq!(charged(fair).await.warnings(), [], "{fair}");
    }
    for other in ["0.00", "0.04", "12.99", "-0.02"] {
        let expected =
            Warning::OtherAmount { charged: other.to_owned(), expected: "0.02".to_owned() };
        assert_eq!(charged(other).await.warnings(), [expected]);
    }
    let unpriced = SERVER.replace("\"plan_price\"", "\"price_of_the_plan\"");
    assert_eq!(extended(&unpriced.replace("0.02", "9")).await.warnings(), [], "nothing to compare");
}

/// Whichever comes first, in whatever letters' case, in whatever envelope.
#[tokio::test]
async fn what_differs_is_found_wherever_it_stands() {
    let speaks = |field: &str, warnings: &[Warning]| {
        let found = warnings.iter().any(|it| it.to_string().contains(field));
        assert!(found, "{field}: {warnings:?}");
    };
    let ours = "sub123-4567-8901-2345-678901234567";
    for body in [
        format!(
            r#"{{"success": true, "subscription": {{"id": "{ours}"}}, "subscription": {{"id": "x"}}}}"#
        ),
        r#"{"success": true, "Subscription": {"ID": "x"}}"#.to_owned(),
        r#"{"success": true, "subscription": null, "data": {"subscription": {"id": "x"}}}"#
            .to_owned(),
        r#"{"success": true, "data": "{\"subscription\": {\"id\": \"x\"}}"}"#.to_owned(),
    ] {
        speaks("`subscription.id` is", renewed(&body).await.warnings());
    }
    for body in [
        r#"{"success": true, "type": "renew_server", "type": "new_server"}"#,
        r#"{"success": true, "TYPE": "new_server"}"#,
        r#"{"success": true, "data": [{"type": "new_server"}]}"#,
        r#"{"success": true, "type": "renew_server", "data": {"type": "new_server"}}"#,
    ] {
        speaks("was bought, not `renew_server`", extended(body).await.warnings());
    }
    let hours =
        extended(r#"{"success": true, "hours_purchased": 1, "hours_purchased": 720}"#).await;
    speaks("hours instead of 1", hours.warnings());
    let field = "hours_purchased".to_owned();
    assert!(hours.warnings().contains(&Warning::Ambiguous { field }));
    let amount = r#"{"success": true, "order_id": "o-1", "amount": 0.02, "amount": 500, "server_status": {"plan_price": "12.99"}}"#;
    let doubtful = extended(amount).await;
    speaks("EUR were charged, but", doubtful.warnings());
    // Nobody knows which of them was charged, and an id that may not be shown is none.
    assert_eq!((doubtful.receipt().amount, &doubtful.receipt().order_id), (None, &None));
    speaks(
        "`data` could not be read",
        extended(r#"{"success": true, "data": [{"order_id": "1"}]}"#).await.warnings(),
    );
}

#[tokio::test]
async fn another_currency() {
    let reply = renewed(&PLESK.replace("\"EUR\"", "\"BTC\"")).await;
    assert_eq!(reply.warnings(), [Warning::OtherCurrency { said: "BTC".to_owned() }]);
}

#[tokio::test]
async fn what_the_reply_does_not_say_is_not_warned_of() {
    assert_eq!(renewed(r#"{"success": true}"#).await.warnings(), []);
    assert_eq!(renewed(r#"{"success": true, "subscription": {"id": null}}"#).await.warnings(), []);
    assert_eq!(
        extended(r#"{"order_id": "o1", "server_status": {"name": "vm"}}"#).await.warnings(),
        []
    );
}

#[tokio::test]
async fn an_error_beside_the_order() {
    for error in [r#""error": "no mail was sent""#, r#""Errors": ["no mail"]"#] {
        let reply = renewed(&PLESK.replacen('{', &format!("{{{error},"), 1)).await;
        assert_eq!(reply.warnings(), [Warning::ErrorBesideOrder]);
        assert_eq!(reply.receipt().warnings.len(), 1);
    }
    for none in [r#""error": "false""#, r#""errors": []"#] {
        let reply = renewed(&PLESK.replacen('{', &format!("{{{none},"), 1)).await;
        assert_eq!(reply.warnings(), []);
    }
}

/// They are judged by the reply as it came, and shown as it may be shown.
#[tokio::test]
async fn a_warning_shows_no_secret_and_a_blanked_text_makes_none() {
    let body = SERVER.replace("\"password\": null", "\"password\": \"renew_server\"");
    assert_eq!(extended(&body).await.warnings(), []);
    let body = SERVER
        .replace("\"password\": null", "\"password\": \"hunter22\"")
        .replace("renew_server", "scale hunter22");
    let reply = extended(&body).await;
    let said = "scale [redacted]".to_owned();
    assert_eq!(reply.warnings(), [Warning::OtherPurchase { said, expected: "renew_server" }]);
}
