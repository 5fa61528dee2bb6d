//! Objects by their noun: the addresses that the `Get-EXO…` cmdlets of Microsoft's module read with GET.
//!
//! Nobody has documented them. Nouns, functions and options are those that working clients send and the service's own
//! metadata name; what neither shows is not expressed here, so that no option is dropped in silence.

use super::{Address, filter};
use crate::endpoint::escape;
use crate::request::{Caller, Form};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exo_model::{Invocation, ReadPath};
use serde_json::Value;

/// The address of a call, or why it has none.
pub(super) fn address(caller: &Caller, call: &Invocation) -> Result<Address, String> {
    let mut asked = Asked::of(call)?;
    let Found { noun, mut query, one, same_records } = asked.found()?;
    if let Some((name, _)) = asked.left.first() {
        return Err(format!("it has no place for -{name}"));
    }
    if query.ends_with('&') {
        query.pop();
    }
    let joint = if query.is_empty() { "" } else { "?" };
    let text = format!("/adminapi/{}/{}/{noun}{joint}{query}", caller.noun_version, caller.tenant_in_url());
    Ok(Address { path: ReadPath::PerNoun, text, form: Form::Noun { one }, same_records })
}

/// What stands behind the tenant.
struct Found {
    noun: String,
    /// Options, each with `&` behind it.
    query: String,
    /// The answer is one object, and not a list.
    one: bool,
    same_records: bool,
}

/// What a call asks for, and what of it has no place yet.
struct Asked<'a> {
    call: &'a Invocation,
    left: Vec<(&'a str, &'a Value)>,
}

impl<'a> Asked<'a> {
    fn of(call: &'a Invocation) -> Result<Self, String> {
        if let Some(secret) = call.secrets.keys().next() {
            return Err(format!("it has no place for -{secret}"));
        }
        let absent = |value: &Value| value.is_null() || *value == Value::Bool(false);
        // The session counts records by itself.
        let counted = |name: &str| name.eq_ignore_ascii_case("ResultSize");
        let all = call.parameters.iter().filter(|(name, value)| !counted(name) && !absent(value));
        Ok(Self { call, left: all.map(|(name, value)| (name.as_str(), value)).collect() })
    }

    fn found(&mut self) -> Result<Found, String> {
        let known = exo_catalog::find(&self.call.cmdlet).map_or("", exo_catalog::Cmdlet::name);
        // What form their rows have is not known, or another one.
        let list = |noun: String| Found { noun, query: ENCODED.to_owned(), one: false, same_records: false };
        Ok(match known {
            "Get-Mailbox" => self.objects("Mailbox", MAILBOX)?,
            "Get-Recipient" => self.objects("Recipient", RECIPIENT)?,
            "Get-CASMailbox" => self.objects("CasMailbox", CAS_MAILBOX)?,
            "Get-MailboxStatistics" => {
                let noun = format!("Mailbox({})/Exchange.GetMailboxStatistics()", self.key("Identity")?);
                Found { query: format!("{ENCODED}{}", self.properties()), one: true, same_records: true, noun }
            }
            "Get-MailboxFolderStatistics" => {
                let key = self.key("Identity")?;
                let scope = self.text("FolderScope")?.unwrap_or_else(|| "All".to_owned());
                let scope = format!("folderscope=Exchange.ElcFolderType'{}'", escaped(&scope));
                list(format!("Mailbox({key})/MailboxFolder/Exchange.GetMailboxFolderStatistics({scope})"))
            }
            // One row for each user, with a list of what they may do.
            "Get-MailboxPermission" => list(format!("Mailbox({})/MailboxPermission", self.key("Identity")?)),
            "Get-RecipientPermission" => {
                let mut named = |name| Ok::<_, String>(self.optional_key(name)?.unwrap_or_else(|| "null".to_owned()));
                let (identity, trustee) = (named("Identity")?, named("Trustee")?);
                let filters = format!("identity={identity},trustee={trustee},accessRights=null");
                list(format!("Recipient/Exchange.GetRecipientPermissionByFilters({filters})"))
            }
            "Get-MobileDeviceStatistics" => {
                let key = self.key("Mailbox")?;
                list(format!("Mailbox({key})/MobileDevice/Exchange.GetMobileDeviceStatistics()"))
            }
            "Get-MailboxFolderPermission" => return Err("it wants the id of the folder there, not its path".to_owned()),
            _ => return Err("it has no such path".to_owned()),
        })
    }

