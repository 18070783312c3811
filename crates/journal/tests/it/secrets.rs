use std::fmt::Write;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost_journal::{JournalError, Placed, Sent, State};
use oxhost_sandbox::{
    EXAMPLE_SERVER_ID, PleskOrder, SERVER_ID, SUBSCRIPTION_ID, Sandbox, Seed, USER_ID,
};

use crate::bench::{Bench, entries};
use crate::finding_out::{BOOKED, LOST, Scene};

const KEY: &str = "canary/key+0123456789";
const METADATA: &str = "canaryMetadata2";

/// A provider that repeats the key wherever a text is, and shows a password with every order of a server.
fn loose() -> Seed {
    let mut seed = Seed::documented();
    let leak = |text: &mut String| *text = format!("{text} {KEY}");
    seed.accounts[0].key = KEY.to_owned();
    leak(&mut seed.accounts[0].username);
    seed.plans.iter_mut().for_each(|plan| leak(&mut plan.name));
    for server in &mut seed.servers {
        server.metadata = format!("password={METADATA}");
        leak(&mut server.name);
    }
    leak(&mut seed.subscriptions[0].client_name);
    leak(&mut seed.plesk_orders[0].order_number);
    leak(&mut seed.server_orders[0].description);
    leak(&mut seed.server_orders[0].order_type);
    leak(&mut seed.server_orders[0].order_number);
    let another =
        PleskOrder { id: KEY.to_owned(), status: KEY.to_owned(), ..seed.plesk_orders[0].clone() };
    seed.plesk_orders.insert(0, another);
    seed
}

/// All bytes of the journal, its log among them.
fn bytes(bench: &Bench) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(bench.file().parent().unwrap()).unwrap() {
        text += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    text
}

#[tokio::test]
async fn no_secret_of_a_reply_or_of_ours_is_in_the_file_or_in_what_is_shown_of_it() {
    let scene = Scene::of(Sandbox::builder().seed(loose())).await;
    let (journal, client) = (&scene.journal, &scene.client);
    let renewal = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
    let extension = |server| ServerExtensionOrder::new(USER_ID, server, 1).unwrap();
    let mut shown = format!("{journal:?}");
    let mut show = |what: &dyn std::fmt::Debug| write!(shown, "{what:?}").unwrap();
    let options = scene.bench.patiently();

    for (fault, state) in [(BOOKED, State::Confirmed), (LOST, State::NotOrdered)] {
        let unknown = [
            scene.unknown(&renewal, fault).await,
            scene.unknown(&extension(SERVER_ID), fault).await,
        ];
        for entry in unknown {
            show(&entry);
            let found = journal.reconcile(client, &entry.id, &options).await.unwrap();
            assert_eq!(found.state, state, "{found:?}");
            show(&found);
        }
    }
    let Placed::Sent(Sent { result: Ok(accepted), entry, .. }) =
        journal.place(client, extension(SERVER_ID), None).await.unwrap()
    else {
        panic!()
    };
    show(&(&accepted, &entry));
    // Its reply has the password: what is looked for was there to be blanked.
    assert!(accepted.reply().text().contains(METADATA));
    let read = client.get_plesk_subscription(&renewal.subscription_id).await.unwrap();
    assert_eq!(read.reply().text().matches(KEY).count(), 6, "{}", read.reply().text());
    let refused = journal.place(client, extension("nowhere"), None).await.unwrap();
    assert!(matches!(&refused, Placed::Sent(Sent { result: Err(_), .. })));
    show(&refused);
    scene.unknown(&extension(EXAMPLE_SERVER_ID), LOST).await;
    let blocked = journal.place(client, extension(EXAMPLE_SERVER_ID), None).await.unwrap_err();
    assert!(matches!(blocked, JournalError::Blocked(_)));
    show(&blocked);
    write!(shown, "{blocked}").unwrap();
    let entries = entries(journal).await;
    shown += &serde_json::to_string(&entries).unwrap();

    let file = bytes(&scene.bench);
    for text in [&shown, &file] {
        for told in ["[redacted]", "PLK_RENEW_", "renew_server", "completed"] {
            assert!(text.contains(told), "{told} is not there: what could leak?");
        }
        for secret in [KEY, &KEY.replace('/', "\\/"), METADATA] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}
