//! From the command line to an order in the journal: [`PlaceArgs`] → [`PreparedOrder`] → placed.

mod prepared;

use std::io::IsTerminal;
use std::pin::pin;

use oxhost::types::PleskRenewalOrder;
use oxhost::{CivilDateTime, Client, Order, Outcome, ReadError, RenewalPlan, Reply};
use oxhost_journal::{Claim, Claimed, ClaimedUntil, Entry, Journal, JournalError, Sent, State};
use tokio::time::{Duration, timeout};

use crate::args::{Options, PlaceArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interruption::{BEFORE, Interruption};
use crate::output::Output;
use crate::raw_reply::RawReply;
use crate::report::{Marks, Report};
use crate::{config, findings, journal};

pub(crate) use prepared::PreparedOrder;

/// A claim that nobody waits for is written in this time.
const CLAIM: Duration = Duration::from_secs(1);

/// How long the journal may still try to write down how an order ended, once that has been told.
const LAST_TRY: Duration = Duration::from_secs(2);

/// Places an order, and tells what became of it.
pub(crate) async fn run(
    order: PreparedOrder,
    args: &PlaceArgs,
    options: &Options,
    output: Output,
    interruption: &mut Interruption,
) -> Result<Exit, CliError> {
    let sandbox = config::sandbox(options)?;
    let client = config::client(options, sandbox.as_ref(), interruption).await?;
    let ask = must_ask(options)?;
    let exit = if options.dry_run {
        order.dry_run(&client, output)
    } else {
        let raw = match args.raw_reply.as_deref() {
            Some(path) if journal::owns(options, path)? => {
                return Err(CliError::Usage(format!(
                    "nothing was sent: --raw-reply {} is a file of the journal's",
                    path.display()
                )));
            }
            path => path.map(RawReply::create).transpose()?,
        };
        let placing = Placing { order: &order, args, client: &client, output, raw, interruption };
        placing.run(options, ask).await?
    };
    if options.sandbox {
        output.note("(sandbox: no real money was involved)");
    }
    Ok(exit)
}

/// Whether someone is to be asked before money is charged, who then must be there.
pub(crate) fn must_ask(options: &Options) -> Result<bool, CliError> {
    must_ask_that("this charges money", options)
}

/// The same of something else that cannot be taken back.
pub(crate) fn must_ask_that(what: &str, options: &Options) -> Result<bool, CliError> {
    let ask = !options.sandbox && !options.yes && !options.dry_run;
    if ask && !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(CliError::Usage(format!(
            "{what}, and there is no terminal to ask on: add --yes"
        )));
    }
    Ok(ask)
}

