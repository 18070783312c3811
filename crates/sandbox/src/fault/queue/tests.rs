use super::*;

#[test]
fn the_latest_faults_that_happened_are_remembered_and_no_more() {
    let mut faults = FaultQueue::default();
    faults.fire("connect:close".parse().unwrap(), None);
    for _ in 0..REMEMBERED {
        faults.fire("connect:reset".parse().unwrap(), None);
    }
    let fired: Vec<_> = faults.fired.iter().map(|fired| fired.fault.to_string()).collect();
    assert_eq!(fired.len(), REMEMBERED);
    assert!(fired.iter().all(|fault| fault == "connect:reset"));
}
