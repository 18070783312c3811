//! What is called in a run, and what goes wrong: a function of the run's seed.

use oxhost_sandbox::Fault;
use oxhost_sandbox::fault::{Kind, Stage, WireFault};

pub struct Plan {
    pub seed: u64,
    pub tls: bool,
    /// Whether the client uses connections again.
    pub reuse: bool,
    pub steps: Vec<Step>,
}

#[derive(Clone)]
pub struct Step {
    pub call: Call,
    pub fault: Option<Fault>,
    /// The client's time is up while it waits for the server.
    pub time_is_up: bool,
    /// The server has just closed the connection that it promised to keep.
    pub after_idle_close: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Renew,
    Extend,
    Read,
}

/// All that can go wrong, with numbers that cost little time.
pub fn faults() -> Vec<Fault> {
    let lighter = |fault: Fault| {
        let kind = match *fault.kind() {
            // Longer than the run, so that no order slips through.
            Kind::Wire(WireFault::Refuse(_)) => WireFault::Refuse(60_000),
            Kind::Wire(WireFault::Late(_)) => WireFault::Late(20),
            Kind::Wire(WireFault::Drip(_)) => WireFault::Drip(0),
            Kind::Wire(WireFault::HugeBody(_)) => WireFault::HugeBody(2_000_000),
            _ => return fault,
        };
        Fault::new(fault.stage(), Kind::Wire(kind)).unwrap()
    };
    // The one read of a run is that of a subscription.
    let met =
        |fault: &Fault| fault.stage() != Stage::Read || fault.concerns("getPleskSubscription");
    Fault::samples().into_iter().filter(met).map(lighter).collect()
}

impl Plan {
    /// The plan of a seed. So many seeds in a row as there are faults meet all of them.
    pub fn of(seed: u64, faults: &[Fault]) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut steps = Vec::new();
        if rng.u8(..4) == 0 {
            steps.push(Step::well(&mut rng));
        }
        let in_turn = seed % u64::try_from(faults.len()).unwrap();
        let mut next = Some(&faults[usize::try_from(in_turn).unwrap()]);
        while let Some(fault) = next {
            let step = Step::ill(fault.clone(), &mut rng);
            let last = matches!(fault.kind(), Kind::Wire(WireFault::Refuse(_)));
            let idle_close = matches!(fault.kind(), Kind::Wire(WireFault::IdleClose(_)));
            steps.push(step);
            if idle_close {
                steps.push(Step { after_idle_close: true, ..Step::well(&mut rng) });
            }
            next = if last || rng.bool() { None } else { rng.choice(faults) };
        }
        let connecting = steps.iter().flat_map(|step| &step.fault).any(at_connect);
        let tls = steps.iter().flat_map(|step| &step.fault).any(needs_tls)
            || rng.u8(..if connecting { 2 } else { 16 }) == 0;
        Self { seed, tls, reuse: rng.bool(), steps }
    }
}

impl Step {
    fn well(rng: &mut fastrand::Rng) -> Self {
        let call = if rng.bool() { Call::Renew } else { Call::Extend };
        Self { call, fault: None, time_is_up: false, after_idle_close: false }
    }

    fn ill(fault: Fault, rng: &mut fastrand::Rng) -> Self {
        let read = fault.stage() == Stage::Read;
        let time_is_up = match fault.kind() {
            Kind::Wire(WireFault::Hold | WireFault::Stall(_) | WireFault::TlsStall) => true,
            Kind::Wire(WireFault::Late(_) | WireFault::Drip(_)) => rng.bool(),
            _ => false,
        };
        let well = Self::well(rng);
        let call = if read { Call::Read } else { well.call };
        Self { call, fault: Some(fault), time_is_up, ..well }
    }
}

pub fn at_connect(fault: &Fault) -> bool {
    fault.stage() == Stage::Connect
}

pub fn needs_tls(fault: &Fault) -> bool {
    matches!(
        fault.kind(),
        Kind::Wire(WireFault::TlsStall | WireFault::TlsExpired | WireFault::TlsName)
    )
}

/// Whether it ends the connection before the request was read: the server remembers no such request.
pub fn breaks_request(fault: &Fault) -> bool {
    matches!(fault.kind(), Kind::Wire(WireFault::CloseRequest(_) | WireFault::ResetRequest(_)))
}
