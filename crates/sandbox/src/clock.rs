//! What time it is at the provider. The clock is given from outside, so that replies can be foretold.

use std::time::{Duration, Instant};

use jiff::civil::{DateTime, date};

/// One of the provider's two hosts. Each keeps its own balance and its own time here, for only so do
/// both documented replies hold at once; how the two hosts' accounts relate in reality is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `0xhost.com`, where Plesk subscriptions are renewed.
    Com,
    /// `0xhost.net`, where servers are extended.
    Net,
}

/// Tells the civil time at a host. It has no zone, as the provider's times have none.
pub(crate) enum Clock {
    /// Stands still at the moment of each host's documented reply.
    Documented,
    Given(Box<dyn Fn(Host) -> DateTime + Send + Sync>),
}

/// When something happened.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) host: Host,
    /// In the civil time of the host.
    pub(crate) civil: DateTime,
    pub(crate) real: Instant,
}

impl Clock {
    pub(crate) fn now(&self, host: Host) -> DateTime {
        match (self, host) {
            (Self::Given(now), host) => now(host),
            (Self::Documented, Host::Com) => date(2025, 3, 20).at(12, 0, 0, 0),
            (Self::Documented, Host::Net) => date(2025, 11, 24).at(1, 32, 36, 0),
        }
    }

    /// Tells whether something happened in the last seconds: by real time, where the clock stands still.
    pub(crate) fn since(&self, seconds: u32) -> impl Fn(&Moment) -> bool + use<> {
        let ago = Duration::from_secs(seconds.into());
        let then = match self {
            Self::Documented => None,
            Self::Given(now) => Some([Host::Com, Host::Net].map(|it| now(it).saturating_sub(ago))),
        };
        move |moment| match (then, moment.host) {
            (None, _) => moment.real.elapsed() < ago,
            (Some([com, _]), Host::Com) => moment.civil > com,
            (Some([_, net]), Host::Net) => moment.civil > net,
        }
    }
}
