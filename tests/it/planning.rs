//! Which renewal a date needs: read, and never ordered.

use jiff::civil::{Date, date};
use oxhost::types::SubscriptionId;
use oxhost::{Client, ReadError, RenewalPlan};
use oxhost_testkit::{ByteServer, json};

use crate::reads::SUBSCRIPTION;

/// It ends on 2025-04-01.
const ID: &str = "sub123-4567-8901-2345-678901234567";

async fn plan(body: &str, key: &str, date: Date) -> Result<RenewalPlan, ReadError> {
    let wire = ByteServer::answering(json("200 OK", body));
    let client = Client::builder(key).base_url(wire.url()).build().unwrap();
    let id: SubscriptionId = ID.parse().unwrap();
    let plan = client.plan_renewal(&id, date).await;
    let lines: Vec<String> = wire.requests().iter().map(|it| it.line().to_owned()).collect();
    assert_eq!(lines, [format!("GET /API/plesk/subscriptions/detail?id={ID} HTTP/1.1")]);
    plan
}

#[tokio::test]
async fn a_date_needs_the_fewest_months_that_reach_it() {
    for (until, months) in [
        (date(2025, 4, 2), 1),
        (date(2025, 5, 1), 1),
        (date(2025, 5, 2), 2),
        (date(2026, 4, 1), 12),
    ] {
        let RenewalPlan::Renew { order, ends } =
            plan(SUBSCRIPTION, "test-key", until).await.unwrap()
        else {
            panic!("{until}")
        };
        assert_eq!((order.subscription_id.as_str(), order.months.get()), (ID, months), "{until}");
        assert_eq!(ends.to_string(), "2025-04-01 10:00:00");
    }
}

#[tokio::test]
async fn a_date_that_is_reached_needs_nothing() {
    for until in [date(2025, 4, 1), date(2025, 3, 31), date(1970, 1, 1)] {
        let plan = plan(SUBSCRIPTION, "test-key", until).await.unwrap();
        let RenewalPlan::Enough(ends) = plan else { panic!("{until}: {plan:?}") };
        assert_eq!(ends.to_string(), "2025-04-01 10:00:00");
    }
}

#[tokio::test]
async fn a_date_that_no_renewal_reaches_is_no_failure_to_read() {
    for until in [date(9999, 12, 2), Date::MAX] {
        let plan = plan(SUBSCRIPTION, "test-key", until).await.unwrap();
        let RenewalPlan::OutOfReach(ends) = plan else { panic!("{until}: {plan:?}") };
        assert_eq!(ends.to_string(), "2025-04-01 10:00:00");
    }
}

#[tokio::test]
async fn no_plan_is_made_of_a_reply_that_does_not_say_so() {
    for (body, until, why) in [
        (SUBSCRIPTION.replace(ID, "sub999"), date(2025, 5, 1), "not about this subscription"),
        (SUBSCRIPTION.replace(ID, ""), date(2025, 5, 1), "not about this subscription"),
        (SUBSCRIPTION.replace("2025-04-01 10:00:00", "soon"), date(2025, 5, 1), "when"),
        (r#"{"success": true}"#.to_owned(), date(2025, 5, 1), "lacks the subscription"),
    ] {
        let error = plan(&body, "test-key", until).await.unwrap_err();
        assert!(matches!(error, ReadError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    let error = plan(r#"{"success": false}"#, "test-key", date(2025, 5, 1)).await.unwrap_err();
    assert!(matches!(error, ReadError::Refused(_)), "{error}");
}

/// A key that stands in the reply is blanked in what is shown, not in what is judged.
#[tokio::test]
async fn a_plan_is_made_of_the_reply_as_it_was_sent() {
    for key in [ID, "2025-04-01"] {
        let wire = ByteServer::answering(json("200 OK", SUBSCRIPTION));
        let client = Client::builder(key).base_url(wire.url()).build().unwrap();
        let reply = client.get_plesk_subscription(&ID.parse().unwrap()).await.unwrap();
        assert!(!serde_json::to_string(&*reply).unwrap().contains(key), "{key}");
        assert!(serde_json::to_string(&reply.exact()).unwrap().contains(key), "{key}");
        assert!(plan(SUBSCRIPTION, key, date(2025, 5, 1)).await.is_ok(), "{key}");
    }
}

#[tokio::test]
async fn no_plan_is_made_of_a_reply_that_contradicts_itself() {
    let expiry = r#""expires_at": "2025-04-01 10:00:00""#;
    assert!(SUBSCRIPTION.contains(expiry));
    let twice =
        SUBSCRIPTION.replace(expiry, &format!(r#"{expiry}, "expires_at": "2027-01-01 10:00:00""#));
    let cased =
        SUBSCRIPTION.replace(expiry, &format!(r#"{expiry}, "Expires_At": "2027-01-01 10:00:00""#));
    let wrapped = SUBSCRIPTION.replacen('{', r#"{"data": {"subscription": {"id": "other"}},"#, 1);
    for body in [&twice, &cased, &wrapped] {
        let error = plan(body, "test-key", date(2025, 6, 1)).await.unwrap_err();
        assert!(error.to_string().contains("several times"), "{error}");
    }
    let again = SUBSCRIPTION.replace(expiry, &format!("{expiry}, {expiry}"));
    assert!(plan(&again, "test-key", date(2025, 6, 1)).await.is_ok(), "the same again");
}
