//! The journal without async, on a server.

use std::thread;

use oxhost::blocking::Client;
use oxhost_journal::blocking::{Journal, Stop};

use super::Scene;
use crate::batches::{at_once, charged, client, provider, renewals};

#[test]
#[ignore = "needs a server"]
fn threads_share_a_journal_and_leave_it_wherever_they_are() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (scene, sandbox) = (runtime.block_on(Scene::new()), provider(60));
    let client = Client::new(client(&sandbox)).unwrap();
    let journal = Journal::open(&scene.url()).unwrap();
    let batch = journal.batch("2026-12").unwrap();
    batch.add(&client, renewals(0..60)).unwrap();
    batch.seal().unwrap();
    thread::scope(|threads| {
        // Two on one runtime, two on their own.
        for own in [false, false, true, true] {
            let (batch, client, scene) = (&batch, &client, &scene);
            threads.spawn(move || {
                let own = own.then(|| Journal::open(&scene.url()).unwrap());
                let own = own.map(|journal| journal.batch("2026-12").unwrap());
                let batch = own.as_ref().unwrap_or(batch);
                let ended = batch.run(client, &at_once(4), &Stop::new()).unwrap();
                assert!(ended.stopped.is_none(), "{ended:?}");
            });
        }
    });
    assert_eq!(charged(&sandbox), 60);
    runtime.block_on(async { drop((journal, batch)) });
}
