//! The admin API: from path to endpoint, and the headers that every answer has.

mod batch;
mod documented;
mod invoke;
mod noun_path;
mod nouns;
mod odata_filter;
mod offered;
mod path;
mod property_sets;

use crate::answer::Answer;
use crate::app::{MANAGE, Service};
use crate::bearer::{self, Caller};
use crate::cloud::Cloud;
use crate::cmdlet_error::CmdletError;
use crate::faults::Fault;
use crate::hosts::Door;
use crate::load::{Cost, Refused, TOO_MANY};
use crate::mix::mix_text;
use crate::paging;
use crate::received::Received;
use crate::regions;
use crate::request::Request;
use crate::spoil;
use crate::world::World;
use invoke::error_answer;
use path::{Asked, Path};

/// Answers a request to one of the two services.
pub(crate) async fn answer(world: &World, request: &Request, service: Service, note: &mut Received) -> Answer {
    let path = match Path::read(request) {
        Ok(path) => path,
        Err(answer) => return answer,
    };
    let mut app = None;
    let answer = match bearer::caller(world, request, service, Some(service)) {
        Ok(caller) => {
            app = Some(caller.issued.app);
            let endpoint = Endpoint { world, request, service, path, caller, cost: ALONE };
            if endpoint.path.asked == Asked::Batch {
                batch::answer(&endpoint).await
            } else {
                endpoint.answer(note).await
            }
        }
        Err(refused) => refused,
    };
    with_service_headers(world, request, app, answer)
}

/// What a request takes that did not come in a batch.
const ALONE: Cost = Cost { slot: true, call: true };

/// Answers a request to the front door of a service: the way to the tenant's region.
pub(crate) async fn front_door(world: &World, request: &Request, door: Door, note: &mut Received) -> Answer {
    let tenant = &world.tenant;
    let regions = world.regions();
    // That of Security & Compliance takes a token of either kind.
    let (region, location, token) = match door.service {
        Service::Exchange => (regions.exchange, tenant.exchange_location, Some(Service::Exchange)),
        Service::Compliance => {
            let region = tenant.compliance_redirect.then_some(regions.compliance);
            (region, tenant.compliance_location, None)
        }
    };
    let Some(region) = region else { return answer(world, request, door.service, note).await };
    let first = request.segments().first().map(|word| word.to_ascii_lowercase());
    if first.as_deref() != Some("adminapi") {
        return Answer::text(404, "");
    }
    if let Err(refused) = bearer::caller(world, request, door.service, token) {
        return refused;
    }
    let anchor = request.header("x-anchormailbox").unwrap_or_default();
    let domain = anchor.rsplit_once('@').map_or("", |(_, domain)| domain);
    let knows = [&tenant.initial_domain, &tenant.domain].iter().any(|known| known.eq_ignore_ascii_case(domain));
    let answer = if tenant.unsettled.door_wants_domain && door.service == Service::Compliance && !knows {
        error_answer(&CmdletError::malformed("The request names no domain of a tenant and cannot be routed."))
    } else {
        Answer::empty(302).with("location", regions::elsewhere(request, door, &region, location))
    };
    with_service_headers(world, request, None, answer)
}

/// Answers a request to a service of a cloud that the tenant is not in.
pub(crate) fn elsewhere(world: &World, request: &Request, service: Service, cloud: Cloud) -> Answer {
    with_service_headers(world, request, None, bearer::elsewhere(request, service, cloud))
}

/// One request of a caller who is known.
struct Endpoint<'a> {
    world: &'a World,
    request: &'a Request,
    service: Service,
    path: Path,
    caller: Caller,
    cost: Cost,
}

