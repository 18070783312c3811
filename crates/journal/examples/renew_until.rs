//! Renews the sandbox's subscription until a date, once, however many of it run at a time.
//!
//! Usage: `renew_until JOURNAL_URL PROVIDER_URL DATE`. Prints what came of it: `sent`, `already`, or why
//! nothing was ordered.

use std::io::Write;
use std::process::ExitCode;

use jiff::civil::Date;
use oxhost::Client;
use oxhost_journal::{Claimed, ClaimedUntil, Journal, JournalError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<ExitCode> {
    match run().await {
        Ok(word) => writeln!(std::io::stdout(), "{word}").map(|()| ExitCode::SUCCESS),
        Err(error) => writeln!(std::io::stderr(), "{error}").map(|()| ExitCode::FAILURE),
    }
}

async fn run() -> Result<String, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, journal, provider, date] = &args[..] else {
        return Err("usage: renew_until JOURNAL_URL PROVIDER_URL DATE".into());
    };
    let journal = Journal::open(journal).await?;
    let client = Client::builder(oxhost_sandbox::KEY).base_url(provider).build()?;
    Ok(match until(&journal, &client, date.parse()?).await {
        Ok(word) => word,
        Err(JournalError::Blocked(_)) => "blocked".to_owned(),
        Err(JournalError::NotVisibleYet { .. }) => "not visible yet".to_owned(),
        Err(JournalError::PreconditionFailed(why)) => why.to_owned(),
        Err(error) => return Err(error.into()),
    })
}

async fn until(journal: &Journal, client: &Client, date: Date) -> Result<String, JournalError> {
    let subscription = oxhost_sandbox::SUBSCRIPTION_ID.parse().map_err(|error| {
        JournalError::Usage(format!("the sandbox's subscription has no id: {error}"))
    })?;
    Ok(match journal.claim_until(client, &subscription, date, None).await? {
        ClaimedUntil::Enough { .. } => "already".to_owned(),
        ClaimedUntil::Renew(Claimed::Recorded(_)) => "recorded".to_owned(),
        ClaimedUntil::Renew(Claimed::Ours(claim)) => match claim.send(client).await?.result {
            Ok(_) => "sent".to_owned(),
            Err(error) => format!("sent, and {error}"),
        },
    })
}
