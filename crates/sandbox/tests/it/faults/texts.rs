//! Faults as text.

use std::collections::HashSet;

use oxhost_sandbox::{
    Decimal,
    fault::{
        At, Fault, Kind, Page, ReadFault, Redirect, Repeat, ReplyFault, Stage, Status, To,
        WireFault,
    },
};
use proptest::prelude::*;

/// Kinds of any numbers, those out of range too.
fn kind() -> impl Strategy<Value = Kind> {
    let samples: Vec<_> = Fault::samples().iter().map(|fault| fault.kind().clone()).collect();
    prop_oneof![
        4 => proptest::sample::select(samples),
        13 => wire().prop_map(Kind::Wire),
        7 => reply().prop_map(Kind::Reply),
        6 => read().prop_map(Kind::Read),
    ]
}

fn wire() -> impl Strategy<Value = WireFault> {
    let at = || prop_oneof![any::<u32>().prop_map(At::Byte), Just(At::Head), Just(At::Body)];
    prop_oneof![
        any::<u32>().prop_map(WireFault::Refuse),
        any::<u32>().prop_map(WireFault::CloseRequest),
        any::<u32>().prop_map(WireFault::ResetRequest),
        at().prop_map(WireFault::CloseReply),
        at().prop_map(WireFault::ResetReply),
        at().prop_map(WireFault::HalfClose),
        at().prop_map(WireFault::Stall),
        any::<i32>().prop_map(WireFault::Length),
        (0..300_u16).prop_map(WireFault::Interim),
        any::<u32>().prop_map(WireFault::Late),
        any::<u32>().prop_map(WireFault::Drip),
        any::<u32>().prop_map(WireFault::HugeBody),
        any::<u32>().prop_map(WireFault::IdleClose),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9_.-]{1,64}", ".{0,8}"]
}

fn reply() -> impl Strategy<Value = ReplyFault> {
    let page = prop_oneof![Just(Page::Json), Just(Page::Html), Just(Page::Empty)];
    let to = prop_oneof![Just(To::Same), Just(To::Other), Just(To::Plain), Just(To::Dead)];
    prop_oneof![
        2 => (100..700_u16, page, any::<Option<u32>>()).prop_map(|(status, page, retry_after)| {
            ReplyFault::Status(Status { status, page, retry_after })
        }),
        1 => (300..310_u16, to)
            .prop_map(|(status, to)| ReplyFault::Redirect(Redirect { status, to })),
        1 => any::<u32>().prop_map(ReplyFault::HugeHead),
        1 => any::<u8>().prop_map(ReplyFault::Envelopes),
        1 => (word(), any::<bool>())
            .prop_map(|(name, first)| ReplyFault::Repeat(Repeat { name, first })),
        1 => word().prop_map(ReplyFault::OrderStatus),
    ]
}

fn read() -> impl Strategy<Value = ReadFault> {
    let sum = (-2_000_000_000_000..2_000_000_000_000_i64, 0..4_u32);
    prop_oneof![
        any::<u8>().prop_map(ReadFault::Stale),
        any::<u32>().prop_map(ReadFault::Lag),
        word().prop_map(ReadFault::Hide),
        sum.prop_map(|(units, scale)| ReadFault::BalanceMoves(Decimal::new(units, scale))),
        any::<u32>().prop_map(ReadFault::PageError),
        any::<u32>().prop_map(ReadFault::PageMissing),
    ]
}

fn stage() -> impl Strategy<Value = Stage> {
    prop_oneof![Just(Stage::Connect), Just(Stage::Before), Just(Stage::After), Just(Stage::Read)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_fault_is_read_back_from_its_own_text(stage in stage(), kind in kind()) {
        if let Ok(fault) = Fault::new(stage, kind) {
            let text = fault.to_string();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{}", text);
            prop_assert_eq!(text.parse::<Fault>(), Ok(fault), "{}", text);
        }
    }

    #[test]
    fn any_text_is_a_fault_of_that_meaning_or_an_error(text in "[a-z]{0,8}:?[a-z-]{0,10}[@=+]?[0-9a-z+-]{0,5}") {
        if let Ok(fault) = text.parse::<Fault>() {
            prop_assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault));
        }
    }
}

#[test]
fn the_samples_have_every_kind_and_no_two_share_a_text() {
    let samples = Fault::samples();
    let texts: HashSet<_> = samples.iter().map(Fault::to_string).collect();
    assert_eq!(texts.len(), samples.len());
    for fault in &samples {
        assert_eq!(&fault.to_string().parse::<Fault>().unwrap(), fault);
    }
    let kinds: HashSet<_> = samples
        .iter()
        .map(|fault| match fault.kind() {
            Kind::Wire(fault) => format!("{:?}", std::mem::discriminant(fault)),
            Kind::Reply(fault) => format!("reply {:?}", std::mem::discriminant(fault)),
            Kind::Read(fault) => format!("read {:?}", std::mem::discriminant(fault)),
        })
        .collect();
    assert_eq!(kinds.len(), if cfg!(feature = "tls") { 72 } else { 69 });
    let name =
        |text: &String| text.split(':').next_back()?.split(['@', '=']).next().map(str::to_owned);
    let names: HashSet<_> = texts.iter().filter_map(name).collect();
    assert_eq!(names.len(), if cfg!(feature = "tls") { 50 } else { 47 });
}

