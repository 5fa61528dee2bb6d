//! Paths to objects by their noun: which cmdlet gives them, and with which parameters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::odata_filter::opath;
use crate::form::Form;

/// A path to objects, as the cmdlet that gives them.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) cmdlet: &'static str,
    /// What the context calls the result.
    pub(super) kind: &'static str,
    pub(super) parameters: Map<String, Value>,
    /// Whether it is one object.
    pub(super) single: bool,
    /// What is put into the object.
    pub(super) expanded: bool,
}

/// A segment of a path: a noun with or without a key, or a function with what stands in its brackets.
struct Piece {
    name: String,
    key: Option<String>,
    arguments: String,
}

impl Piece {
    fn read(segment: &str, encoded: bool) -> Option<Self> {
        let Some((name, rest)) = segment.split_once('(') else {
            return Some(Self { name: segment.to_ascii_lowercase(), key: None, arguments: String::new() });
        };
        let inside = rest.strip_suffix(')')?;
        let name = name.to_ascii_lowercase();
        if name.starts_with("exchange.") {
            return Some(Self { name, key: None, arguments: inside.to_owned() });
        }
        let quoted = inside.strip_prefix('\'')?.strip_suffix('\'')?;
        let key = plain(&quoted.replace("''", "'"), encoded)?;
        Some(Self { name, key: Some(key), arguments: String::new() })
    }
}

/// What a path and its options ask of which cmdlet.
pub(super) fn understood(segments: &[String], query: &Form) -> Option<Read> {
    let encoded = query.fields().any(|(name, value)| name.eq_ignore_ascii_case("isEncoded") && is_true(value));
    let pieces: Vec<Piece> = segments.iter().map(|segment| Piece::read(segment, encoded)).collect::<Option<_>>()?;
    let key = pieces.first()?.key.clone();
    let (cmdlet, kind, single) = meant(&pieces)?;
    let mut parameters = Map::new();
    // Devices are asked for by their mailbox, folders by mailbox and folder.
    let named = if cmdlet == "Get-MobileDeviceStatistics" { "Mailbox" } else { "Identity" };
    if let Some(key) = &key {
        let folder = pieces.get(1).and_then(|piece| piece.key.as_deref());
        let identity = match folder {
            Some(folder) if is_folder_id(query) => format!("{key}:{folder}"),
            Some(folder) => format!("{key}:\\{}", folder.trim_start_matches('\\')),
            None => key.clone(),
        };
        parameters.insert(named.to_owned(), json!(identity));
    }
    if let Some(call) = pieces.last().filter(|piece| !piece.arguments.is_empty()) {
        arguments(call, encoded, &mut parameters);
    }
    if segments.len() == 1 && key.is_none() {
        options(query, &mut parameters);
    }
    let expand = query.get("$expand").is_some_and(|what| what.eq_ignore_ascii_case("RecipientPermission"));
    Some(Read { cmdlet, kind, parameters, single, expanded: expand && kind == "Recipient" && single })
}

/// The cmdlet behind the pieces of a path, what its result is called, and whether that is one object.
fn meant(pieces: &[Piece]) -> Option<(&'static str, &'static str, bool)> {
    let keyed = pieces.first()?.key.is_some();
    let names: Vec<&str> = pieces.iter().map(|piece| piece.name.as_str()).collect();
    Some(match (names.as_slice(), keyed) {
        (["mailbox"], _) => ("Get-Mailbox", "Mailbox", keyed),
        (["recipient"], _) => ("Get-Recipient", "Recipient", keyed),
        (["casmailbox"], _) => ("Get-CASMailbox", "CasMailbox", keyed),
        (["user"], _) => ("Get-User", "User", keyed),
        (["exchangerolegroupmember"], true) => ("Get-RoleGroupMember", "ExchangeRoleGroupMember", false),
        (["mailbox", "mailboxpermission"], true) => ("Get-MailboxPermission", "MailboxPermission", false),
        (["mailbox", "exchange.getmailboxstatistics"], true)
        | (["mailbox", "exchange.getmailboxstatisticsv2"], false) => {
            ("Get-MailboxStatistics", "MailboxStatistics", true)
        }
        (["mailbox", "mailboxfolder", "exchange.getmailboxfolderstatistics"], true) => {
            ("Get-MailboxFolderStatistics", "MailboxFolder", false)
        }
        (["mailbox", "mailboxfolder", "mailboxfolderpermission"], true) => {
            ("Get-MailboxFolderPermission", "MailboxFolderPermission", false)
        }
        (["mailbox", "mobiledevice", "exchange.getmobiledevicestatistics"], true)
        | (["mobiledevice", "exchange.getmobiledevicestatisticsbyidentity"], false) => {
            ("Get-MobileDeviceStatistics", "MobileDevice", false)
        }
        (["recipient", "exchange.getrecipientpermissionbyfilters"], false) => {
            ("Get-RecipientPermission", "RecipientPermission", false)
        }
        _ => return None,
    })
}

fn is_folder_id(query: &Form) -> bool {
    query.fields().any(|(name, value)| name.eq_ignore_ascii_case("IsUsingMailboxFolderId") && is_true(value))
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

/// Named arguments of a function, those that its cmdlet knows.
fn arguments(call: &Piece, encoded: bool, parameters: &mut Map<String, Value>) {
    const KNOWN: [(&str, &str); 4] =
        [("identity", "Identity"), ("trustee", "Trustee"), ("mailboxguid", "Identity"), ("folderscope", "FolderScope")];
    for (name, value) in call.arguments.split(',').filter_map(|argument| argument.split_once('=')) {
        // An enum names its type before its value, and a GUID stands without quotes; neither is encoded.
        let (kind, quoted) = value.trim().split_once('\'').unwrap_or(("bare", value.trim()));
        let known = KNOWN.iter().find(|(known, _)| name.trim().eq_ignore_ascii_case(known));
        let value = plain(quoted.trim_end_matches('\''), encoded && kind.is_empty());
        if let (Some((_, known)), Some(value)) = (known, value.filter(|v| !v.is_empty() && v != "null")) {
            parameters.insert((*known).to_owned(), json!(value));
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let scoped = [
            "Mailbox('YUBi')",
            "MailboxFolder",
            "Exchange.GetMailboxFolderStatistics(folderscope=Exchange.ElcFolderType'All')",
        ];
        let scoped = read(&scoped, "isEncoded=true").unwrap();
        assert_eq!(Value::Object(scoped.parameters), json!({"Identity": "a@b", "FolderScope": "All"}));
        let folder = ["Mailbox('YUBi')", "MailboxFolder('eA==')", "MailboxFolderPermission"];
        let by_id = read(&folder, "IsUsingMailboxFolderId=True&isEncoded=true").unwrap();
        assert_eq!(by_id.parameters["Identity"], json!("a@b:x"));
        assert_eq!(read(&folder, "isEncoded=true").unwrap().parameters["Identity"], json!("a@b:\\x"));
        assert_eq!(read(&["ExchangeRoleGroupMember"], ""), None);
        assert_eq!(read(&["Mailbox('x')", "Nonsense"], ""), None);
        assert_eq!(read(&["Mailbox('!')"], "isEncoded=true"), None);
    }
}
