//! Who is asked: two URLs of one provider are one name.

use oxhost::Client;
use oxhost::contract::{OPERATIONS, operations};

fn at(url: &str) -> String {
    let client = Client::builder("test-key").base_url(url).build().unwrap();
    let names = OPERATIONS.iter().map(|operation| client.provider(operation));
    let mut names: Vec<String> = names.collect();
    names.dedup();
    let [name] = &names[..] else { panic!("{names:?}") };
    name.clone()
}

#[test]
fn the_contracts_own_hosts_are_one_provider() {
    let client = Client::builder("test-key").build().unwrap();
    for operation in OPERATIONS {
        assert_eq!(client.provider(operation), "0xhost");
    }
    for url in [
        "https://0xhost.com",
        "https://0xhost.net",
        "https://0XHOST.com/",
        "HTTPS://0xhost.com:443",
        "https://0xhost.com.",
        "https://0xhost.com.:443//",
    ] {
        assert_eq!(at(url), "0xhost", "{url}");
    }
    for url in ["https://0xhost.com:444", "https://0xhost.com/v2", "https://www.0xhost.com"] {
        assert_ne!(at(url), "0xhost", "{url}");
    }
}

#[test]
fn a_url_is_compared_as_a_url_and_not_as_text() {
    for url in [
        "https://reseller.example/api",
        "https://reseller.example/api/",
        "https://Reseller.EXAMPLE/api",
        "https://reseller.example:443/api",
        "https://reseller.example./api",
    ] {
        assert_eq!(at(url), "https://reseller.example/api", "{url}");
    }
    assert_ne!(
        at("https://reseller.example/API"),
        "https://reseller.example/api",
        "paths are text"
    );
    assert_ne!(at("https://reseller.example:8443/api"), at("https://reseller.example/api"));
    assert_eq!(at("https://b\u{fc}cher.example"), "https://xn--bcher-kva.example");
}

#[test]
fn loopback_by_any_name_is_this_machine() {
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://LOCALHOST:8080/",
        "http://[::1]:8080",
        "http://127.9.9.9:8080",
        "http://2130706433:8080",
    ] {
        assert_eq!(at(url), "http://127.0.0.1:8080", "{url}");
    }
    assert_eq!(at("http://localhost"), at("http://127.0.0.1:80/"));
    assert_eq!(at("https://localhost.:8080"), at("https://127.0.0.1:8080"));
    assert_ne!(at("http://localhost:8080"), at("http://localhost:8081"));
    assert_ne!(at("https://localhost:8080"), at("http://localhost:8080"));
}

#[test]
fn each_host_may_have_a_provider_of_its_own() {
    let builder = Client::builder("test-key").host_url("0xhost.net", "https://Reseller.example/");
    let client = builder.build().unwrap();
    assert_eq!(client.provider(&operations::RENEW_PLESK_SUBSCRIPTION), "0xhost");
    assert_eq!(client.provider(&operations::EXTEND_SERVER_HOURS), "https://reseller.example");
}

#[test]
fn the_key_makes_no_other_provider() {
    let names = ["one", "other"].map(|key| {
        let client = Client::builder(key).build().unwrap();
        client.provider(&operations::EXTEND_SERVER_HOURS)
    });
    assert_eq!(names, ["0xhost", "0xhost"]);
}
