//! What a test, or a browser, may ask the sandbox over HTTP. The provider has nothing of the kind.

use std::io;

use hyper::StatusCode;

use crate::{
    exchange::{Answer, Received, Reply, answer as json, page, sent},
    json::{Json, object},
    refusal::Refusal,
    service::Service,
};

/// A page for people, made for a key.
pub(crate) type Page = Box<dyn Fn(&str) -> io::Result<String> + Send + Sync>;

/// The sandbox's own paths.
pub(crate) struct Control {
    /// What stands at `/`, if anything does.
    pub(crate) page: Option<Page>,
}

impl Control {
    /// Whether a path is the sandbox's own.
    pub(crate) fn owns(&self, path: &str) -> bool {
        let is_page = path == "/" && self.page.is_some();
        is_page || path == "/sandbox" || path.starts_with("/sandbox/")
    }

    pub(crate) fn answer(&self, service: &Service, request: &Received) -> Reply {
        let refused = |refusal: Refusal| sent(Answer::from(refusal));
        match (request.path.as_str(), &self.page) {
            ("/" | "/sandbox/ledger", _) if request.method != "GET" => {
                refused(Refusal::Method("GET"))
            }
            ("/", Some(of_key)) => {
                let state = service.provider.state();
                let key = state.dataset.accounts.first().map(|account| account.key.as_str());
                of_key(key.unwrap_or_default())
                    .map_or_else(|_| refused(Refusal::Broken), |text| page(StatusCode::OK, text))
            }
            ("/sandbox/ledger", _) => sent(json(StatusCode::OK, ledger(service))),
            _ => refused(Refusal::NoSuchPath),
        }
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