#[test]
fn the_readme_has_a_row_for_every_kind_with_its_stages_and_defaults() {
    let stages = [Stage::Connect, Stage::Before, Stage::After, Stage::Read];
    for sample in Fault::samples() {
        let kind = sample.kind();
        let possible = stages.iter().filter(|stage| Fault::new(**stage, kind.clone()).is_ok());
        let stages: Vec<_> = possible.map(Stage::to_string).collect();
        let text = kind.to_string();
        let name = text.split(['@', '=']).next().unwrap();
        let row = |line: &&str| {
            let rest = line.strip_prefix("| `").and_then(|line| line.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with(['`', '=', '@']))
        };
        let row = include_str!("../../../README.md").lines().find(row).unwrap_or_default();
        assert_eq!(row.split(" | ").nth(1), Some(stages.join(" ").as_str()), "{name}");
        // What stands for a number that is left out.
        let short = format!("{}:{name}", stages[0]).parse::<Fault>().ok().map(|it| it.to_string());
        let number = short.as_deref().and_then(|it| it.split_once('='));
        let said = number.map(|(_, number)| format!(" is {number} where it is left out |"));
        assert_eq!(said.is_some(), row.contains(" where it is left out"), "{short:?}: {row}");
        assert!(said.is_none_or(|said| row.ends_with(&said)), "{short:?}: {row}");
    }
}

#[test]
fn the_readme_has_every_status_that_is_a_lie_by_the_contract() {
    let contract = include_str!("../../../../../openapi.yaml");
    for (name, fault) in
        [("json", "`status=N` |"), ("other", "`status=N+html`, `status=N+empty` |")]
    {
        let listed = contract.lines().find_map(|line| line.strip_prefix(&format!("  {name}: [")));
        let listed = listed.unwrap().strip_suffix(']').unwrap();
        let row = |line: &&str| line.strip_prefix("| ").is_some_and(|it| it.starts_with(fault));
        let rows: Vec<_> = include_str!("../../../README.md").lines().filter(row).collect();
        assert!(rows.iter().any(|row| row.ends_with(&format!(": {listed} |"))), "{name}: {rows:?}");
    }
}

#[test]
fn the_stage_of_a_fault_that_has_one_and_a_plus_can_be_left_out() {
    for (short, long) in [
        ("read:stale=2", "stale=2"),
        ("refuse=5", "connect:refuse=5"),
        ("after:length=7", "after:length=+7"),
        ("read:lag=60", "lag=60"),
        ("read:balance=-0.50", "balance=-0.50"),
        ("beside=no", "after:beside=no"),
        ("order-status=failed", "after:order-status=failed"),
    ] {
        assert_eq!(short.parse::<Fault>().unwrap().to_string(), long);
    }
}

#[test]
fn what_is_no_fault_is_an_error_that_says_which_text() {
    for text in [
        "",
        "after",
        "after:",
        "hold",
        "never:hold",
        "after:explode",
        "after:hold=1",
        "after:hold@1",
        "after:close-request@1",
        "before:pass",
        "connect:drip",
        "after:stale=1",
        "stale=0",
        "stale=65",
        "after:stall",
        "after:stall@tail",
        "after:stall@-1",
        "after:stall@+1",
        "after:stall@4294967296",
        "after:length=0",
        "after:length=x",
        "after:status=199",
        "after:status=600",
        "after:status=503+xml",
        "after:status=503+html+empty",
        "after:status=503+retry-after=",
        "after:redirect=304+same",
        "after:redirect=302",
        "after:redirect=302+moon",
        "after:interim=200",
        "after:late=1.5",
        "After:hold",
        "after:hold ",
        "contradict=both",
        "after:wrap=0",
        "after:wrap=201",
        "wrap",
        "after:retype",
        "after:nulls=some",
        "after:repeat=",
        "after:repeat=a b",
        "after:repeat=success+last",
        "after:charset=utf8",
        "after:around",
        "after:case=upper",
        "before:order-status=failed",
        "after:order-status=",
        "before:beside=error",
        "read:other=time",
        "after:lag=1",
        "lag",
        "lag=0",
        "hide",
        "hide=",
        "balance=5",
        "balance=+0",
        "balance=+0.001",
        "balance=+1000000001",
        "balance=++1",
        "balance=+.5",
        "page-error=0",
        "page-404",
        "sort=newest",
    ] {
        let error = text.parse::<Fault>().unwrap_err().to_string();
        assert!(error.contains(&format!("{text:?}")), "{text}: {error}");
    }
}
