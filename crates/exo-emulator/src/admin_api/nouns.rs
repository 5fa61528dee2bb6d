//! Objects by their noun, read with GET: mailboxes, recipients, permissions, statistics.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::invoke::error_answer;
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
use crate::roles::{self, Access};
use crate::select::Select;

/// Links to pages of nouns are good on every back end.
const ANY_BACK_END: &str = "AM0PR02MB0000";

/// A path to objects, as the cmdlet that gives them.
#[derive(Debug, PartialEq)]
struct Read {
    cmdlet: &'static str,
    /// What the context calls the result.
    kind: &'static str,
    parameters: Map<String, Value>,
    /// Whether it is one object.
    single: bool,
    /// What is put into the object.
    expanded: bool,
}

impl Endpoint<'_> {
    pub(super) async fn noun(&self, segments: &[String], note: &mut Received) -> Answer {
        if self.request.method != "GET" {
            return Answer::empty(405).with("allow", "GET");
        }
        let query = Form::parse(&self.request.query);
        let Some(read) = understood(segments, &query) else { return Answer::text(404, "") };
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
        let call = Call { world: self.world, parameters: &parameters };
        if read.kind == "MailboxPermission" {
            let rows: Vec<Vec<u8>> =
                cmdlets::permission_groups(&call)?.iter().map(|row| row.to_string().into_bytes()).collect();
            return Ok(self.list(read, &rows.join(&b','), None));
        }
        let table = match (cmdlet.run)(&call)? {
            Output::Rows(table) => table,
            Output::Warned(warning) => return Ok(self.list(read, b"", None).with("x-warnings", warning)),
            Output::Done | Output::Confirm(_) => return Ok(Answer::empty(204)),
        };
        let top = query.get("$top").and_then(|number| number.parse().ok());
        let select = Select::bare(properties(read.cmdlet, query));
        let wanted = Wanted {
            select: &select,
            asked: self.request.page_size(),
            result_size: top,
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
            let path = self.request.path.rsplit_once('/').map_or("", |(_, last)| last);
            format!("{}/{path}?{query}{joint}%24skiptoken={token}", envelope::bent(&self.base(), wanted.link))
        });
        Ok(self.list(read, &rows, link.as_deref()))
    }

    /// The rows of `Get-RecipientPermission` for the recipient of a read.
    fn recipient_permissions(&self, read: &Read) -> Result<Vec<u8>, CmdletError> {
        let cmdlet = self.readable("Get-RecipientPermission")?;
        let parameters = Parameters::read(&read.parameters, cmdlet.parameters)?;
        let output = (cmdlet.run)(&Call { world: self.world, parameters: &parameters })?;
        let mut rows = b",\"RecipientPermission\":[".to_vec();
        if let Output::Rows(table) = output {
            let mut inner = Vec::new();
            let select = Select::bare(None);
            let all = Wanted { select: &select, asked: None, result_size: None, place: Place::START, link: None };
            envelope::page(table.as_ref(), &all, false, &mut inner);
            rows.extend_from_slice(&inner);
        }
        rows.push(b']');
        Ok(rows)
    }

    /// The cmdlet behind a noun, or the 401 of a caller whose roles lack it.
    fn readable(&self, name: &str) -> Result<&'static cmdlets::Cmdlet, CmdletError> {
        let issued = &self.caller.issued;
        let app = self.world.tenant.apps.get(issued.app);
        let access = app.map_or(Access::NoRole, |app| roles::access(app, &issued.wids, self.service, name));
        match (access, cmdlets::find(self.service, name)) {
            (Access::Granted, Some(cmdlet)) => Ok(cmdlet),
            (Access::NoRole, _) => Err(CmdletError::no_role(app.map_or("", |app| app.id.as_str()))),
            _ => {
                let exception = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
                Err(CmdletError::new(401, exception, format!("User is not allowed to call {name}")))
            }
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

/// What a path and its options ask of which cmdlet.
fn understood(segments: &[String], query: &Form) -> Option<Read> {
    let encoded = query.fields().any(|(name, value)| name.eq_ignore_ascii_case("isEncoded") && is_true(value));
    let (noun, key) = keyed(segments.first()?, encoded)?;
    let rest: Vec<String> = segments.iter().skip(1).map(|word| word.to_ascii_lowercase()).collect();
    let rest = rest.first().map(String::as_str).filter(|_| segments.len() == 2);
    let is_mailbox = noun.eq_ignore_ascii_case("mailbox");
    let mut parameters = Map::new();
    if let Some(key) = &key {
        parameters.insert("Identity".to_owned(), json!(key));
    }
    let (cmdlet, kind) = match (is_mailbox, key.is_some(), segments.len(), rest) {
        (true, _, 1, _) => ("Get-Mailbox", "Mailbox"),
        (false, _, 1, _) => ("Get-Recipient", "Recipient"),
        (true, true, 2, Some("mailboxpermission")) => ("Get-MailboxPermission", "MailboxPermission"),
        (true, true, 2, Some("exchange.getmailboxstatistics()")) => ("Get-MailboxStatistics", "MailboxStatistics"),
        (false, false, 2, Some(call)) if call.starts_with("exchange.getrecipientpermissionbyfilters(") => {
            arguments(segments.get(1)?, encoded, &mut parameters);
            ("Get-RecipientPermission", "RecipientPermission")
        }
        _ => return None,
    };
    if segments.len() == 1 && key.is_none() {
        options(query, &mut parameters);
    }
    let expand = query.get("$expand").is_some_and(|what| what.eq_ignore_ascii_case("RecipientPermission"));
    let single = key.is_some() && kind != "MailboxPermission";
    Some(Read { cmdlet, kind, parameters, single, expanded: expand && kind == "Recipient" && single })
}

/// `Noun('key')`, with the key decoded, or `Noun`.
fn keyed(segment: &str, encoded: bool) -> Option<(&str, Option<String>)> {
    let Some((noun, rest)) = segment.split_once('(') else { return Some((segment, None)) };
    let quoted = rest.strip_suffix(')')?.strip_prefix('\'')?.strip_suffix('\'')?;
    Some((noun, Some(plain(&quoted.replace("''", "'"), encoded)?)))
}

fn plain(key: &str, encoded: bool) -> Option<String> {
    if !encoded {
        return Some(key.to_owned());
    }
    String::from_utf8(STANDARD.decode(key).ok()?).ok()
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// Named arguments of a function, those that the cmdlet knows.
fn arguments(call: &str, encoded: bool, parameters: &mut Map<String, Value>) {
    let inside = call.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
    for (name, value) in inside.split(',').filter_map(|argument| argument.split_once('=')) {
        let value = value.trim().trim_matches('\'');
        let known = ["Identity", "Trustee"].into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
        if let (Some(known), Some(value)) = (known, plain(value, encoded).filter(|v| !v.is_empty() && v != "null")) {
            parameters.insert(known.to_owned(), json!(value));
        }
    }
}

/// The options of a list that a cmdlet has parameters for.
fn options(query: &Form, parameters: &mut Map<String, Value>) {
    let switches = ["Archive", "SoftDeletedMailbox", "InactiveMailboxOnly", "IncludeInactiveMailbox"];
    for (name, value) in query.fields().filter(|(_, value)| !value.is_empty()) {
        if name == "$filter" {
            parameters.insert("Filter".to_owned(), json!(opath(value)));
        } else if let Some(known) = switches.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            parameters.insert((*known).to_owned(), json!(is_true(value)));
        } else if let Some(known) = ["Anr", "RecipientTypeDetails"].iter().find(|k| k.eq_ignore_ascii_case(name)) {
            parameters.insert((*known).to_owned(), json!(value));
        }
    }
}

/// An OData filter in the words of the cmdlets: operators with a dash, functions as patterns.
fn opath(filter: &str) -> String {
    let mut out = String::with_capacity(filter.len() + 8);
    for (place, part) in filter.split('\'').enumerate() {
        if place % 2 == 1 {
            out.push_str(&format_quoted(part));
            continue;
        }
        let words = part.split(' ').map(|word| match word.to_ascii_lowercase().as_str() {
            operator @ ("eq" | "ne" | "gt" | "lt" | "and" | "or" | "not") => format!("-{operator}"),
            "null" => "$null".to_owned(),
            "true" => "$true".to_owned(),
            "false" => "$false".to_owned(),
            _ => word.to_owned(),
        });
        out.push_str(&words.collect::<Vec<_>>().join(" "));
    }
    patterns(&out)
}

fn format_quoted(text: &str) -> String {
    format!("'{text}'")
}

/// `startswith(A,'x')` and its like as `A -like 'x*'`.
fn patterns(filter: &str) -> String {
    let mut out = filter.to_owned();
    for (function, before, after) in [("startswith(", "", "*"), ("endswith(", "*", ""), ("contains(", "*", "*")] {
        while let Some((head, rest)) = out.split_once(function).map(|(head, rest)| (head.to_owned(), rest.to_owned())) {
            let Some((property, rest)) = rest.split_once(',') else { break };
            let Some((value, tail)) = rest.trim_start().trim_start_matches('\'').split_once("')") else { break };
            out = format!("{head}{} -like '{before}{value}{after}'{tail}", property.trim());
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_said_in_the_words_of_cmdlets() {
        let pairs = [
            ("RecipientTypeDetails eq 'SharedMailbox'", "RecipientTypeDetails -eq 'SharedMailbox'"),
            ("startswith(Alias,'a') and DisplayName ne 'x eq y'", "Alias -like 'a*' -and DisplayName -ne 'x eq y'"),
            ("ForwardingAddress ne null", "ForwardingAddress -ne $null"),
            ("contains(DisplayName, 'O''Brien')", "DisplayName -like '*O''Brien*'"),
        ];
        for (odata, opath_text) in pairs {
            assert_eq!(opath(odata), opath_text);
        }
    }

    #[test]
    fn keys_are_quoted_or_encoded() {
        let read = |path: &[&str], query: &str| {
            let segments: Vec<String> = path.iter().map(|word| (*word).to_owned()).collect();
            understood(&segments, &Form::parse(query))
        };
        let plain = read(&["Mailbox('o''brien@x')", "MailboxPermission"], "").unwrap();
        assert_eq!((plain.cmdlet, &plain.parameters["Identity"]), ("Get-MailboxPermission", &json!("o'brien@x")));
        let encoded = read(&["Mailbox('YUBi')"], "isEncoded=true").unwrap();
        assert_eq!((encoded.cmdlet, &encoded.parameters["Identity"]), ("Get-Mailbox", &json!("a@b")));
        let call = "Exchange.GetRecipientPermissionByFilters(identity='',trustee='a@b',accessRights=null)";
        let filtered = read(&["Recipient", call], "").unwrap();
        assert_eq!(Value::Object(filtered.parameters), json!({"Trustee": "a@b"}));
        assert_eq!(read(&["Mailbox('x')", "Nonsense"], ""), None);
        assert_eq!(read(&["Mailbox('!')"], "isEncoded=true"), None);
    }
}
