use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder, ServerId, UserId};
use oxhost::{Client, ConfigError};

fn refused(builder: oxhost::ClientBuilder) -> String {
    builder.build().expect_err("this must not build").to_string()
}

#[test]
fn a_key_that_cannot_stand_in_a_header_is_refused() {
    assert!(matches!(Client::builder("").build(), Err(ConfigError::MissingKey)));
    for key in ["line\nbreak", "line\rbreak", "with space", "trailing ", "sch\u{fc}ssel", "nul\0"] {
        let words = refused(Client::builder(key));
        assert!(words.starts_with("the API key cannot be used"), "{words}");
        assert!(!words.contains(key), "the key is not repeated");
    }
}

#[test]
fn plain_http_is_for_loopback_alone() {
    for url in [
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://localhost:80",
        "http://[::1]:5",
        "https://example.com/api",
    ] {
        assert!(Client::builder("test-key").base_url(url).build().is_ok(), "{url}");
    }
    for url in [
        "http://0xhost.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "0xhost.com",
        "",
        "https://",
        "unix:/x",
        "https://user:geheim@0xhost.com",
        "https://0xhost.com/?a=b",
        "https://0xhost.com/#f",
    ] {
        for builder in [
            Client::builder("test-key").base_url(url),
            Client::builder("test-key").host_url("0xhost.net", url),
        ] {
            let words = refused(builder);
            assert!(words.starts_with("the base URL cannot be used"), "{url}: {words}");
            assert!(!words.contains("geheim"));
        }
    }
}

#[test]
fn other_settings_that_cannot_hold_are_refused() {
    let builder = || Client::builder("test-key");
    let unknown = refused(builder().host_url("0xhost.org", "https://example.com"));
    assert_eq!(unknown, "the contract knows no host `0xhost.org`; it knows 0xhost.com, 0xhost.net");
    let seconds = Duration::from_secs;
    for (connect, total) in [(0, 5), (5, 5), (6, 5), (1, 0)] {
        let words = refused(builder().connect_timeout(seconds(connect)).timeout(seconds(total)));
        assert!(words.contains("timeout"), "{words}");
    }
    assert!(refused(builder().user_agent("a\nb")).contains("user agent"));
    assert!(refused(builder().proxy("socks5://x")).contains("proxy"));
    assert!(refused(builder().root_certificate("no PEM")).contains("root certificate"));
    assert!(
        refused(
            builder().root_certificate("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----")
        )
        .contains("root certificate")
    );
}

#[test]
fn a_client_tells_how_long_a_call_may_last() {
    let builder = || Client::builder("test-key");
    assert_eq!(builder().build().unwrap().timeout(), Duration::from_secs(120));
    let own = builder().timeout(Duration::from_secs(7)).build().unwrap();
    assert_eq!(own.timeout(), Duration::from_secs(7));
}

#[test]
fn an_order_without_id_or_amount_is_refused_with_its_field() {
    let field =
        |result: Result<PleskRenewalOrder, oxhost::InvalidOrder>| result.unwrap_err().field();
    assert_eq!(field(PleskRenewalOrder::new("", 1)), "subscription_id");
    assert_eq!(field(PleskRenewalOrder::new("x", 0)), "months");
    assert_eq!(field(PleskRenewalOrder::new("x", u32::MAX)), "months");
    let extension =
        |user, server, hours| ServerExtensionOrder::new(user, server, hours).unwrap_err().field();
    assert_eq!(extension("", "s", 1), "user_id");
    assert_eq!(extension("u", "", 1), "server_id");
    assert_eq!(extension("u", "s", 0), "hours");
    let typed: (UserId, ServerId) = ("u".parse().unwrap(), "s".parse().unwrap());
    assert!(ServerExtensionOrder::new(typed.0, typed.1, 1).is_ok());
}
