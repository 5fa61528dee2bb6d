//! A call as a stream: one page at a time, to the end and not past it.

mod twice;

use crate::budget::Waits;
use crate::endpoint::{shown_host, split, tenant_in};
use crate::exchange::{Answered, Exchange, Spent, Target, seconds};
use crate::request::{Call, Form};
use crate::response::Reply;
use crate::service_error::Sign;
use crate::{Error, ServiceError, search_only};
use exo_catalog::Access;
use exo_model::{Completeness, Gap, GapKind, Next, Origin, Page, Pages, SeamError};
use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;
use std::sync::Arc;
use tracing::{Instrument, Span, debug_span, field};
use twice::LastPage;

/// A call that is running.
///
/// The first page is held back until the second is there: page links fail where they fail on the second page mostly,
/// and as long as nobody has seen a record the run can begin anew. So there are never more than two pages in memory.
pub(crate) struct Run {
    exchange: Arc<Exchange>,
    call: Call,
    span: Span,
    spent: Spent,
    /// What is to be asked next; nothing at the end.
    target: Option<Target>,
    /// Links that were followed, by a digest each: one small text kept for each page would part the memory that pages
    /// come and go in.
    followed: HashSet<u64>,
    hasher: RandomState,
    last: LastPage,
    /// The tenant that the first answer named.
    tenant: Option<String>,
    held: VecDeque<Page>,
    /// What broke the run, told after the pages that are held.
    failure: Option<Error>,
    end: Completeness,
    handed_out: bool,
    begun_anew: bool,
    /// A request is under way; still so when the next one begins if the reader gave up in between.
    asking: bool,
    cuts: Cuts,
}

/// What to do with a warning that names the parameters to go on with.
enum Cuts {
    /// It is a gap.
    Told,
    /// Whoever runs the calls after this one goes on by the last of them.
    Followed(Option<String>),
}

impl Run {
    pub(crate) fn new(exchange: Arc<Exchange>, call: Call) -> Self {
        let span = debug_span!("invoke", cmdlet = %call.cmdlet, service = %exchange.caller.service);
        let spent = Spent::new(call.cmdlet.clone());
        let target = Some(Target::First);
        let (followed, tenant, held, failure) = (HashSet::new(), None, VecDeque::new(), None);
        let hasher = RandomState::new();
        let end = fresh_end(&exchange, &call);
        Self {
            exchange,
            call,
            span,
            spent,
            target,
            followed,
            hasher,
            last: LastPage::default(),
            tenant,
            held,
            failure,
            end,
            handed_out: false,
            begun_anew: false,
            asking: false,
            cuts: Cuts::Told,
        }
    }

    /// Leaves it to the caller to go on by [`seam`](Self::seam).
    pub(crate) fn in_a_chain(mut self) -> Self {
        self.cuts = Cuts::Followed(None);
        self
    }

    /// The warning that says with which parameters to go on.
    pub(crate) fn seam(&mut self) -> Option<String> {
        match &mut self.cuts {
            Cuts::Told => None,
            Cuts::Followed(seam) => seam.take(),
        }
    }

    /// Whether an answer may have been lost that the service does not give again.
    pub(crate) fn unheard(&self) -> bool {
        self.spent.unheard
    }

    /// A call whose first answer came with those of others.
    pub(crate) fn begun(exchange: Arc<Exchange>, call: Call, retries: u64, (reply, host): Answered) -> Self {
        let mut run = Self::new(exchange, call);
        run.spent.retries = retries;
        let wanted = run.call.limit;
        if let Err(error) = run.take(*reply, &Target::First, &host, wanted) {
            run.fail(error);
        }
        run
    }

    /// Fetches what must be there before the first page is given away.
    pub(crate) async fn begin(&mut self) {
        self.fill().await;
    }

    pub(crate) async fn step(&mut self) -> Result<Next, Error> {
        self.fill().await;
        if let Some(page) = self.held.pop_front() {
            self.handed_out = true;
            self.end.pages += 1;
            self.end.records += page.len() as u64;
            return Ok(Next::Page(page));
        }
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        self.end.retries = self.spent.retries;
        Ok(Next::End(self.end.clone()))
    }

    /// Fetches until a page can be given away, or the run is over.
    ///
    /// Dropped in the middle, it has changed nothing: what was being asked for is asked for again the next time.
    async fn fill(&mut self) {
        while let Some(target) = self.target.clone() {
            let enough = if self.handed_out { !self.held.is_empty() } else { self.held.len() > 1 };
            if enough {
                return;
            }
            if let Err(error) = self.fetch(&target).await {
                self.fail(error);
            }
        }
    }

