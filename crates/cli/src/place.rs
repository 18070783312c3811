//! From the command line to an order in the journal: [`PlaceArgs`] → [`PreparedOrder`] → placed.

mod prepared;

use std::io::IsTerminal;

use jiff::Timestamp;
use jiff::civil::Date;
use oxhost::types::SubscriptionId;
use oxhost::{Client, Order, Outcome, ReadError, RenewalPlan, Reply};
use oxhost_journal::{
    Claim, Claimed, ClaimedUntil, Entry, Journal, JournalError, ListOptions, Sent, State,
};
use oxhost_sandbox::Sandbox;
use tokio::time::{Duration, timeout};

use crate::args::{Options, PlaceArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::Interruption;
use crate::output::Output;
use crate::raw_reply::RawReply;
use crate::report::{Marks, Report};
use crate::{config, findings, journal};

pub(crate) use prepared::PreparedOrder;

/// A claim that nobody waits for is written in this time.
const CLAIM: Duration = Duration::from_secs(1);

/// How long the journal may still try to write down how an order ended, once that has been told.
const LAST_TRY: Duration = Duration::from_secs(2);

const BEFORE: &str = "interrupted before anything was sent";
const UNDER_WAY: &str = "interrupted while the order was under way";

/// Places an order, and tells what became of it.
pub(crate) async fn run(
    order: PreparedOrder,
    args: &PlaceArgs,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let sandbox = options.sandbox.then(Sandbox::start).transpose().map_err(|error| {
        CliError::Configuration(format!("the sandbox cannot be started: {error}"))
    })?;
    let client = config::client(options, sandbox.as_ref())?;
    let ask = !options.sandbox && !options.yes && !options.dry_run;
    if ask && !can_ask() {
        return Err(CliError::Usage(
            "this charges money, and there is no terminal to ask on: add --yes".to_owned(),
        ));
    }
    let exit = if options.dry_run {
        order.dry_run(&client, output)
    } else {
        let raw = args.raw_reply.as_deref().map(RawReply::create).transpose()?;
        let placing = Placing { order: &order, args, client: &client, output, raw, interruption };
        placing.run(options, ask).await?
    };
    if options.sandbox {
        output.note("(sandbox: no real money was involved)");
    }
    Ok(exit)
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// All that it takes to place one order.
struct Placing<'a> {
    order: &'a PreparedOrder,
    args: &'a PlaceArgs,
    client: &'a Client,
    output: Output,
    raw: Option<RawReply>,
    interruption: &'a mut Interruption,
}

impl Placing<'_> {
    async fn run(mut self, options: &Options, ask: bool) -> Result<Exit, CliError> {
        if let Some(report) = self.confirm(ask).await? {
            return Ok(report.tell(self.output));
        }
        let opened = tokio::select! {
            biased;
            opened = journal::open(options) => opened?,
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
        };
        let journal = match self.args.no_baseline {
            true => opened.journal.clone().with_baseline(None),
            false => opened.journal.clone(),
        };
        self.output.progress("waiting for the answer …");
        let report = match self.order {
            PreparedOrder::Renewal(order) => self.place(&journal, order).await?,
            PreparedOrder::Extension(order) => self.place(&journal, order).await?,
            PreparedOrder::RenewalUntil(subscription, date) => {
                self.renew_until(&journal, subscription, *date).await?
            }
        };
        let report = self.wait(&journal, report).await;
        let exit = report.tell(self.output);
        // What could not be written when it was known may be by now; the word does not wait for it.
        let _ = timeout(LAST_TRY, journal.write_unwritten()).await;
        Ok(exit)
    }

    /// Reads what a goal lacks, and asks. A report ends it: nothing is to be sent.
    async fn confirm(&mut self, ask: bool) -> Result<Option<Report>, CliError> {
        let mut words = self.order.words();
        if let PreparedOrder::RenewalUntil(subscription, date) = self.order {
            let plan = tokio::select! {
                biased;
                plan = self.client.plan_renewal(subscription, *date) => plan,
                () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
            };
            match plan {
                Ok(RenewalPlan::Enough(ends)) => return Ok(Some(self.enough(&ends))),
                Ok(RenewalPlan::Renew { order, .. }) => {
                    words = format!("{words} ({})", PreparedOrder::Renewal(order).words());
                }
                Err(error) => return Ok(Some(self.unread(&error))),
            }
        }
        if !ask {
            return Ok(None);
        }
        let operation = self.order.operation();
        self.output.ask(&format!(
            "{words}\n  at {}. This charges money. Go on? [y/N] ",
            // Where it really goes: --base-url leads elsewhere.
            self.client.url(operation).as_deref().unwrap_or(operation.server)
        ));
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        let line = tokio::select! {
            biased;
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
            line = answer => line.ok().and_then(Result::ok).unwrap_or_default(),
        };
        let yes = ["y", "yes"].contains(&line.trim().to_lowercase().as_str());
        Ok((!yes).then(|| self.not_sent("you said no", "Nothing was charged.")))
    }

    async fn place<O: Order + Clone>(
        &mut self,
        journal: &Journal,
        order: &O,
    ) -> Result<Report, CliError> {
        let claim = {
            let reference = self.args.reference.as_deref();
            let mut claiming = Box::pin(journal.claim(self.client, order.clone(), reference));
            tokio::select! {
                biased;
                claimed = &mut claiming => claimed,
                () = self.interruption.heard() => {
                    // One that is not waiting for another's order is there in a moment.
                    if let Ok(Ok(Claimed::Ours(claim))) = timeout(CLAIM, claiming).await {
                        let _ = claim.release(BEFORE).await;
                    }
                    return Err(CliError::Interrupted(BEFORE));
                }
            }
        };
        let claim = match claim {
            Ok(Claimed::Ours(claim)) => claim,
            Ok(Claimed::Recorded(entry)) => return Ok(self.of(&entry).recorded(&entry)),
            Err(error) => return self.stopped(error),
        };
        self.send(claim).await
    }

    async fn send<O: Order>(&mut self, claim: Claim<O>) -> Result<Report, CliError> {
        let sent = match claim.send_unless(self.client, self.interruption.heard()).await {
            Ok(sent) => sent,
            Err(error) => return self.stopped(error),
        };
        let mut report = self.sent(&sent);
        if sent.interrupted {
            report.marks.interrupt();
            let why = sent.result.err().map(|error| error.failure().reason().to_owned());
            // A note may say the same.
            report.warnings.retain(|warning| Some(warning) != why.as_ref());
            report.message = why;
        }
        Ok(report)
    }

    async fn renew_until(
        &mut self,
        journal: &Journal,
        subscription: &SubscriptionId,
        date: Date,
    ) -> Result<Report, CliError> {
        let since = Timestamp::now();
        let reference = self.args.reference.as_deref();
        let claimed = tokio::select! {
            biased;
            claimed = journal.claim_until(self.client, subscription, date, reference) => claimed,
            () = self.interruption.heard() => {
                return self.left_until(journal, since).await;
            }
        };
        match claimed {
            Ok(ClaimedUntil::Enough { ends, .. }) => Ok(self.enough(&ends)),
            Ok(ClaimedUntil::Renew(Claimed::Ours(claim))) => self.send(claim).await,
            Ok(ClaimedUntil::Renew(Claimed::Recorded(entry))) => {
                Ok(self.of(&entry).recorded(&entry))
            }
            Err(error) => self.stopped(error),
        }
    }

    /// An order of the journal's.
    fn of(&self, entry: &Entry) -> Report {
        let words = PreparedOrder::of(entry).map(|order| order.words());
        Report::of(entry, words.unwrap_or_else(|| self.order.words()))
    }

    /// An order that was sent now. All of its report is the entry's, but for what is not written there.
    fn sent<T>(&mut self, sent: &Sent<T>) -> Report {
        let mut report = self.of(&sent.entry);
        let reply: Option<&Reply> = match &sent.result {
            Ok(accepted) => Some(accepted.reply()),
            Err(error) => {
                if error.outcome() != Outcome::Unknown {
                    report.advice = Some(error.advice().to_owned());
                }
                error.failure().reply()
            }
        };
        if let (Some(Outcome::Unknown), Some(why)) =
            (report.marks.outcome, findings::no_baseline(&sent.entry))
        {
            report.warnings.push(format!(
                "finding out is left to you: what there was before the order was not read ({why})"
            ));
        }
        if let Some(error) = &sent.unwritten {
            report.warnings.push(format!(
                "the order was sent and ended as {}, but the journal could not write that down; it is open there as {}: {error}",
                sent.entry.state, sent.entry.id
            ));
        }
        if let (Some(raw), Some(reply)) = (&mut self.raw, reply) {
            report.warnings.extend(raw.write(reply));
        }
        report
    }

    /// Finds out what became of an order that ended unknown, if that is wanted.
    async fn wait(&mut self, journal: &Journal, mut report: Report) -> Report {
        let is_wanted = self.args.wait
            && report.marks.outcome == Some(Outcome::Unknown)
            && !report.marks.interrupted;
        let Some(id) = report.journal_id.clone().filter(|_| is_wanted) else { return report };
        self.output.progress("the order may have been placed; finding out …");
        let settle = self.args.settle;
        tokio::select! {
            biased;
            found = journal::reconcile(journal, self.client, &id, settle, self.output) => match found {
                Ok(entry) => {
                    let mut found = self.of(&entry);
                    if report.marks.recorded {
                        found = found.recorded(&entry);
                    }
                    found.warnings.extend(journal::too_short(&entry, settle));
                    return found;
                }
                // The order is as unknown as before.
                Err(error) => report.warnings.push(format!("it was not found out: {error}")),
            },
            () = self.interruption.heard() => report.marks.interrupt(),
        }
        report
    }

    /// Why nothing was sent.
    fn stopped(&self, error: JournalError) -> Result<Report, CliError> {
        let again = "Nothing was charged. Run the same again.";
        match error {
            JournalError::Blocked(entry) => {
                Ok(Report::blocked(self.order.operation().id, self.order.words(), &entry))
            }
            error @ (JournalError::Released(_)
            | JournalError::PreconditionFailed(_)
            | JournalError::NotVisibleYet { .. }) => Ok(self.not_sent(&error.to_string(), again)),
            // What a goal lacks is not known, so there is no order.
            error @ JournalError::Unread(_) => {
                let exit_code = Exit::NotSent;
                let marks = Marks { exit_code, error: Some(error.to_string()), ..Marks::default() };
                Ok(self.report(marks, "nothing was ordered"))
            }
            error => Err(error.into()),
        }
    }

    fn report(&self, marks: Marks, message: &str) -> Report {
        let (operation, target) = (self.order.operation().id, self.order.target());
        Report::without_order(operation, target, self.order.words(), marks, message)
    }

    fn not_sent(&self, message: &str, advice: &str) -> Report {
        let (outcome, exit_code) = (Some(Outcome::NotSent), Exit::NotSent);
        let mut report = self.report(Marks { outcome, exit_code, ..Marks::default() }, message);
        report.advice = Some(advice.to_owned());
        report
    }

    /// The goal is reached already.
    fn enough(&self, ends: &oxhost::CivilDateTime) -> Report {
        let message = format!("nothing to order: it lasts until {ends} already");
        self.report(Marks { nothing_to_do: true, ..Marks::default() }, &message)
    }

    /// What the goal lacks could not be read.
    fn unread(&self, error: &ReadError) -> Report {
        let status = error.failure().status().map(|status| status.as_u16());
        let exit_code = match (error, status) {
            (ReadError::Refused(_), Some(401 | 403)) => Exit::Configuration,
            (ReadError::Refused(_), _) => Exit::Refused,
            (ReadError::Unavailable(_), _) => Exit::NotSent,
        };
        let why = format!("nothing was ordered: {error}");
        self.report(
            Marks { exit_code, error: Some(why), ..Marks::default() },
            "nothing was ordered",
        )
    }

    /// The user left while the order was under way. The journal knows how far it had come.
    async fn left(&self, journal: &Journal, id: &str) -> Report {
        let entry = match journal.release(id, BEFORE).await {
            Err(JournalError::InvalidTransition { .. }) => journal.get(id).await,
            released => released,
        };
        let mut report = match entry {
            // It had just ended.
            Ok(entry) if !entry.state.blocks() && entry.state != State::NotSent => {
                return self.of(&entry);
            }
            Ok(entry) => self.of(&entry),
            Err(error) => self.astray(Some(id), &error),
        };
        report.marks.interrupt();
        let is_released = report.marks.outcome == Some(Outcome::NotSent);
        report.message = Some(if is_released { BEFORE } else { UNDER_WAY }.to_owned());
        // Its note says the same.
        report.warnings.retain(|_| !is_released);
        report
    }

    /// The journal does not tell how far the order had come.
    fn astray(&self, id: Option<&str>, error: &JournalError) -> Report {
        let (outcome, exit_code) = (Some(Outcome::Unknown), Exit::Unknown);
        let marks = Marks { outcome, exit_code, ..Marks::default() };
        let mut report = self.report(marks, UNDER_WAY);
        report.warnings.push(format!("how far it had come is not known: {error}"));
        report.advice = Some(crate::report::unknown_advice(id.unwrap_or("ID")));
        report.journal_id = id.map(str::to_owned);
        report
    }

    /// The same, where it is not known which order was made for a goal, or whether one was.
    async fn left_until(&self, journal: &Journal, since: Timestamp) -> Result<Report, CliError> {
        match self.latest(journal, since).await {
            Ok(Some(entry)) => Ok(self.left(journal, &entry.id).await),
            Ok(None) => Err(CliError::Interrupted(BEFORE)),
            Err(error) => {
                let mut report = self.astray(None, &error);
                report.marks.interrupt();
                Ok(report)
            }
        }
    }

    /// The order that blocks the target, or one that has just ended.
    async fn latest(
        &self,
        journal: &Journal,
        since: Timestamp,
    ) -> Result<Option<Entry>, JournalError> {
        let (provider, target) =
            (self.client.provider(self.order.operation()), self.order.target());
        let mut latest = journal.blocking(&provider, target).await?;
        let is_latest = |entry: &Entry| {
            entry.provider == provider && entry.target == target && entry.created_at >= since
        };
        let newest = ListOptions::default().newest_first().limit(20);
        let take = |entry: Result<Entry, _>| {
            if latest.is_none() {
                latest = entry.ok().filter(is_latest);
            }
        };
        journal.list(&newest, take).await?;
        Ok(latest)
    }
}
