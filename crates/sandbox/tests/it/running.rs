//! Starting, stopping, setting up, and looking at what came in.

use std::{
    io::{ErrorKind, Read},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use oxhost_sandbox::{DateTime, Host, KEY, Sandbox, Seed, USER_ID};

use crate::client::{SERVERS, extend, extension, key_header, post, raw, renew, send};

#[test]
fn a_dropped_sandbox_no_longer_listens() {
    let sandbox = Sandbox::start().unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(&address).unwrap();
    drop(sandbox);
    let refused = TcpStream::connect(&address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn it_starts_and_stops_inside_an_asynchronous_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let status = runtime.block_on(async {
        let sandbox = Sandbox::start().unwrap();
        extend(&sandbox, 1).status
    });
    assert_eq!(status, 200);
}

#[test]
fn sandboxes_side_by_side_share_nothing() {
    let (one, other) = (Sandbox::start().unwrap(), Sandbox::start().unwrap());
    assert_ne!(one.url(), other.url());
    extend(&one, 1);
    assert_eq!((one.ledger().len(), other.ledger().len()), (1, 0));
    assert_eq!(extend(&other, 1).json()["balance_before"], "3328.78");
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let sandbox = Sandbox::start().unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = Sandbox::builder().listen(address).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[test]
fn who_listens_on_all_addresses_is_reached_on_loopback() {
    let listening = |address: &str| Sandbox::builder().listen(address.parse().unwrap()).start();
    let sandbox = listening("0.0.0.0:0").unwrap();
    assert!(sandbox.url().starts_with("http://127.0.0.1:"), "{}", sandbox.url());
    assert_eq!(extend(&sandbox, 1).status, 200);
    sandbox.inject("refuse=50".parse().unwrap());
    assert!(TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).is_err());
    // A machine may have no IPv6.
    if let Ok(sandbox) = listening("[::]:0") {
        assert!(sandbox.url().starts_with("http://[::1]:"), "{}", sandbox.url());
        assert_eq!(extend(&sandbox, 1).status, 200);
    }
}

#[test]
fn a_seed_that_contradicts_itself_is_an_error() {
    let broken: [fn(&mut Seed); 10] = [
        |seed| seed.accounts.clear(),
        |seed| seed.accounts[0].key.clear(),
        |seed| seed.accounts.push(seed.accounts[0].clone()),
        |seed| seed.plans.clear(),
        |seed| seed.servers[1].owner_id = "nobody".into(),
        |seed| seed.plesk_orders[0].subscription_id = "nowhere".into(),
        |seed| seed.server_orders[0].server_id = "nowhere".into(),
        |seed| seed.server_orders.push(seed.server_orders[0].clone()),
        |seed| seed.plans[0].monthly_price = (-1).into(),
        |seed| seed.accounts[0].balance_com = "0.001".parse().unwrap(),
    ];
    for spoil in broken {
        let mut seed = Seed::documented();
        spoil(&mut seed);
        let error = Sandbox::builder().seed(seed).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn the_clock_is_the_callers() {
    let days = Arc::new(AtomicI64::new(0));
    let now = Arc::clone(&days);
    let start: DateTime = "2030-12-31T08:00:00".parse().unwrap();
    let sandbox = Sandbox::builder()
        .clock(move |host| match host {
            Host::Com => {
                start + std::time::Duration::from_secs(86_400) * now.load(Ordering::SeqCst) as u32
            }
            Host::Net => start,
        })
        .start()
        .unwrap();
    let number = || renew(&sandbox, 1).json()["order"]["order_number"].clone();
    assert_eq!(number(), "PLK_RENEW_20301231_123456");
    days.store(1, Ordering::SeqCst);
    assert_eq!(number(), "PLK_RENEW_20310101_123457");
    assert_eq!(extend(&sandbox, 1).json()["server_status"]["updated_at"], "2030-12-31 08:00:00");
}

#[test]
fn a_request_is_remembered_as_it_was_sent() {
    let sandbox = Sandbox::start().unwrap();
    let body = format!("{} ", extension("1"));
    let headers = [
        (&*key_header().to_ascii_uppercase(), KEY),
        ("Content-Type", KEY),
        ("Content-Type", "application/json"),
    ];
    let path = format!("{SERVERS}?a=%20b");
    assert_eq!(send(&sandbox, "POST", &path, &headers, body.as_bytes()).status, 200);
    let [request] = &sandbox.requests()[..] else { panic!("one request expected") };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", SERVERS));
    assert_eq!(request.query.as_deref(), Some("a=%20b"));
    assert_eq!(request.header(key_header()).collect::<Vec<_>>(), [KEY]);
    assert_eq!(request.header("content-type").collect::<Vec<_>>(), [KEY, "application/json"]);
    assert_eq!(request.body, body.as_bytes());
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let sandbox = Sandbox::start().unwrap();
    let body = extension(1).to_string();
    let (length, key) = (body.len(), key_header());
    let request = format!(
        "POST {SERVERS} HTTP/1.1\r\nHost: x\r\n{key}: {KEY}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answers = String::from_utf8(raw(&sandbox, request.repeat(3).as_bytes())).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(sandbox.ledger().len(), 3);
}

#[test]
fn a_chunked_body_is_read() {
    let sandbox = Sandbox::start().unwrap();
    let body = extension(1).to_string();
    let (first, second) = body.split_at(10);
    let request = format!(
        "POST {SERVERS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}: {KEY}\r\n\
         Transfer-Encoding: chunked\r\n\r\na\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        second.len(),
        key = key_header(),
    );
    let answer = String::from_utf8(raw(&sandbox, request.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn nothing_that_is_printed_for_debugging_shows_a_key_or_a_password() {
    let builder = Sandbox::builder();
    let printed = format!("{builder:?}");
    let sandbox = builder.start().unwrap();
    post(&sandbox, SERVERS, extension(1).to_string());
    assert_eq!((sandbox.key(), sandbox.user_id()), (KEY, USER_ID));
    let printed = format!(
        "{printed} {sandbox:?} {:?} {:?} {:?}",
        sandbox.requests(),
        sandbox.ledger(),
        Seed::documented()
    );
    assert!(printed.contains(key_header()), "the header's name may be shown: {printed}");
    assert!(!printed.contains(KEY) && !printed.contains("password"), "{printed}");
}
