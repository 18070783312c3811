//! Lists since a time, all orders that block, and pruning: the same as in a file.

use std::time::Duration;

use oxhost_journal::{ListOptions, ReconcileOptions, State};

use super::Scene;
use crate::all::{found, is_told, orders_that_block};
use crate::bench::Bench;
use crate::finding_out::{BOOKED, LOST};
use crate::prune::Mix;

#[tokio::test]
#[ignore = "needs a server"]
async fn nothing_goes_that_something_depends_on_and_nothing_else_stays() {
    for (seed, orders) in [(1, 40), (2, 400), (4, 3000)] {
        for with_references in [false, true] {
            let (scene, bench) = (Scene::new().await, Bench::new());
            let journal = scene.journal().await.with_clock(bench.clock());
            let mix = Mix::new(seed, orders);
            scene.execute_whole(&mix.sql).await;
            bench.pass(Duration::from_secs(1000));
            mix.prune(&journal, with_references).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn a_list_since_a_time_is_the_same_in_a_file_and_on_a_server() {
    let (scene, bench) = (Scene::new().await, Bench::new());
    let (server, file) = (scene.journal().await, bench.journal().await);
    let mix = Mix::new(5, 300);
    scene.execute_whole(&mix.sql).await;
    bench.connect().execute_batch(&mix.sql).unwrap();
    for since in ["2026-10-20T12:00:00Z", "2026-10-20T12:00:00.000001Z", "2030-01-01T00:00:00Z"] {
        for state in [None, Some(State::Accepted), Some(State::Unknown)] {
            for newest_first in [false, true] {
                let mut options = ListOptions::default().since(since.parse().unwrap());
                (options.state, options.newest_first) = (state, newest_first);
                let (mut here, mut there) = (Vec::new(), Vec::new());
                file.list(&options, |entry| here.push(entry.unwrap().id)).await.unwrap();
                server.list(&options, |entry| there.push(entry.unwrap().id)).await.unwrap();
                assert_eq!(here, there, "{options:?}");
                assert_eq!(here.is_empty(), since.starts_with("2030"), "{options:?}");
                // And page by page.
                let mut paged = Vec::new();
                options.limit = Some(7);
                loop {
                    let before = paged.len();
                    server.list(&options, |entry| paged.push(entry.unwrap().id)).await.unwrap();
                    if paged.len() == before {
                        break;
                    }
                    options.after = paged.last().cloned();
                }
                assert_eq!(paged, here, "{options:?}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs a server"]
async fn every_order_that_blocks_is_found_out_about() {
    let (scene, bench) = (Scene::new().await, Bench::new());
    let journal = scene.journal().await.with_clock(bench.clock());
    let faults = [BOOKED, LOST].into_iter().cycle().take(40).collect::<Vec<_>>();
    let (sandbox, client) = orders_that_block(&journal, &faults).await;
    let told = found(&journal, &client, &bench.patiently()).await;
    is_told(&told, &faults, &sandbox);
    assert!(found(&journal, &client, &ReconcileOptions::default()).await.is_empty());
}
