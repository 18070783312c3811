//! What a test, or a browser, may ask the sandbox over HTTP. The provider has nothing of the kind.

use hyper::StatusCode;

use crate::{
    exchange::{Answer, Received, Reply, answer as json, sent},
    json::{Json, object},
    refusal::Refusal,
    service::Service,
};

/// Whether a path is the sandbox's own.
pub(crate) fn owns(path: &str) -> bool {
    path == "/sandbox" || path.starts_with("/sandbox/") || (cfg!(feature = "page") && path == "/")
}

pub(crate) fn answer(service: &Service, request: &Received) -> Reply {
    let refused = |refusal: Refusal| sent(Answer::from(refusal));
    match request.path.as_str() {
        "/" | "/sandbox/ledger" if request.method != "GET" => refused(Refusal::Method("GET")),
        #[cfg(feature = "page")]
        "/" => {
            let state = service.provider.state();
            let key = state.dataset.accounts.first().map(|account| account.key.as_str());
            let page = crate::page::of_sandbox(key.unwrap_or_default());
            page.map_or_else(
                |_| refused(Refusal::Broken),
                |page| crate::exchange::page(StatusCode::OK, page),
            )
        }
        "/sandbox/ledger" => sent(json(StatusCode::OK, ledger(service))),
        _ => refused(Refusal::NoSuchPath),
    }
}

fn ledger(service: &Service) -> Json {
    let counts = service.log().counts().clone();
    let counts = counts.into_iter().map(|(name, count)| (name.to_owned(), count.into()));
    let faults =
        service.faults().fired.iter().map(|fired| fired.fault.to_string()).collect::<Json>();
    let state = service.provider.state();
    object! {
        "charges": state.ledger.charges.iter().collect::<Json>(),
        "pending": state.ledger.pending.iter().collect::<Json>(),
        "others": state.ledger.others.iter().collect::<Json>(),
        "requests": Json::Object(counts.collect()),
        "faults": faults,
        "contradictions": state.contradictions.iter().collect::<Json>(),
    }
}
