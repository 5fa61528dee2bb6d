//! Objects by their noun, read with GET: mailboxes, recipients, permissions, statistics.

use serde_json::json;

use super::invoke::error_answer;
use super::noun_path::{self, Read};
use super::{Endpoint, property_sets};
use crate::answer::Answer;
use crate::cmdlet_error::CmdletError;
use crate::cmdlets::{self, Call, Output};
use crate::envelope::{self, Wanted};
use crate::faults::{Action, Fault};
use crate::form::Form;
use crate::mix::mix_text;
use crate::paging::{Binding, Place};
use crate::parameters::Parameters;
use crate::received::Received;
use crate::roles::Access;
use crate::select::Select;

/// Links to pages of nouns are good on every back end.
const ANY_BACK_END: &str = "AM0PR02MB0000";

impl Endpoint<'_> {
    pub(super) async fn noun(&self, segments: &[String], note: &mut Received) -> Answer {
        if self.request.method != "GET" {
            return Answer::empty(405).with("allow", "GET");
        }
        let query = Form::parse(&self.request.query);
        let Some(read) = noun_path::understood(segments, &query) else { return Answer::text(404, "") };
        let place = self.place_of_noun(&query);
        let page = place.map(|place| place.page);
        let serve = |fault: Option<&Fault>| match self.objects(&read, &query, place, fault) {
            Ok(answer) => answer,
            Err(error) => error_answer(&error),
        };
        self.served(read.cmdlet, page, note, serve).await
    }

    fn place_of_noun(&self, query: &Form) -> Option<Place> {
        match query.get("$skiptoken") {
            None => Some(Place::START),
            Some(token) => self.noun_binding().open(token),
        }
    }

    fn noun_binding(&self) -> Binding<'static> {
        let body = mix_text(3, &format!("{}?{}", self.request.path, without_token(&self.request.query)));
        Binding { secret: self.world.secret, body, back_end: ANY_BACK_END }
    }

    fn objects(
        &self,
        read: &Read,
        query: &Form,
        place: Option<Place>,
        fault: Option<&Fault>,
    ) -> Result<Answer, CmdletError> {
        let cmdlet = self.readable(read.cmdlet)?;
        let place = place.ok_or_else(CmdletError::expired_page)?;
        let life = i64::try_from(self.world.tenant.page_link_lifetime.as_millis()).unwrap_or(i64::MAX);
        if place != Place::START && self.world.clock.now_millis() - place.given >= life {
            return Err(CmdletError::expired_page());
        }
        let parameters = Parameters::read(&read.parameters, cmdlet.parameters)?;
        let call = self.reading(&parameters);
        if read.kind == "MailboxPermission" {
            let rows: Vec<Vec<u8>> =
                cmdlets::permission_groups(&call)?.iter().map(|row| row.to_string().into_bytes()).collect();
            return Ok(self.list(read, &rows.join(&b','), None));
        }
        let table = match (cmdlet.run)(&call)? {
            Output::Rows(table) | Output::Listed(table, _) => table,
            Output::Warned(warning) => return Ok(self.list(read, b"", None).with("x-warnings", warning)),
            Output::Done | Output::Confirm(_) => return Ok(Answer::empty(204)),
        };
        let top = query.get("$top").and_then(|number| number.parse().ok());
        let select = Select::bare(properties(read.cmdlet, query));
        let wanted = Wanted {
            select: &select,
            asked: self.request.page_size(),
            result_size: top,
            default_size: self.world.tenant.unsettled.page_size,
            place,
            link: fault.and_then(|fault| match &fault.action {
                Action::Link(link) => Some(link),
                _ => None,
            }),
        };
        let mut rows = Vec::new();
        let page = envelope::page(table.as_ref(), &wanted, top.is_some(), &mut rows);
        if read.single {
            let more = if read.expanded { self.recipient_permissions(read)? } else { Vec::new() };
            return Ok(self.single(read, &rows, &more));
        }
        let link = page.next.map(|offset| {
            let given = self.world.clock.now_millis();
            let next = wanted.following(offset, given);
            let token = envelope::escaped(&self.noun_binding().seal(next));
            let query = without_token(&self.request.query);
            let joint = if query.is_empty() { "" } else { "&" };
            // As it was called, behind the three segments that the base has.
            let path = self.request.path.splitn(5, '/').last().unwrap_or_default();
            format!("{}/{path}?{query}{joint}%24skiptoken={token}", envelope::bent(&self.base(), wanted.link))
        });
        Ok(self.list(read, &rows, link.as_deref()))
    }

    /// The rows of `Get-RecipientPermission` for the recipient of a read.
    fn recipient_permissions(&self, read: &Read) -> Result<Vec<u8>, CmdletError> {
        let cmdlet = self.readable("Get-RecipientPermission")?;
        let parameters = Parameters::read(&read.parameters, cmdlet.parameters)?;
        let output = (cmdlet.run)(&self.reading(&parameters))?;
        let mut rows = b",\"RecipientPermission\":[".to_vec();
        if let Output::Rows(table) = output {
            let mut inner = Vec::new();
            let select = Select::bare(None);
            let all = Wanted {
                select: &select,
                asked: None,
                result_size: None,
                default_size: 1000,
                place: Place::START,
                link: None,
            };
            envelope::page(table.as_ref(), &all, false, &mut inner);
            rows.extend_from_slice(&inner);
        }
        rows.push(b']');
        Ok(rows)
    }

    const fn reading<'c>(&'c self, parameters: &'c Parameters) -> Call<'c> {
        Call { world: self.world, service: self.service, parameters, filters: None }
    }

    /// The cmdlet behind a noun, or the 401 of a caller whose roles lack it.
    fn readable(&self, name: &str) -> Result<&'static cmdlets::Cmdlet, CmdletError> {
        match (self.rights().access(name), cmdlets::find(self.service, name)) {
            (Access::Granted, Some(cmdlet)) => Ok(cmdlet),
            (Access::NoRole, _) => {
                let app = self.world.app(self.caller.issued.app);
                Err(CmdletError::no_role(app.as_ref().map_or("", |app| app.id.as_str())))
            }
            _ => Err(CmdletError::not_allowed(name)),
        }
    }

    fn list(&self, read: &Read, rows: &[u8], link: Option<&str>) -> Answer {
        let context = json!(format!("{}/$metadata#{}", self.base(), read.kind));
        let mut out = format!("{{\"@odata.context\":{context},").into_bytes();
        if let Some(link) = link {
            out.extend_from_slice(format!("\"@odata.nextLink\":{},", json!(link)).as_bytes());
        }
        out.extend_from_slice(b"\"value\":[");
        out.extend_from_slice(rows);
        out.extend_from_slice(b"]}");
        envelope::packed(Answer::empty(200).with("odata-version", "4.0"), self.request, out)
    }

    fn single(&self, read: &Read, row: &[u8], more: &[u8]) -> Answer {
        let context = json!(format!("{}/$metadata#{}/$entity", self.base(), read.kind));
        let members = row.strip_prefix(b"{").and_then(|row| row.strip_suffix(b"}")).unwrap_or_default();
        let mut out = format!("{{\"@odata.context\":{context},").into_bytes();
        out.extend_from_slice(members);
        out.extend_from_slice(more);
        out.push(b'}');
        envelope::packed(Answer::empty(200).with("odata-version", "4.0"), self.request, out)
    }
}

/// What is asked for of each object: the sets, the least one always, and single properties; none for all.
fn properties(cmdlet: &str, query: &Form) -> Option<Vec<String>> {
    let minimum = property_sets::find(cmdlet, "Minimum")?;
    let mut wanted: Vec<String> = minimum.iter().map(|name| (*name).to_owned()).collect();
    let given = |name: &'static str| {
        query.fields().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).flat_map(|(_, list)| list.split(','))
    };
    for set in given("PropertySet").map(str::trim) {
        if set.eq_ignore_ascii_case("All") {
            return None;
        }
        wanted.extend(property_sets::find(cmdlet, set).unwrap_or_default().iter().map(|name| (*name).to_owned()));
    }
    wanted.extend(given("$select").map(|name| name.trim().to_owned()));
    Some(wanted)
}

/// A query without the place in it.
fn without_token(query: &str) -> String {
    let is_token = |field: &&str| field.starts_with("%24skiptoken=") || field.starts_with("$skiptoken=");
    query.split('&').filter(|field| !field.is_empty() && !is_token(field)).collect::<Vec<_>>().join("&")
}
