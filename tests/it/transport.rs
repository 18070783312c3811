use oxhost::contract::API_KEY_HEADER;
use oxhost::contract::operations;
use oxhost::{Client, Outcome};
use oxhost_sandbox::Sandbox;
use oxhost_sandbox::fault::{Fault, Kind, Redirect, ReplyFault, Stage, To};
use oxhost_testkit::{ByteServer, http, json};

use crate::documented::{PLESK, SERVER, client, extension, renewal};

#[tokio::test]
async fn a_request_carries_what_it_must_and_nothing_else() {
    let wire = ByteServer::answering(json("200 OK", PLESK));
    client(&wire).renew_plesk_subscription(&renewal()).await.unwrap();
    let [request] = &wire.requests()[..] else { panic!() };
    assert_eq!(request.line(), "POST /API/orders/create_order_scale_plesk HTTP/1.1");
    let mut names: Vec<&str> =
        request.head.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect();
    names.sort_unstable();
    let mut expected = [
        "accept",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        API_KEY_HEADER,
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(request.header("connection"), ["close"], "nothing follows an order");
    assert_eq!(request.header(API_KEY_HEADER), ["test-key"]);
    assert_eq!(request.header("content-type"), ["application/json"]);
}

#[tokio::test]
async fn each_operation_goes_to_its_own_host() {
    let plesk = ByteServer::answering(json("200 OK", PLESK));
    let servers = ByteServer::answering(json("200 OK", SERVER));
    let client = Client::builder("test-key")
        .host_url("0xhost.com", format!("{}/prefix/", plesk.url()))
        .host_url("0xhost.net", servers.url())
        .build()
        .unwrap();
    client.renew_plesk_subscription(&renewal()).await.unwrap();
    client.extend_server_hours(&extension()).await.unwrap();
    assert_eq!(
        plesk.requests()[0].line(),
        "POST /prefix/API/orders/create_order_scale_plesk HTTP/1.1"
    );
    assert_eq!(servers.requests()[0].line(), "POST /API/orders/create_order HTTP/1.1");
    assert_eq!((plesk.requests().len(), servers.requests().len()), (1, 1));
    let renewal = &operations::RENEW_PLESK_SUBSCRIPTION;
    let url = format!("{}/prefix/API/orders/create_order_scale_plesk", plesk.url());
    assert_eq!(client.url(renewal).unwrap(), url);
}

#[tokio::test]
async fn no_redirect_is_followed_with_the_order_or_the_key() {
    let other = ByteServer::answering(json("200 OK", PLESK));
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        for target in [format!("{}/elsewhere", other.url()), "/elsewhere".to_owned()] {
            let location = format!("location: {target}");
            let answer = if target.starts_with('/') { "{}" } else { "" };
            let wire = ByteServer::answering(http(status, &[&location], answer));
            let error = client(&wire).renew_plesk_subscription(&renewal()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{status}");
            assert!(error.failure().reason().contains("redirect"), "{error}");
            assert_eq!(wire.requests().len(), 1, "{status}");
        }
    }
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn a_packed_answer_is_not_asked_for_and_not_unpacked() {
    // `{"success": true}`
    const PACKED: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\x2e\x4d\x4e\x4e\x2d\
        \x2e\x56\xb2\x52\x28\x29\x2a\x4d\xad\x05\x00\x6f\x67\x09\xf1\x11\x00\x00\x00";
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        PACKED.len()
    );
    let wire = ByteServer::answering([head.as_bytes(), PACKED].concat());
    let error = client(&wire).renew_plesk_subscription(&renewal()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(wire.requests()[0].header("accept-encoding"), [""; 0]);
}

/// Where the target takes orders, too.
#[tokio::test]
async fn no_redirect_takes_a_booked_order_or_the_key_anywhere() {
    for status in [301, 302, 303, 307, 308] {
        for to in [To::Same, To::Other, To::Plain, To::Dead] {
            let sandbox = Sandbox::start().unwrap();
            let kind = Kind::Reply(ReplyFault::Redirect(Redirect { status, to }));
            let fault = Fault::new(Stage::After, kind).unwrap();
            sandbox.inject(fault.clone());
            let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap();
            let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{fault}: {error}");
            assert_eq!(error.failure().status().unwrap(), status, "{fault}");
            assert_eq!(sandbox.faults_fired().len(), 1, "{fault}");
            assert_eq!((sandbox.requests().len(), sandbox.ledger().len()), (1, 1), "{fault}");
            assert!(sandbox.elsewhere().is_empty(), "{fault}");
        }
    }
}