    /// A list of objects with options, or the one of an identity.
    fn objects(&mut self, noun: &str, options: &[&str]) -> Result<Found, String> {
        if let Some(key) = self.optional_key("Identity")? {
            let query = format!("{ENCODED}{}", self.properties());
            return Ok(Found { noun: format!("{noun}({key})"), query, one: true, same_records: true });
        }
        let mut query = self.properties();
        for name in options {
            if let Some(value) = self.text(name)? {
                let odata = if *name == "Filter" { filter::odata(&value)? } else { value };
                let name = if *name == "Filter" { "$filter" } else { name };
                query.extend([name, "=", escaped(&odata).as_str(), "&"]);
            }
        }
        Ok(Found { noun: noun.to_owned(), query, one: false, same_records: true })
    }

    /// The properties of those nouns that have sets of them; the least set always comes as well.
    fn properties(&self) -> String {
        if self.call.select.is_empty() {
            return "PropertySet=All&".to_owned();
        }
        let names: Vec<String> = self.call.select.iter().map(|name| escaped(name)).collect();
        format!("$select={}&", names.join(","))
    }

    fn take(&mut self, name: &str) -> Option<&'a Value> {
        let at = self.left.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.left.swap_remove(at).1)
    }

    /// A parameter as the text of an option.
    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let one = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        let text = match value {
            Value::Array(list) => list.iter().map(one).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
            value => one(value),
        };
        text.map(Some).ok_or_else(|| format!("-{name} is of a kind that an address cannot hold"))
    }

    /// The key of an object: base64, which needs no quoting of its own; `isEncoded` says so.
    fn optional_key(&mut self, name: &str) -> Result<Option<String>, String> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        Ok(text.map(|text| format!("'{}'", escaped(&STANDARD.encode(text)))))
    }

    fn key(&mut self, name: &str) -> Result<String, String> {
        self.optional_key(name)?.ok_or_else(|| format!("it wants -{name} there"))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

const ENCODED: &str = "isEncoded=true&";

/// Options of the service's metadata that are parameters of the cmdlet as well.
const MAILBOX: &[&str] = &[
    "Filter",
    "Anr",
    "RecipientTypeDetails",
    "OrganizationalUnit",
    "MailboxPlan",
    "Archive",
    "SoftDeletedMailbox",
    "InactiveMailboxOnly",
    "IncludeInactiveMailbox",
];
const RECIPIENT: &[&str] = &["Filter", "Anr", "RecipientTypeDetails"];
const CAS_MAILBOX: &[&str] = &["Filter", "Anr"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_path::tests::asked;
    use crate::request::tests::invocation;
    use proptest::prelude::*;

    fn noun(cmdlet: &str) -> Invocation {
        invocation(cmdlet).by(ReadPath::PerNoun)
    }

    fn path(call: &Invocation) -> String {
        asked(call).unwrap().strip_prefix("/adminapi/beta/T/").unwrap().to_owned()
    }

    #[test]
    fn lists_have_options() {
        assert_eq!(path(&noun("Get-Mailbox")), "Mailbox?PropertySet=All");
        let call = noun("get-mailbox")
            .with("filter", "Alias -like 'a*' -and HiddenFromAddressListsEnabled -eq $true")
            .with("RecipientTypeDetails", serde_json::json!(["UserMailbox", "SharedMailbox"]))
            .with("Archive", true)
            .with("SoftDeletedMailbox", false)
            .with("ResultSize", 10)
            .select(["Name", "a&b"]);
        assert_eq!(
            path(&call),
            "Mailbox?$select=Name,a%26b&$filter=startswith%28Alias%2C%27a%27%29%20and%20HiddenFromAddressListsEnabled%20eq%20true\
             &RecipientTypeDetails=UserMailbox%2CSharedMailbox&Archive=true"
        );
        assert_eq!(path(&noun("Get-Recipient").with("Anr", "ana")), "Recipient?PropertySet=All&Anr=ana");
        assert_eq!(path(&noun("Get-CASMailbox").select(["EwsEnabled"])), "CasMailbox?$select=EwsEnabled");
    }

    #[test]
    fn objects_have_encoded_keys() {
        let of = |cmdlet: &str| path(&noun(cmdlet).with("Identity", "o'b/r?"));
        assert_eq!(of("Get-Mailbox"), "Mailbox('bydiL3I%2F')?isEncoded=true&PropertySet=All");
        assert_eq!(of("Get-MailboxPermission"), "Mailbox('bydiL3I%2F')/MailboxPermission?isEncoded=true");
        assert_eq!(
            of("Get-MailboxStatistics"),
            "Mailbox('bydiL3I%2F')/Exchange.GetMailboxStatistics()?isEncoded=true&PropertySet=All"
        );
        assert_eq!(
            of("Get-MailboxFolderStatistics"),
            "Mailbox('bydiL3I%2F')/MailboxFolder/Exchange.GetMailboxFolderStatistics(folderscope=Exchange.ElcFolderType'All')?isEncoded=true"
        );
        assert_eq!(
            of("Get-RecipientPermission"),
            "Recipient/Exchange.GetRecipientPermissionByFilters(identity='bydiL3I%2F',trustee=null,accessRights=null)?isEncoded=true"
        );
        let devices = noun("Get-MobileDeviceStatistics").with("Mailbox", "ana");
        assert_eq!(path(&devices), "Mailbox('YW5h')/MobileDevice/Exchange.GetMobileDeviceStatistics()?isEncoded=true");
    }

    #[test]
    fn what_has_no_place_is_refused_and_named() {
        for (call, part) in [
            (noun("Get-Mailbox").with("GroupMailbox", true), "-GroupMailbox"),
            (noun("Get-Mailbox").with("Identity", "ana").with("Archive", true), "-Archive"),
            (noun("Get-Mailbox").with("Filter", "Alias -match 'a'"), "-match"),
            (noun("Get-Mailbox").with("Anr", serde_json::json!({"a": 1})), "-Anr"),
            (noun("Get-Mailbox").with_secret("Password", exo_model::Secret::from("x")), "-Password"),
            (noun("Get-MailboxStatistics"), "-Identity"),
            (noun("Get-MobileDeviceStatistics").with("Identity", "x"), "-Mailbox"),
            (noun("Get-MailboxFolderPermission").with("Identity", "a:\\b"), "id of the folder"),
            (noun("Get-TransportRule"), "no such path"),
            (noun("Set-Mailbox").with("Identity", "x"), "no such path"),
        ] {
            let why = asked(&call).unwrap_err();
            assert!(why.contains(part), "{}: {why}", call.cmdlet);
        }
    }

    #[test]
    fn every_option_is_a_parameter_of_its_cmdlet() {
        for (cmdlet, options) in
            [("Get-Mailbox", MAILBOX), ("Get-Recipient", RECIPIENT), ("Get-CASMailbox", CAS_MAILBOX)]
        {
            let known = exo_catalog::find(&cmdlet.parse().unwrap()).unwrap();
            assert!(options.iter().all(|option| known.parameter(option).is_some()), "{cmdlet}");
        }
    }

    proptest! {
        #[test]
        fn any_value_makes_an_address(identity: String, anr: String, select: Vec<String>) {
            for call in [noun("Get-Mailbox").with("Identity", identity.clone()), noun("Get-Recipient").with("Anr", anr)] {
                let text = asked(&call.select(select.clone())).unwrap();
                prop_assert!(format!("https://a.b{text}").parse::<http::Uri>().is_ok(), "{text}");
            }
        }
    }
}
