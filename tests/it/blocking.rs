use oxhost::{Client, OrderError, ReadError, blocking};
use oxhost_sandbox::Sandbox;

use crate::documented::{extension, renewal};

fn client(sandbox: &Sandbox) -> blocking::Client {
    let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap();
    blocking::Client::new(client).unwrap()
}

#[test]
fn both_orders_are_charged_once() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    let renewed = client.renew_plesk_subscription(&renewal()).unwrap();
    assert_eq!(renewed.balance_after.unwrap().to_string(), "60.04");
    client.extend_server_hours(&extension()).unwrap();
    assert_eq!(sandbox.ledger().len(), 2);
}

#[test]
fn the_reads_show_what_was_ordered() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    let extended = client.extend_server_hours(&extension()).unwrap();
    let user = extension().user_id;
    let listed = client.list_orders(&user, std::num::NonZeroU32::MIN).unwrap();
    assert_eq!(listed.data.as_ref().unwrap()[0].id, extended.order_id);
    let id = extended.order_id.as_ref().unwrap().as_str().parse().unwrap();
    assert_eq!(client.get_order(&id).unwrap().data.as_ref().unwrap().len(), 1);
    assert!(client.get_user(&user).unwrap().user.is_some());
    assert!(
        client.get_plesk_subscription(&renewal().subscription_id).unwrap().subscription.is_some()
    );
}

#[test]
fn a_clone_serves_other_threads() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let client = client.clone();
            scope.spawn(move || client.extend_server_hours(&extension()).unwrap());
        }
    });
    assert_eq!(sandbox.ledger().len(), 8);
}

#[tokio::test]
async fn inside_async_code_it_sends_nothing_and_says_why() {
    let sandbox = Sandbox::start().unwrap();
    let error = client(&sandbox).renew_plesk_subscription(&renewal()).unwrap_err();
    assert!(matches!(error, OrderError::NotSent(_)), "{error}");
    assert!(error.to_string().contains("inside async code"), "{error}");
    let error = client(&sandbox).get_user(&extension().user_id).unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("inside async code"), "{error}");
    assert_eq!(sandbox.requests().len(), 0);
}