impl Endpoint<'_> {
    /// Answers anything but a batch.
    async fn answer(&self, note: &mut Received) -> Answer {
        let tenant = &self.world.tenant;
        if !self.is_called() {
            return if tenant.unsettled.unknown_tenant_401 {
                bearer::wrong_tenant(self.service, tenant.cloud)
            } else {
                Answer::text(404, "")
            };
        }
        let documented = matches!(self.path.asked, Asked::Documented(_));
        if !documented && !self.caller.issued.roles.iter().any(|role| role == MANAGE) {
            return Answer::empty(403);
        }
        match &self.path.asked {
            Asked::Invoke => self.invoke(note).await,
            Asked::ModuleFile => self.read("EXOModuleFile", note, || self.module_file()).await,
            Asked::Banner => self.read("EXOBanner", note, || self.banner()).await,
            Asked::Metadata => self.read("$metadata", note, offered::metadata).await,
            Asked::Document => self.read("service document", note, || self.document()).await,
            Asked::Noun(segments) => self.noun(segments, note).await,
            Asked::Documented(name) => self.documented(name, note).await,
            Asked::Batch => Answer::text(404, ""),
        }
    }

    /// Whether the path names the tenant by a name that is good there.
    fn is_called(&self) -> bool {
        let tenant = &self.world.tenant;
        let known =
            [Some(&tenant.id), Some(&tenant.initial_domain), tenant.unsettled.custom_domain.then_some(&tenant.domain)];
        known.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(&self.path.tenant))
    }

    /// A plain read, which counts, waits and fails like a cmdlet of this name.
    async fn read(&self, name: &str, note: &mut Received, serve: impl FnOnce() -> Answer) -> Answer {
        if self.request.method != "GET" {
            return Answer::empty(405).with("allow", "GET");
        }
        self.served(name, None, note, |_| serve()).await
    }

    /// Lets a call in, strikes it with its fault if it has one, and serves it otherwise.
    async fn served(
        &self,
        name: &str,
        page: Option<u32>,
        note: &mut Received,
        serve: impl FnOnce(Option<&Fault>) -> Answer,
    ) -> Answer {
        note.cmdlet = Some(name.to_owned());
        note.page = page;
        let world = self.world;
        world.journal.count_cmdlet(name);
        let slot = match world.load.enter(self.caller.issued.app, self.cost) {
            Ok(slot) => slot,
            Err(refused) => return self.over_budget(&refused),
        };
        slot.work().await;
        let app = world.app(self.caller.issued.app);
        let Some(fault) = world.faults.strike(Some(name), page, app.as_ref().map(|app| app.id.as_str())) else {
            return serve(None);
        };
        spoil::wait(&fault).await;
        let answer = self.strike(&fault).unwrap_or_else(|| serve(Some(&fault)));
        spoil::finish(&fault, answer)
    }

    /// The answer to a call that goes beyond a limit.
    fn over_budget(&self, refused: &Refused) -> Answer {
        refused.answer(self.world.clock.now_millis(), |status| {
            let exception = "Microsoft.Exchange.Data.ApplicationLogic.OverBudgetException";
            error_answer(&CmdletError::new(status, exception, TOO_MANY))
        })
    }

    /// The address below which everything of this tenant is, with host and tenant as the caller wrote them.
    fn base(&self) -> String {
        format!("https://{}/adminapi/{}/{}", self.request.authority, self.path.version, self.path.tenant)
    }
}

/// What support asks for, and what routes the next call.
fn with_service_headers(world: &World, request: &Request, app: Option<usize>, answer: Answer) -> Answer {
    let anchor = request.header("x-anchormailbox");
    let back_end = paging::back_end(anchor, &world.tenant.domain)
        .unwrap_or_else(|| "AM0PR02MB0000".to_owned())
        .to_ascii_lowercase();
    let status = answer.status;
    let mut answer = answer
        .with("request-id", world.fresh_guid())
        .with("x-calculatedbetarget", format!("{back_end}.eurprd02.prod.outlook.com"))
        .with("x-backendhttpstatus", format!("{status},{status}"))
        .with("x-concurrencycount", app.map_or(0, |app| world.load.usage(Some(app)).running).to_string())
        .with("x-combinedapponlyconcurrencycount", world.load.usage(None).running.to_string());
    for (name, value) in world.budget(app, status == 429) {
        answer = answer.with(name, value);
    }
    let has_cookie = request.header("cookie").is_some_and(|c| c.contains("exchangecookie="));
    if has_cookie {
        return answer;
    }
    let value = mix_text(world.secret, &back_end);
    answer.with("set-cookie", format!("exchangecookie={value:016x}; path=/; secure; HttpOnly"))
}
