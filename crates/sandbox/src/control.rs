//! What a test, or a browser, may ask the sandbox over HTTP. The provider has nothing of the kind.

use crate::{
    exchange::{Answer, Received, Reply, answer as json, page, sent},
    json::{Json, object},
    ledger::Payment,
    refusal::Refusal,
    service::Service,
};

/// The answer, if the path is the sandbox's own here.
pub(crate) fn answer(service: &Service, request: &Received) -> Option<Reply> {
    let page_at_root = &service.own_paths.as_ref()?.page;
    let refused = |refusal: Refusal| sent(Answer::from(refusal));
    Some(match (request.path.as_str(), page_at_root) {
        ("/", None) => return None,
        ("/" | "/sandbox/ledger", _) if request.method != "GET" => refused(Refusal::Method("GET")),
        ("/", Some(of_key)) => {
            let state = service.provider.state();
            let key = state.dataset.accounts.first().map(|(_, account)| account.key.as_str());
            of_key(key.unwrap_or_default())
                .map_or_else(|_| refused(Refusal::Broken), |text| page(200, text))
        }
        ("/sandbox/ledger", _) => sent(json(200, ledger(service))),
        (path, _) if path == "/sandbox" || path.starts_with("/sandbox/") => {
            refused(Refusal::NoSuchPath)
        }
        _ => return None,
    })
}

fn ledger(service: &Service) -> Json {
    let counts = service.log().counts.clone();
    let counts = counts.into_iter().map(|(name, count)| (name.to_owned(), count.into()));
    let faults =
        service.faults().fired.iter().map(|fired| fired.fault.to_string()).collect::<Json>();
    let state = service.provider.state();
    object! {
        "charges": state.ledger.of(Payment::Balance).collect::<Json>(),
        "pending": state.ledger.of(Payment::Crypto).collect::<Json>(),
        "others": state.ledger.of(Payment::SomeoneElse).collect::<Json>(),
        "requests": Json::Object(counts.collect()),
        "faults": faults,
        "contradictions": state.contradictions.iter().collect::<Json>(),
    }
}
