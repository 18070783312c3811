//! What time it is at the provider. The clock is given from outside, so that replies can be foretold.

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
pub(crate) type Clock = Box<dyn Fn(Host) -> DateTime + Send + Sync>;

/// Stands still at the moment of each host's documented reply.
pub(crate) fn documented(host: Host) -> DateTime {
    match host {
        Host::Com => date(2025, 3, 20).at(12, 0, 0, 0),
        Host::Net => date(2025, 11, 24).at(1, 32, 36, 0),
    }
}