    /// Asks for one page and takes it in.
    async fn fetch(&mut self, target: &Target) -> Result<(), Error> {
        let wanted = self.call.limit.map(|limit| limit.saturating_sub(self.taken()));
        if wanted == Some(0) {
            self.target = None;
            self.end.limited = true;
            return Ok(());
        }
        let interrupted = std::mem::replace(&mut self.asking, true);
        self.spent.unheard |= interrupted;
        if interrupted && self.call.access == Access::Write {
            return Err(self.answer("the call was given up before its answer came", true));
        }
        let before = self.spent.waits.sum;
        let number = self.end.pages + self.held.len() as u64 + 1;
        let span = debug_span!(
            parent: &self.span, "page", cmdlet = %self.call.cmdlet, page = number,
            status = field::Empty, request_id = field::Empty, waited = field::Empty
        );
        let asked = self.exchange.ask(&self.call, target, wanted, &mut self.spent).instrument(span.clone()).await;
        span.record("waited", seconds(self.spent.waits.sum.saturating_sub(before)));
        self.asking = false;
        let (reply, host) = asked?;
        // A run that gets on may take as long as it takes; the limit on waiting is for one that does not.
        self.spent.waits = Waits::new(self.call.cmdlet.clone());
        self.take(*reply, target, &host, wanted)
    }

    /// Takes a page in, and decides what is asked next.
    fn take(&mut self, reply: Reply, target: &Target, host: &Origin, wanted: Option<u64>) -> Result<(), Error> {
        self.target = None;
        if reply.empty && matches!(target, Target::Link(..)) {
            return Err(self.answer("an empty body came where a page was promised", false));
        }
        self.check_tenant(reply.context.as_deref())?;
        let room = wanted.map_or(usize::MAX, |wanted| usize::try_from(wanted).unwrap_or(usize::MAX));
        if self.last.is(&reply.page) {
            return Err(Error::RepeatedLink { cmdlet: self.call.cmdlet.clone(), pages: self.seen() });
        }
        let (count, more) = (reply.page.len(), reply.next_link.is_some());
        let full = count >= room;
        let cut = self.hear(&reply, more || full);
        // A page without records is the way of some cmdlets to say that more is to come, or nothing at all.
        if count > 0 {
            self.held.push_back(reply.page.truncated(room));
        }
        // Whether a read by noun always gives a link where more follows, nobody has documented.
        let by_noun = self.call.form == Form::Noun { one: false };
        let unsure = by_noun && count > 0 && !more && count >= usize::from(self.call.records_in_a_page(wanted));
        if full && (more || cut || unsure || count > room) {
            self.end.limited = true;
        } else if let Some(link) = &reply.next_link {
            self.target = Some(self.follow(link, host)?);
        } else if unsure {
            let what = format!(
                "the per-noun path gave a full page of {count} records and no link; InvokeCommand tells whether there are more"
            );
            self.end.gaps.push(Gap::new(GapKind::Truncated, what));
        }
        Ok(())
    }

    /// Keeps what the service warned of, and turns what is missing into gaps. Whether it said that there is more.
    fn hear(&mut self, reply: &Reply, paged: bool) -> bool {
        let mut cut = false;
        for warning in &reply.warnings {
            if is_cut(warning) {
                cut = true;
                if let Cuts::Followed(seam) = &mut self.cuts
                    && warning.contains(SEAM)
                {
                    *seam = Some(warning.clone());
                    continue;
                }
                // Beside a link, or where we stop by ourselves, it says what is known.
                if !paged {
                    let what = format!("the service has more records and gave no way to them: {warning}");
                    self.end.gaps.push(Gap::new(GapKind::Truncated, what));
                }
            } else if !self.end.warnings.contains(warning) && self.end.warnings.len() < MOST_WARNINGS {
                self.end.warnings.push(warning.clone());
            }
        }
        for error in reply.errors.iter().take(MOST_WARNINGS) {
            let what = format!("`{}` went on after an error: {}", self.call.cmdlet, crate::service_error::short(error));
            self.end.gaps.push(Gap::new(GapKind::Refused, what));
        }
        if let Some(text) = reply.confirmation.as_ref().filter(|text| !text.is_empty()) {
            self.end.warnings.push(format!("nothing was done; the service would: {text}"));
        }
        cut
    }

