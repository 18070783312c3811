//! Through which host a request comes in, and what that means for it.

use std::{io, sync::Arc};

use hyper::Uri;
use tokio::net::TcpStream;

use super::{ending::Ending, line::Line};
use crate::{
    exchange::{Received, Reply},
    fault::{Asked, Fault, Kind, Moment},
    operation::Operation,
    provider::Provider,
    tls::Tls,
};

/// The way to the provider.
#[derive(Clone)]
pub(crate) enum Door {
    /// The sandbox's own address, with TLS if it has it. Faults happen here.
    Front(Arc<Provider>, Option<Arc<Tls>>),
    /// Where redirects lead: another host of the same provider, which takes orders too.
    Elsewhere(Arc<Provider>),
}

/// Where a request is to break off.
pub(super) struct Cut {
    /// How many bytes are still to be read.
    pub(super) left: usize,
    fault: Fault,
    operation: Operation,
}

impl Door {
    /// What goes wrong with a connection before it carries anything.
    pub(super) fn connection(&self) -> Option<Kind> {
        let Self::Front(provider, tls) = self else { return None };
        let mut armed = provider.armed();
        let fault = armed.take(Moment::Connection { tls: tls.is_some() })?.fault;
        armed.fire(fault.clone(), None);
        Some(fault.kind().clone())
    }

    /// Shakes hands, if that is done here.
    pub(super) async fn greet(&self, stream: TcpStream, fault: Option<&Kind>) -> io::Result<Line> {
        match self {
            Self::Front(_, Some(tls)) => tls.greet(stream, fault).await,
            Self::Front(_, None) | Self::Elsewhere(_) => Ok(Line::Plain(stream)),
        }
    }

    /// How a request breaks off, if it does.
    pub(super) fn cut(&self, method: &str, target: &Uri) -> Option<Cut> {
        let Self::Front(provider, _) = self else { return None };
        let operation = provider.operation(method, target.path())?;
        let asked = Asked::of(operation, target.query());
        let fault = provider.armed().take(Moment::Request(asked))?.fault;
        Some(Cut { left: fault.kind().request_bytes()? as usize, fault, operation })
    }

    /// A request breaks off.
    pub(super) fn break_off(&self, cut: Cut) -> Ending {
        let kind = cut.fault.kind().clone();
        if let Self::Front(provider, _) = self {
            provider.armed().fire(cut.fault, Some(cut.operation));
        }
        Ending { kind, reply: None }
    }

    /// The good reply, and what goes wrong with it.
    pub(super) fn answer(&self, request: &Received) -> (Reply, Option<Kind>) {
        match self {
            Self::Front(provider, _) => provider.answer(request),
            Self::Elsewhere(provider) => (provider.answer_elsewhere(request), None),
        }
    }
}
