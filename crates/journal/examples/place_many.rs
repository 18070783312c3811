//! Extends servers `s-0`, `s-1`, … by an hour each, once each, however many of it run at a time.
//!
//! Usage: `place_many JOURNAL_URL PROVIDER_URL COUNT [RUN]`. Another RUN orders all of them again. Prints
//! how many orders it sent itself, or why it stopped.

use std::io::Write;
use std::process::ExitCode;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{Journal, Placed};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<ExitCode> {
    match run().await {
        Ok(sent) => writeln!(std::io::stdout(), "{sent}").map(|()| ExitCode::SUCCESS),
        Err(error) => writeln!(std::io::stderr(), "{error}").map(|()| ExitCode::FAILURE),
    }
}

async fn run() -> Result<u32, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let (journal, provider, count, run) = match &args[..] {
        [_, journal, provider, count] => (journal, provider, count, "run-1"),
        [_, journal, provider, count, run] => (journal, provider, count, run.as_str()),
        _ => return Err("usage: place_many JOURNAL_URL PROVIDER_URL COUNT [RUN]".into()),
    };
    let journal = Journal::open(journal).await?;
    // That a connection ends tells a test that its answer was read.
    let client = Client::builder(oxhost_sandbox::KEY).base_url(provider).reuse_connections(false);
    let client = client.build()?;
    let mut sent = 0;
    for number in 0..count.parse()? {
        let server = format!("s-{number}");
        let order = ServerExtensionOrder::new(oxhost_sandbox::USER_ID, server.as_str(), 1)?;
        let placed = journal.place(&client, order, Some(&format!("{run}/{server}"))).await?;
        let Placed::Sent(now) = placed else { continue };
        if let Some(error) = now.unwritten {
            let (id, state) = (&now.entry.id, now.entry.state);
            let said = format!("the order {id} was sent and ended as {state}; not written down");
            return Err(format!("{said}: {error}").into());
        }
        sent += 1;
    }
    Ok(sent)
}
