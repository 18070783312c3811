//! Whether what the client said is what was booked.

use oxhost::Outcome;
use oxhost_sandbox::Fault;
use oxhost_sandbox::fault::{Kind, Page, ReplyFault, Stage, Status, WireFault};

use super::plan::{Call, needs_tls};
use super::run::{End, Run};

/// Everything that is wrong with a run; nothing, if the promise was kept.
pub fn complaints(run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    let planned: Vec<&Fault> =
        run.plan.steps.iter().filter_map(|step| step.fault.as_ref()).collect();
    if run.fired.iter().collect::<Vec<_>>() != planned {
        wrong.push(format!("planned was {planned:?}, but {:?} happened", run.fired));
    }
    if run.elsewhere > 0 {
        wrong.push(format!("{} requests, keys and all, at another origin", run.elsewhere));
    }
    for end in &run.ends {
        if end.is_double() {
            wrong.push(format!("{}: {} POSTs, {} charges", end.name(), end.posts, end.booked));
        }
        if end.is_wrong() {
            let End { word, posts, booked, .. } = end;
            wrong.push(format!("{}: {word}, after {posts} POSTs, {booked} charges", end.name()));
        }
    }
    wrong
}

impl End {
    /// What it is counted under.
    pub fn name(&self) -> String {
        match &self.step.fault {
            Some(fault) => fault.to_string(),
            None if self.step.after_idle_close => "none, after idle-close".to_owned(),
            None => "none".to_owned(),
        }
    }

    pub fn is_order(&self) -> bool {
        self.step.call != Call::Read
    }

    pub fn is_double(&self) -> bool {
        self.posts > 1 || self.booked > 1
    }

    /// Whether the outcome is untrue, and could have been true.
    pub fn is_wrong(&self) -> bool {
        let booked = self.booked > 0;
        let untrue = match self.word {
            Outcome::Accepted => !booked,
            Outcome::Refused => booked,
            Outcome::NotSent => booked || self.posts > 0,
            Outcome::Unknown => false,
        };
        self.is_order() && untrue && !self.step.fault.as_ref().is_some_and(is_a_lie)
    }

    /// A connection that never came about, which proves that nothing was sent. Without TLS, only a
    /// refused one is that: once it is there, a request may be on it.
    pub fn is_unconnected(&self, tls: bool) -> bool {
        let Some(fault) = &self.step.fault else { return false };
        match fault.kind() {
            Kind::Wire(WireFault::Refuse(_)) => true,
            Kind::Wire(WireFault::Close | WireFault::Reset | WireFault::Hold) => {
                tls && fault.stage() == Stage::Connect
            }
            _ => needs_tls(fault),
        }
    }
}

/// After the booking, a whole reply that says no, as it would say it if nothing had been booked. No
/// client can see through that. What other statuses say (408, 409, 425, 499, all from 500) is no such
/// thing: there the word is checked.
pub fn is_a_lie(fault: &Fault) -> bool {
    fault.stage() == Stage::After
        && match *fault.kind() {
            Kind::Reply(ReplyFault::Failure) => true,
            Kind::Reply(ReplyFault::Status(Status { status, page: Page::Json, .. })) => {
                matches!(status, 400 | 402 | 403 | 404 | 422 | 429)
            }
            // A page of a proxy, which has let nothing pass.
            Kind::Reply(ReplyFault::Status(Status { status, .. })) => {
                matches!(status, 403 | 404 | 429)
            }
            _ => false,
        }
}
