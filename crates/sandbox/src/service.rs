//! What answers at an address: the provider, and what is to go wrong there.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hyper::Uri;

use crate::{
    exchange::{Received, Reply, sent},
    fault::{Fault, FaultQueue, Kind, Places, Stage, WireFault},
    operation::Operation,
    provider::Provider,
    request_log::RequestLog,
    stream::Tls,
};

/// A page for people, made for a key.
pub(crate) type Page = Box<dyn Fn(&str) -> io::Result<String> + Send + Sync>;

/// What the sandbox has of its own beside the provider's paths.
pub(crate) struct OwnPaths {
    /// What stands at `/`, if anything does.
    pub(crate) page: Option<Page>,
}

/// An address of the provider, which knows it under several.
pub(crate) struct Service {
    pub(crate) provider: Arc<Provider>,
    pub(crate) tls: Option<Tls>,
    pub(crate) places: Places,
    /// The sandbox's own paths, where they are.
    pub(crate) own_paths: Option<OwnPaths>,
    log: Mutex<RequestLog>,
    faults: Mutex<FaultQueue>,
}

/// Where a request is to break off.
pub(crate) struct Cut {
    /// How many bytes are still to be read.
    pub(crate) left: usize,
    fault: Fault,
    wire: WireFault,
    operation: Operation,
}

impl Service {
    pub(crate) fn new(
        provider: Arc<Provider>,
        tls: Option<Tls>,
        places: Places,
        own_paths: Option<OwnPaths>,
    ) -> Self {
        let (log, faults) = Default::default();
        Self { provider, tls, places, own_paths, log, faults }
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultQueue> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with a connection before it carries anything.
    pub(crate) fn connection(&self) -> Option<WireFault> {
        let mut faults = self.faults();
        let fault = faults.take_at_connect(self.tls.is_some())?.fault;
        let Kind::Wire(wire) = fault.kind().clone() else { return None };
        faults.fire(fault, None);
        Some(wire)
    }

    /// How a request breaks off, if it does.
    pub(crate) fn cut(&self, method: &str, target: &Uri) -> Option<Cut> {
        let operation = self.provider.contract.call(method, target.path())?.operation?;
        let fault = self.faults().take_at_request(operation, target.query(), true)?.fault;
        let Kind::Wire(wire) = fault.kind().clone() else { return None };
        Some(Cut { left: wire.request_bytes()?, fault, wire, operation })
    }

    pub(crate) fn break_off(&self, cut: Cut) -> WireFault {
        self.faults().fire(cut.fault, Some(cut.operation));
        cut.wire
    }

    /// The reply, and what goes wrong with it on its way.
    pub(crate) fn answer(&self, request: &Received) -> (Reply, Option<WireFault>) {
        let provider = &*self.provider;
        let call = provider.contract.call(&request.method, &request.path);
        let operation = call.and_then(|call| call.operation);
        let of_customer = provider.is_of_customer(request);
        self.log().keep(request.clone(), operation, of_customer);
        let query = request.query.as_deref();
        let take = |operation| self.faults().take_at_request(operation, query, false);
        let Some(taken) = operation.and_then(take) else {
            return (sent(provider.answer(request, None)), None);
        };
        let kind = taken.fault.kind().clone();
        let good = match (taken.fault.stage(), &kind) {
            (Stage::Before, _) => provider.decline(request),
            (_, Kind::Read(fault)) => provider.answer(request, Some(&fault.view(&provider.clock))),
            _ => provider.answer(request, None),
        };
        if taken.fault.stage() == Stage::After && good.status() != 200 {
            self.faults().put_back(taken);
            return (sent(good), None);
        }
        self.faults().fire(taken.fault, operation);
        // Only now: a reply that is to be wrong is not held against the contract.
        match kind {
            Kind::Wire(fault) => (sent(good), Some(fault)),
            Kind::Reply(fault) => {
                let proof = call.map(|call| &*call.proof).unwrap_or_default();
                (fault.apply(good, request, proof, &self.places), None)
            }
            Kind::Read(fault) => (sent(fault.apply(good)), None),
        }
    }
}
