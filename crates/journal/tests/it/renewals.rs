use std::time::Duration;

use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{Placed, Sent, State};
use oxhost_sandbox::{DateTime, SUBSCRIPTION_ID};

use crate::finding_out::{BOOKED, LOST, Scene, number, renewal, why};

/// The plan of the sandbox's subscription.
const BASIC_PLAN_ID: &str = "sandbox-plan-basic";

#[tokio::test]
async fn a_price_that_changed_is_undecided() {
    let scene = Scene::new().await;
    // Between what is read before the order and the order.
    scene.inject(&["read:late=300"]);
    let order = renewal();
    let changing = async {
        while scene.sandbox.faults_fired().is_empty() {
            tokio::task::yield_now().await;
        }
        let price = "8.00".parse().unwrap();
        scene.sandbox.act(|world| world.set_monthly_price(BASIC_PLAN_ID, price)).unwrap();
    };
    let (entry, ()) = tokio::join!(scene.unknown(&order, BOOKED), changing);
    assert_eq!(scene.sandbox.ledger()[0].amount.to_string(), "24.00");
    let (found, _) = scene.find_out(&entry).await;
    assert!(why(&found).contains("cost 24.00 EUR, where a month cost 9.99 EUR"), "{}", why(&found));
}

#[tokio::test]
async fn the_end_of_a_month_may_be_counted_either_way() {
    let at = |text: &str| text.parse::<DateTime>().unwrap();
    // (expiry before, expiry that the provider makes of it, whether that is a month)
    for (before, after, fits) in [
        ("2025-01-31T10:00:00", "2025-02-28T10:00:00", true),
        ("2025-01-31T10:00:00", "2025-03-03T10:00:00", true),
        ("2025-01-31T10:00:00", "2025-03-01T10:00:00", false),
        ("2025-01-31T10:00:00", "2025-02-28T11:00:00", false),
        ("2024-01-30T10:00:00", "2024-02-29T10:00:00", true),
        ("2024-01-30T10:00:00", "2024-03-01T10:00:00", true),
        ("2024-12-31T23:59:59", "2025-01-31T23:59:59", true),
        ("2025-01-28T10:00:00", "2025-03-03T10:00:00", false),
    ] {
        let scene = Scene::new().await;
        scene.sandbox.act(|world| world.set_expiry(SUBSCRIPTION_ID, at(before))).unwrap();
        let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
        let entry = scene.unknown(&order, BOOKED).await;
        scene.sandbox.act(|world| world.set_expiry(SUBSCRIPTION_ID, at(after))).unwrap();
        let (found, _) = scene.find_out(&entry).await;
        assert_eq!(found.state == State::Confirmed, fits, "{before} {after}: {:?}", found.findings);
    }
}

#[tokio::test]
async fn an_order_without_a_baseline_is_undecided_and_shows_what_there_is() {
    for patience in [None, Some(Duration::from_secs(15))] {
        let mut scene = Scene::new().await;
        if patience.is_some() {
            scene.inject(&["read:status=500"]);
        }
        scene.journal = scene.journal.with_baseline(patience);
        let entry = scene.unknown(&renewal(), BOOKED).await;
        assert_eq!(entry.baseline.as_ref().unwrap().snapshot(), None);
        assert_eq!(scene.sandbox.ledger().len(), 1, "the order was sent all the same");
        let (found, _) = scene.find_out(&entry).await;
        assert!(why(&found).contains("nothing can be compared"), "{}", why(&found));
        assert_eq!(found.findings.unwrap().observations.len(), 1);
    }
}

#[tokio::test]
async fn a_baseline_that_does_not_come_does_not_stand_in_the_way() {
    let mut scene = Scene::new().await;
    scene.journal = scene.journal.with_baseline(Some(Duration::from_millis(50)));
    scene.inject(&["read:hold"]);
    let placed = scene.journal.place(&scene.client, renewal(), None).await.unwrap();
    assert!(
        matches!(placed, Placed::Sent(Sent { result: Ok(_), entry, .. }) if entry.state == State::Accepted)
    );
}

#[tokio::test]
async fn a_change_of_plan_must_show_as_well() {
    let scaled = |plan: &str| PleskRenewalOrder {
        new_plan_id: Some(plan.parse().unwrap()),
        ..PleskRenewalOrder::new(SUBSCRIPTION_ID, 3).unwrap()
    };
    let scene = Scene::new().await;
    let entry = scene.unknown(&scaled(oxhost_sandbox::BUSINESS_PLAN_ID), BOOKED).await;
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(number(&found), scene.sandbox.ledger()[0].order_number);
    // Lost, and someone else renews for as many months on the old plan.
    let scene = Scene::new().await;
    let entry = scene.unknown(&scaled(oxhost_sandbox::BUSINESS_PLAN_ID), LOST).await;
    scene.sandbox.act(|world| world.renew(SUBSCRIPTION_ID, 3)).unwrap();
    let (found, _) = scene.find_out(&entry).await;
    assert!(why(&found).contains("the plan did not change"), "{}", why(&found));
}

#[tokio::test]
async fn an_order_in_crypto_that_does_not_show_is_undecided() {
    let order = PleskRenewalOrder { type_payment: oxhost::types::Payment::Crypto, ..renewal() };
    let scene = Scene::new().await;
    let entry = scene.unknown(&order, LOST).await;
    let (found, _) = scene.find_out(&entry).await;
    assert!(why(&found).contains("crypto"), "{}", why(&found));
    let scene = Scene::new().await;
    let entry = scene.unknown(&order, BOOKED).await;
    let (found, _) = scene.find_out(&entry).await;
    assert_eq!(number(&found), scene.sandbox.pending()[0].order_number);
}
