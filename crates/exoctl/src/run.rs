//! `exoctl run`: the straight line from profile to sink.

use crate::arguments::{Global, RunArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::plan::{Plan, Planned};
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::report_output::ReportOutput;
use crate::source::Source;
use crate::{account, interrupt, preflight, runner, terminal};
use exo_model::{ErrorKind, Invoker, Service};
use exo_output::{ReportRecord, ReportStatus, RunRecord};
use exo_plugin_host::{CancelToken, Carrier, Consent, Host, Isolation, Job, Limits, Outcome, RunEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Runs the reports; the exit code tells findings from blindness.
pub(crate) async fn run(args: &RunArgs, global: &Global) -> Result<Exit> {
    let plan = Plan::new(args)?;
    let source = Source::open(args, global).await?;
    let profile = source.connection().map(|connection| connection.profile.isolation);
    let isolation = args.isolation.or(profile).unwrap_or_default();
    let carrier = carrier(args, isolation)?;
    let cancel = interrupt::token();
    let line = Line { plan: &plan, args, global, source: &source, cancel };
    line.run(Host::new(carrier, limits(args)).isolation(isolation).now(source.now())).await
}

fn limits(args: &RunArgs) -> Limits {
    let time = args.time_limit.map(Duration::from_secs);
    time.map_or_else(Limits::default, |time| Limits::default().wall_clock(time))
}

fn carrier(args: &RunArgs, isolation: Isolation) -> Result<Carrier> {
    match (args.in_process, isolation) {
        (false, _) => runner::carrier(),
        (true, Isolation::Required) => {
            let text = "`--in-process` runs plugins without isolation, and `required` asks for it";
            Err(Failure::new(ErrorKind::Plugin, text)
                .hinted("leave out one of them; `isolation` may stand in the profile"))
        }
        (true, _) => Ok(Carrier::Thread),
    }
}

/// What a run begins with.
struct Outset {
    invoker: Arc<dyn Invoker>,
    /// The reports that are left out, each with the reason.
    unavailable: BTreeMap<String, Failure>,
    /// What could not be looked at before; where all fails, the failures say it.
    notes: Vec<String>,
}

/// What all reports of a run share.
pub(crate) struct Line<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) args: &'a RunArgs,
    pub(crate) global: &'a Global,
    pub(crate) source: &'a Source,
    pub(crate) cancel: CancelToken,
}

