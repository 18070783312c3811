//! `oxhost sandbox`: the provider, for any program to test against.

use std::net::{IpAddr, SocketAddr};

use oxhost_sandbox::{Fault, Sandbox, Seed};
use serde_json::json;

use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::{Format, Output};

pub(crate) async fn run(
    listen: SocketAddr,
    faults: Vec<Fault>,
    targets: Option<u32>,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let builder = Sandbox::builder().listen(listen).page(oxhost_docs::of_sandbox);
    let builder = match targets {
        Some(targets) => builder.seed(Seed::documented().with_targets(targets)).moving_clock(),
        None => builder,
    };
    let builder = faults.into_iter().fold(builder, |builder, fault| builder.fault(fault));
    let sandbox = builder.start().map_err(|error| {
        CliError::Configuration(format!("the sandbox cannot listen on {listen}: {error}"))
    })?;
    let (key, user) = (sandbox.key(), sandbox.user_id());
    let url = reachable(listen.ip(), sandbox.url());
    let written = match (output.format, &url) {
        (Format::Json, url) => output.json(&json!({"url": url, "api_key": key, "user_id": user})),
        (Format::Text, Some(url)) => output.text(&format!(
            "A sandbox of 0xHost listens on {url} until Ctrl-C. No real money is involved.\n\
             Open {url} in a browser to read about the API and to try it.\n\n\
             export OXHOST_BASE_URL={url}\n\
             export OXHOST_API_KEY={key}\n\
             export OXHOST_JOURNAL=$(mktemp -d)/journal.db\n\
             oxhost plesk renew sub123-4567-8901-2345-678901234567 --months 3 --yes\n\
             oxhost server extend server12345-6789-0123-4567-890123456789 --user {user} --hours 1 --yes\n\
             curl {url}/sandbox/ledger"
        )),
        (Format::Text, None) => output.text(&format!(
            "A sandbox of 0xHost listens until Ctrl-C, where clients refuse to show their key on the way.\n\
             Lead to it by https://, or from 127.0.0.1. No real money is involved.\n\n\
             export OXHOST_API_KEY={key}"
        )),
    };
    let exit = output.document(written);
    interruption.heard().await;
    Ok(exit)
}

/// The URL, if a client may be given it: plain HTTP leads to loopback alone.
fn reachable(listens_on: IpAddr, url: &str) -> Option<String> {
    let any = listens_on.to_string();
    match listens_on {
        IpAddr::V4(address) if address.is_unspecified() => Some(url.replace(&any, "127.0.0.1")),
        IpAddr::V6(address) if address.is_unspecified() => {
            Some(url.replace(&format!("[{any}]"), "[::1]"))
        }
        address => address.is_loopback().then(|| url.to_owned()),
    }
}

/// All faults, for the help.
pub(crate) fn faults() -> String {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for fault in Fault::samples() {
        let (kind, stage) = (fault.kind().to_string(), fault.stage().to_string());
        let end = kind.find(['=', '@']).unwrap_or(kind.len());
        let name = kind.get(..end).unwrap_or_default();
        let is_it = |(known, _): &&mut (String, _)| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', '@']))
        };
        match kinds.iter_mut().find(is_it) {
            Some((_, stages)) if stages.contains(&stage) => {}
            Some((_, stages)) => stages.push(stage),
            None => kinds.push((kind, vec![stage])),
        }
    }
    let lines = kinds.iter().map(|(kind, stages)| format!("  {kind:22} {}\n", stages.join(" ")));
    format!(
        "Faults, each with a value of its own and the stages at which it happens. STAGE:KIND sets one: before \
         an order is booked, after that, read, or connect. drip=50 sends a reply byte by byte, 50 ms apart, as in \
         --fault after:drip=50 --fault read:drip=50.\n\n{}\nThe documentation of the crate oxhost-sandbox says what each \
         does, and which values there are.",
        lines.collect::<String>()
    )
}
