//! A handshake that fails proves that nothing was sent. (One that stalls is in `bounds.rs`.)

use oxhost::{Client, ClientBuilder, OrderError};
use oxhost_sandbox::Sandbox;

use crate::documented::{extension, renewal};

fn sandbox() -> Sandbox {
    Sandbox::builder().tls().start().unwrap()
}

fn trusting(sandbox: &Sandbox) -> ClientBuilder {
    stranger(sandbox).root_certificate(sandbox.root_certificate().unwrap())
}

fn stranger(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder(sandbox.key()).base_url(sandbox.url())
}

/// Orders both ways, and gives the reasons why nothing was sent.
async fn not_sent(client: ClientBuilder, sandbox: &Sandbox, fault: Option<&str>) -> [String; 2] {
    let client = client.build().unwrap();
    let inject = || fault.iter().for_each(|fault| sandbox.inject(fault.parse().unwrap()));
    inject();
    let renewed = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
    inject();
    let extended = client.extend_server_hours(&extension()).await.unwrap_err();
    assert!(sandbox.faults_waiting().is_empty(), "{fault:?}");
    assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (0, 0));
    [renewed, extended].map(|error| {
        assert!(matches!(error, OrderError::NotSent(_)), "{fault:?}: {error}");
        error.failure().reason().to_owned()
    })
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_is_sent_nothing() {
    let sandbox = sandbox();
    for (fault, word) in [("connect:tls-expired", "expired"), ("connect:tls-name", "name")] {
        for reason in not_sent(trusting(&sandbox), &sandbox, Some(fault)).await {
            assert!(reason.contains(word), "{reason}");
        }
    }
    for reason in not_sent(stranger(&sandbox), &sandbox, None).await {
        assert!(reason.contains("UnknownIssuer"), "{reason}");
    }
    // Another one that is trusted is not enough.
    let other = self::sandbox();
    let client = stranger(&sandbox).root_certificate(other.root_certificate().unwrap());
    not_sent(client, &sandbox, None).await;

    let client = trusting(&sandbox).build().unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    assert_eq!(sandbox.ledger().len(), 1, "the good one is sent the order");
}

#[tokio::test]
async fn a_connection_that_ends_before_the_handshake_has_carried_nothing() {
    let sandbox = sandbox();
    for fault in ["connect:close", "connect:reset"] {
        not_sent(trusting(&sandbox), &sandbox, Some(fault)).await;
    }
}
