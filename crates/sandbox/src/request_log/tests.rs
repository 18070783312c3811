use super::*;

fn request(path: &str, length: usize) -> Received {
    Received {
        method: "POST".into(),
        path: path.into(),
        query: None,
        headers: Vec::new(),
        body: vec![0; length],
    }
}

#[test]
fn what_strangers_send_takes_no_room_from_customers_and_never_more_than_its_own() {
    let mut requests = RequestLog::default();
    requests.keep(request("/first", 10), None, true);
    for length in [0, 1000, 60_000] {
        for _ in 0..5000 {
            requests.keep(request("/stranger", length), None, false);
        }
        requests.keep(request("/customer", length), None, true);
        assert!(requests.strangers.requests.len() <= STRANGERS.requests);
        assert!(requests.strangers.bytes <= STRANGERS.bytes);
    }
    let all = requests.all();
    assert_eq!((all.len(), requests.forgotten()), (73, 15_004 - 73));
    assert_eq!(all.first().unwrap().path, "/first");
    assert_eq!(all.last().unwrap().path, "/customer");

    for _ in 0..12_000 {
        requests.keep(request("/customer", 10_000), None, true);
    }
    assert!(requests.customers.bytes <= CUSTOMERS.bytes);
    assert!(requests.customers.requests.len() > 6000);
    let bytes: usize = requests.customers.requests.iter().map(|(_, it)| size(it)).sum();
    assert_eq!(bytes, requests.customers.bytes);
}