/// Whether the answer to a question is yes.
pub(crate) async fn is_yes() -> bool {
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
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
        if ask && let Some(report) = self.confirm().await? {
            return Ok(report.tell(self.output));
        }
        let opened = tokio::select! {
            biased;
            opened = journal::open(options) => opened?,
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
        };
        opened.warn(self.output);
        let ended = self.run_in(&opened.journal).await;
        opened.close().await;
        ended
    }

    async fn run_in(mut self, journal: &Journal) -> Result<Exit, CliError> {
        let journal = match self.args.no_baseline {
            true => journal.clone().with_baseline(None),
            false => journal.clone(),
        };
        let output = self.output;
        let journal = journal.on_wait(move |order, at_most| {
            output.note(&format!(
                "waiting for the order {} of {}, which has this reference and is {}: another process may be sending it; \
                 {} s at most",
                order.id,
                order.created_at,
                order.state,
                at_most.as_secs().saturating_add(1)
            ));
        });
        self.output.progress("waiting for the answer …");
        let (client, reference) = (self.client, self.args.reference.as_deref());
        let report = match self.order {
            PreparedOrder::Renewal(order) => {
                let claiming = journal.claim(client, order.clone(), reference);
                self.place(claiming).await?
            }
            PreparedOrder::Extension(order) => {
                let claiming = journal.claim(client, order.clone(), reference);
                self.place(claiming).await?
            }
            PreparedOrder::RenewalUntil(subscription, date) => {
                let claiming = journal.claim_until(client, subscription, *date, reference);
                self.place(claiming).await?
            }
        };
        let report = self.wait(&journal, report).await;
        let exit = report.tell(self.output);
        // What could not be written when it was known may be by now; the word does not wait for it.
        let _ = timeout(LAST_TRY, journal.write_unwritten()).await;
        Ok(exit)
    }

    /// Asks, for which what a goal lacks is read. A report ends it: nothing is to be sent.
    async fn confirm(&mut self) -> Result<Option<Report>, CliError> {
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
                Ok(RenewalPlan::OutOfReach(_)) => {
                    return Err(CliError::Usage(format!(
                        "nothing was ordered: no renewal reaches as far as {date}"
                    )));
                }
                Err(error) => return Ok(Some(self.unread(&error))),
            }
        }
        let operation = self.order.operation();
        self.output.ask(&format!(
            "{words}\n  at {}. This charges money. Go on? [y/N] ",
            // Where it really goes: --base-url leads elsewhere.
            self.client.url(operation).as_deref().unwrap_or(operation.server)
        ));
        let yes = tokio::select! {
            biased;
            () = self.interruption.heard() => return Err(CliError::Interrupted(BEFORE)),
            yes = is_yes() => yes,
        };
        Ok((!yes).then(|| self.not_sent("you said no", "Nothing was charged.")))
    }

    async fn place<O: Order, C: Into<Next<O>>>(
        &mut self,
        claiming: impl Future<Output = Result<C, JournalError>>,
    ) -> Result<Report, CliError> {
        let mut claiming = pin!(claiming);
        let next = tokio::select! {
            biased;
            claimed = &mut claiming => claimed.map(C::into),
            () = self.interruption.heard() => {
                // One that is not waiting for another's order is there in a moment.
                let claimed = timeout(CLAIM, claiming).await;
                if let Ok(Ok(Next::Send(claim))) = claimed.map(|claimed| claimed.map(C::into)) {
                    let _ = claim.release(BEFORE).await;
                }
                return Err(CliError::Interrupted(BEFORE));
            }
        };
        match next {
            Ok(Next::Send(claim)) => self.send(claim).await,
            Ok(Next::Recorded(entry)) => Ok(self.of(&entry).recorded(&entry)),
            Ok(Next::Enough(ends, None)) => Ok(self.enough(&ends)),
            Ok(Next::Enough(ends, Some(entry))) => {
                let mut report = self.of(&entry).recorded(&entry);
                report.marks.nothing_to_do = true;
                report.advice.get_or_insert(enough(&ends));
                Ok(report)
            }
            Err(error) => self.stopped(error),
        }
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
                if error.outcome() == Outcome::Unknown && sent.entry.state == State::NotOrdered {
                    report.unheard(error.advice());
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
            && !report.marks.interrupted
            && !report.unheard;
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
            JournalError::Unread(error) => Ok(self.unread(&error)),
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
    fn enough(&self, ends: &CivilDateTime) -> Report {
        self.report(Marks { nothing_to_do: true, ..Marks::default() }, &enough(ends))
    }

    /// What the goal lacks could not be read.
    fn unread(&self, error: &ReadError) -> Report {
        let exit_code = Exit::from(error);
        let why = format!("nothing was ordered: {error}");
        let words = error.to_string();
        self.report(Marks { exit_code, error: Some(why), ..Marks::default() }, &words)
    }
}

fn enough(ends: &CivilDateTime) -> String {
    format!("nothing to order: it lasts until {ends} already")
}

/// What follows from a claim.
enum Next<O> {
    Send(Claim<O>),
    Recorded(Box<Entry>),
    Enough(CivilDateTime, Option<Box<Entry>>),
}

impl<O> From<Claimed<O>> for Next<O> {
    fn from(claimed: Claimed<O>) -> Self {
        match claimed {
            Claimed::Ours(claim) => Self::Send(claim),
            Claimed::Recorded(entry) => Self::Recorded(entry),
        }
    }
}

impl From<ClaimedUntil> for Next<PleskRenewalOrder> {
    fn from(claimed: ClaimedUntil) -> Self {
        match claimed {
            ClaimedUntil::Renew(claimed) => claimed.into(),
            ClaimedUntil::Enough { ends, recorded } => Self::Enough(ends, recorded),
        }
    }
}
