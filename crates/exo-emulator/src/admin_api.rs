//! The admin API: from path to endpoint, and the headers that every answer has.

mod batch;
mod invoke;
mod path;

use crate::answer::Answer;
use crate::app::Service;
use crate::bearer::{self, Caller};
use crate::cloud::Cloud;
use crate::mix::mix_text;
use crate::paging;
use crate::received::Received;
use crate::request::Request;
use crate::world::World;
use path::{Asked, Path};

/// Answers a request to one of the two services.
pub(crate) async fn answer(world: &World, request: &Request, service: Service, note: &mut Received) -> Answer {
    let path = match Path::read(request) {
        Ok(path) => path,
        Err(answer) => return answer,
    };
    let answer = match bearer::caller(world, request, service, Some(service)) {
        Ok(caller) => {
            let endpoint = Endpoint { world, request, service, path, caller };
            if endpoint.path.asked == Asked::Batch {
                batch::answer(&endpoint).await
            } else {
                endpoint.answer(note).await
            }
        }
        Err(refused) => refused,
    };
    with_service_headers(world, request, answer)
}

/// Answers a request to the front door of Security & Compliance: the way to the tenant's region.
pub(crate) async fn front_door(world: &World, request: &Request, inner: &str, note: &mut Received) -> Answer {
    if !world.tenant.compliance_redirect {
        return answer(world, request, Service::Compliance, note).await;
    }
    let first = request.segments().first().map(|word| word.to_ascii_lowercase());
    if first.as_deref() != Some("adminapi") {
        return Answer::text(404, "");
    }
    if let Err(refused) = bearer::caller(world, request, Service::Compliance, None) {
        return refused;
    }
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let location = format!("https://{}.{inner}:446{}{query}", world.tenant.region, request.path);
    with_service_headers(world, request, Answer::empty(302).with("location", location))
}

/// Answers a request to a service of a cloud that the tenant is not in.
pub(crate) fn elsewhere(world: &World, request: &Request, service: Service, cloud: Cloud) -> Answer {
    with_service_headers(world, request, bearer::elsewhere(request, service, cloud))
}

/// One request of a caller who is known.
struct Endpoint<'a> {
    world: &'a World,
    request: &'a Request,
    service: Service,
    path: Path,
    caller: Caller,
}

impl Endpoint<'_> {
    /// Answers anything but a batch.
    async fn answer(&self, note: &mut Received) -> Answer {
        let tenant = &self.world.tenant;
        let called = &self.path.tenant;
        if !called.eq_ignore_ascii_case(&tenant.id) && !called.eq_ignore_ascii_case(&tenant.initial_domain) {
            return Answer::text(404, "");
        }
        match &self.path.asked {
            Asked::Invoke => self.invoke(note).await,
            _ => Answer::text(404, ""),
        }
    }

    /// The address below which everything of this tenant is, with host and tenant as the caller wrote them.
    fn base(&self) -> String {
        format!("https://{}/adminapi/{}/{}", self.request.authority, self.path.version, self.path.tenant)
    }
}

/// What support asks for, and what routes the next call.
fn with_service_headers(world: &World, request: &Request, answer: Answer) -> Answer {
    let anchor = request.header("x-anchormailbox");
    let back_end = paging::back_end(anchor, &world.tenant.domain)
        .unwrap_or_else(|| "AM0PR02MB0000".to_owned())
        .to_ascii_lowercase();
    let status = answer.status;
    let mut answer = answer
        .with("request-id", world.fresh_guid())
        .with("x-calculatedbetarget", format!("{back_end}.eurprd02.prod.outlook.com"))
        .with("x-backendhttpstatus", format!("{status},{status}"))
        .with("x-concurrencycount", "0")
        .with("x-combinedapponlyconcurrencycount", "0");
    for (name, value) in world.budget(status == 429) {
        answer = answer.with(name, value);
    }
    let has_cookie = request.header("cookie").is_some_and(|c| c.contains("exchangecookie="));
    if has_cookie {
        return answer;
    }
    let value = mix_text(world.secret, &back_end);
    answer.with("set-cookie", format!("exchangecookie={value:016x}; path=/; secure; HttpOnly"))
}
