use std::sync::{Arc, Mutex};
use std::time::Duration;

use oxhost::types::PleskRenewalOrder;
use oxhost_journal::{Look, Settle, State};
use oxhost_sandbox::SUBSCRIPTION_ID;

use crate::finding_out::{LOST, Scene};

/// The pauses over a window, and what is told of each reading: number, of how many, and the next pause.
async fn over(window: Duration) -> (Vec<Duration>, Vec<(usize, usize, Option<Duration>)>) {
    let scene = Scene::new().await;
    let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, 1).unwrap();
    let entry = scene.unknown(&order, LOST).await;
    let (made, told) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (making, telling) = (Arc::clone(&made), Arc::clone(&told));
    let settle = Settle::default()
        .over(window)
        .pausing(move |pause| {
            making.lock().unwrap().push(pause);
            std::future::ready(())
        })
        .watching(move |step| {
            assert!(matches!(step.look, Look::Seen(_)));
            telling.lock().unwrap().push((step.number, step.of, step.next));
        });
    let found = scene.journal.find_out(&scene.client, &entry.id, &settle).await.unwrap();
    assert_eq!(found.state, State::NotOrdered);
    let (made, told) = (made.lock().unwrap().clone(), told.lock().unwrap().clone());
    assert_eq!(told.len(), found.findings.unwrap().readings.len());
    (made, told)
}

#[tokio::test]
async fn the_readings_span_the_window_and_each_is_told_of() {
    for window in [36, 180, 3600].map(Duration::from_secs) {
        let (pauses, told) = over(window).await;
        assert_eq!(pauses.iter().sum::<Duration>(), window);
        assert_eq!(pauses[..2], [window / 36, window / 18], "short ones first");
        assert!(pauses.iter().all(|pause| !pause.is_zero()), "{pauses:?}");
        let of = pauses.len() + 1;
        let next = pauses.into_iter().map(Some).chain([None]);
        let expected: Vec<_> = (1..).zip(next).map(|(number, next)| (number, of, next)).collect();
        assert_eq!(told, expected);
    }
    // A window that the pauses fill to the last bit has no empty one.
    let (pauses, _) = over(Duration::from_nanos(63)).await;
    assert_eq!(pauses.iter().map(Duration::as_nanos).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32]);
}

#[tokio::test]
async fn without_a_window_there_are_three_readings() {
    assert_eq!(over(Duration::ZERO).await.0, [Duration::ZERO; 2]);
}

#[test]
fn a_window_shows() {
    assert!(format!("{:?}", Settle::default()).contains("180s"));
}