impl Line<'_> {
    /// Token, roles, sessions, then one report after the other.
    async fn run(&self, host: Host) -> Result<Exit> {
        let mut record = account::begin(self.source);
        let Outset { invoker, mut unavailable, notes } = self.connect().await?;
        if record.app_id.is_none() {
            record.app_id = self.app_of_the_token().await;
        }
        if let (None, Some(connection)) = (&record.organization, self.source.connection()) {
            // It is known by now, unless no report is to run.
            record.organization = connection.organization().await.ok().map(ToString::to_string);
        }
        let mut failures = Vec::new();
        for planned in &self.plan.reports {
            if self.cancel.is_cancelled() {
                record.reports.push(account::not_begun(planned));
                continue;
            }
            if let Some(failure) = unavailable.remove(&planned.found.report.name) {
                record.reports.push(account::not_evaluated(planned, &failure));
                failures.push(failure);
                continue;
            }
            let (report, failure) = self.report(&host, planned, Arc::clone(&invoker), &mut record).await?;
            record.reports.push(report);
            failures.extend(failure);
        }
        let exit = self.finish(record, failures)?;
        if !self.global.quiet {
            for note in notes {
                terminal::say(&note);
            }
        }
        Ok(exit)
    }

    /// Tokens, roles and offers are looked at before the first cmdlet is sent.
    async fn connect(&self) -> Result<Outset> {
        let recorder = self.args.record.as_deref().map(Recorder::new).transpose()?;
        let connection = match self.source {
            Source::Tenant { connection, .. } => connection,
            Source::Fixtures(fixtures) => {
                return Ok(Outset {
                    invoker: Arc::new(fixtures.clone()),
                    unavailable: BTreeMap::new(),
                    notes: Vec::new(),
                });
            }
        };
        let connecting = async {
            if !self.global.quiet {
                preflight::warn(connection, self.plan.services());
            }
            let outlook = if self.args.no_preflight {
                preflight::Outlook::default()
            } else {
                preflight::outlook(connection, self.plan, self.args.skip_unavailable).await?
            };
            let collector = connection.collector(self.services_without(&outlook.unavailable)).await?;
            let invoker: Arc<dyn Invoker> = match recorder {
                Some(recorder) => Arc::new(recorder.over(Arc::new(collector))),
                None => Arc::new(collector),
            };
            Ok(Outset { invoker, unavailable: outlook.unavailable, notes: outlook.notes })
        };
        tokio::select! {
            outset = connecting => outset,
            () = self.cancel.cancelled() => Err(interrupted()),
        }
    }

    /// The services of the reports that are to run.
    fn services_without(&self, unavailable: &BTreeMap<String, Failure>) -> BTreeSet<Service> {
        let reports = self.plan.reports.iter().map(|planned| &planned.found.report);
        let ready = reports.filter(|report| !unavailable.contains_key(&report.name));
        ready.flat_map(|report| report.needs.iter().map(|need| need.service)).collect()
    }

    /// Whose the tokens are, where the profile does not say.
    async fn app_of_the_token(&self) -> Option<String> {
        let service = self.plan.services().into_iter().next()?;
        self.source.connection()?.claims(service).await.ok()??.app_id
    }

    /// One report to its end: its account, and its failure if it gave no result.
    async fn report(
        &self,
        host: &Host,
        planned: &Planned,
        invoker: Arc<dyn Invoker>,
        record: &mut RunRecord,
    ) -> Result<(ReportRecord, Option<Failure>)> {
        let name = &planned.found.report.name;
        let progress = Progress::of(name, self.global.quiet);
        let output = Arc::new(ReportOutput::open(self.plan, planned, self.args.results.overwrite, progress)?);
        let may_write = self.args.allow_writes && planned.found.origin.may_write();
        let consent = if may_write { Consent::Write } else { Consent::ReadOnly };
        let job = Job {
            plugin: Arc::clone(&planned.found.plugin),
            report: name.clone(),
            args: planned.arguments.clone(),
            invoker,
            consent,
            events: Arc::clone(&output) as _,
        };
        let end = host.run(job, self.cancel.clone()).await;
        if let Some(warning) = account::confinement(record, &end)
            && !self.global.quiet
        {
            terminal::say(&warning);
        }
        self.settle(planned, &output, &end)
    }

    /// A report that finished keeps its result, complete or not; any other leaves none.
    fn settle(
        &self,
        planned: &Planned,
        output: &ReportOutput,
        end: &RunEnd,
    ) -> Result<(ReportRecord, Option<Failure>)> {
        let mut report = account::of(planned, end);
        if matches!(end.outcome, Outcome::Ok) {
            let committed = output.commit(end.is_complete())?;
            report.status = if end.is_complete() { ReportStatus::Complete } else { ReportStatus::Incomplete };
            report.rows = committed.rows;
            report.file =
                committed.path.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
            for finding in &committed.findings {
                report.count_finding(finding.severity, finding.status);
            }
            self.tell(&report);
            return Ok((report, None));
        }
        report.rows = output.rows();
        let partial = output.discard(self.args.keep_partial)?;
        report.file = partial.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let failure = account::failure(planned, end);
        report.status =
            if failure.kind() == ErrorKind::Interrupted { ReportStatus::Cancelled } else { ReportStatus::Failed };
        report.cause = Some(account::cause(&failure));
        Ok((report, Some(failure)))
    }

    /// Writes the account and decides how the program ends.
    fn finish(&self, mut record: RunRecord, mut failures: Vec<Failure>) -> Result<Exit> {
        record.ended = Some(crate::times::rfc3339(self.source.now()));
        if let Some(path) = self.plan.record() {
            account::write(&record, &path, &self.plan.destination)?;
        }
        if self.cancel.is_cancelled() {
            return Err(interrupted());
        }
        if failures.len() == self.plan.reports.len() {
            return Err(account::common_cause(failures));
        }
        for failure in failures.drain(..) {
            terminal::say(&failure.for_people());
        }
        Ok(Exit::of_run(&record, self.plan.fail_on))
    }

    /// One line about a report that has ended, for the person.
    fn tell(&self, report: &ReportRecord) {
        if !self.global.quiet {
            terminal::say(&account::sentence(report));
        }
        if report.status == ReportStatus::Incomplete {
            for line in account::missing(report) {
                terminal::say(&line);
            }
        }
    }
}

fn interrupted() -> Failure {
    Failure::new(ErrorKind::Interrupted, "interrupted")
}