    /// The next page's place, if the token may go there.
    fn follow(&mut self, link: &str, host: &Origin) -> Result<Target, Error> {
        match split(link) {
            Some((origin, path)) if origin == *host => {
                if !self.followed.insert(self.hasher.hash_one(&path)) {
                    return Err(Error::RepeatedLink { cmdlet: self.call.cmdlet.clone(), pages: self.seen() });
                }
                Ok(Target::Link(origin, path))
            }
            _ => Err(Error::ForeignLink {
                cmdlet: self.call.cmdlet.clone(),
                from: host.to_string(),
                to: shown_host(link),
            }),
        }
    }

    /// The tenant in an answer is the one that was asked, and stays the same.
    fn check_tenant(&mut self, context: Option<&str>) -> Result<(), Error> {
        let Some(answered) = context.and_then(tenant_in) else { return Ok(()) };
        let caller = &self.exchange.caller;
        let asked = caller.tenant_in_url();
        let ours = answered.eq_ignore_ascii_case(asked)
            || answered.eq_ignore_ascii_case(caller.organization.as_str())
            // Asked by its domain, the service may name the tenant by a GUID that nobody told us; it must stay the same.
            || caller.tenant.is_none() && is_guid(answered) && self.tenant.as_deref().is_none_or(|t| t.eq_ignore_ascii_case(answered));
        if !ours {
            let (asked, answered) = (asked.to_owned(), crate::service_error::short(answered));
            return Err(Error::OtherTenant { cmdlet: self.call.cmdlet.clone(), asked, answered });
        }
        if is_guid(answered) {
            self.tenant.get_or_insert_with(|| answered.to_owned());
        }
        Ok(())
    }

    /// Ends the run, or begins it anew where that loses nothing.
    fn fail(&mut self, error: Error) {
        self.target = None;
        match error {
            Error::Service(expired) if expired.sign == Sign::PagesExpired => self.expired(expired),
            other => self.broken(other),
        }
    }

    fn expired(&mut self, source: Box<ServiceError>) {
        if self.handed_out || self.begun_anew || self.call.access == Access::Write {
            let pages = self.seen();
            return self.broken(Error::PagesExpired { cmdlet: self.call.cmdlet.clone(), pages, source });
        }
        tracing::debug!(cmdlet = %self.call.cmdlet, "pages expired; the run begins anew");
        self.begun_anew = true;
        self.spent.retries += 1;
        self.held.clear();
        self.followed.clear();
        self.last.forget();
        self.end = fresh_end(&self.exchange, &self.call);
        self.target = Some(Target::First);
    }

    /// Whoever asks on after the error must not be told that all came.
    fn broken(&mut self, error: Error) {
        self.end.gaps.push(Gap::new(GapKind::Failed, error.to_string()));
        self.failure = Some(error);
    }

    fn answer(&self, why: &'static str, uncertain: bool) -> Error {
        Error::Answer { cmdlet: self.call.cmdlet.clone(), why, at: 0, uncertain, request_id: None }
    }

    /// Pages that came, given away or not.
    fn seen(&self) -> u64 {
        self.end.pages + self.held.len() as u64
    }

    /// Records that came, given away or not.
    fn taken(&self) -> u64 {
        self.end.records + self.held.iter().map(|page| page.len() as u64).sum::<u64>()
    }
}

#[async_trait::async_trait]
impl Pages for Run {
    async fn next(&mut self) -> Result<Next, SeamError> {
        self.step().await.map_err(Error::into_seam)
    }
}

/// What is known of a call's end before it began.
fn fresh_end(exchange: &Exchange, call: &Call) -> Completeness {
    let mut end = Completeness::default();
    end.warnings.extend(search_only::warning(exchange.caller.service, &call.cmdlet));
    end
}

/// Whether a warning says that records are missing.
fn is_cut(warning: &str) -> bool {
    CUT.iter().any(|part| warning.contains(part))
}

fn is_guid(text: &str) -> bool {
    text.parse::<exo_model::TenantId>().is_ok()
}

/// `Get-MessageTraceV2` names the parameters to go on with; all others have one text.
const CUT: &[&str] = &["There are more results available than are currently displayed", SEAM];

/// The parameter by which a message trace goes on.
const SEAM: &str = "StartingRecipientAddress";

/// Warnings are for people.
const MOST_WARNINGS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_a_cut_are_known() {
        assert!(is_cut(
            "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."
        ));
        assert!(is_cut("go on with -StartDate x -EndDate y -StartingRecipientAddress z"));
        assert!(!is_cut("the object is corrupted"));
    }
}
