//! What a caller may run: `EXOModuleFile`, the banner, and the description of the service.

use serde_json::{Value, json};

use super::Endpoint;
use super::invoke::error_answer;
use crate::answer::Answer;
use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::cmdlets::{self, Cmdlet};
use crate::envelope;
use crate::parameters::Type;
use crate::roles::{Access, Rights};

impl Endpoint<'_> {
    /// The generated module: its script, and the cmdlets that are in it.
    pub(super) fn module_file(&self) -> Answer {
        let tenant = &self.world.tenant;
        let issued = &self.caller.issued;
        let Some(app) = self.world.app(issued.app) else { return Answer::empty(403) };
        let rights = self.rights();
        if !rights.is_open() {
            return error_answer(&CmdletError::no_role(&app.id));
        }
        let wanted = self.request.header("commandname").unwrap_or("*");
        let is_wanted =
            |name: &str| wanted.split(',').map(str::trim).any(|word| word == "*" || word.eq_ignore_ascii_case(name));
        let mut offered: Vec<&Cmdlet> = cmdlets::of(self.service)
            .filter(|cmdlet| is_wanted(cmdlet.name) && rights.access(cmdlet.name) == Access::Granted)
            .collect();
        offered.sort_unstable_by_key(|cmdlet| cmdlet.name);
        let Some(key) = self.world.secure_text.public_key() else { return Answer::empty(500) };
        let names: Vec<&str> = offered.iter().map(|cmdlet| cmdlet.name).collect();
        let format = tenant.unsettled.format_file.as_ref();
        let format = format.map(|name| json!({"fileName": name, "fileContent": FORMAT, "exportedCmdlets": ""}));
        let module = json!({
            "fileName": file_name(self.service),
            "fileContent": script(&offered, &key, &self.base(), &rights),
            "exportedCmdlets": names.join(","),
        });
        let files: Vec<Value> = format.into_iter().chain([module]).collect();
        let body = json!({
            "@odata.context": format!("{}/$metadata#Collection(Exchange.EXOModuleFile)", self.base()),
            "value": files,
        });
        envelope::packed(Answer::empty(200).with("odata-version", "4.0"), self.request, body.to_string().into_bytes())
    }

    /// The text that is shown when a session begins.
    pub(super) fn banner(&self) -> Answer {
        let text = "This is an emulated tenant. Nothing that you change here is kept.";
        let body = json!({
            "@odata.context": format!("{}/$metadata#Edm.String", self.base()),
            "value": text,
        });
        Answer::empty(200).with("odata-version", "4.0").typed(envelope::CONTENT_TYPE, body.to_string())
    }

    /// The sets of objects that there are.
    pub(super) fn document(&self) -> Answer {
        let nouns = ["Mailbox", "Recipient", "CasMailbox", "User", "MobileDevice", "ExchangeRoleGroupMember"];
        let sets = nouns.map(|name| json!({"name": name, "kind": "EntitySet", "url": name}));
        let body = json!({"@odata.context": format!("{}/$metadata", self.base()), "value": sets});
        Answer::empty(200).with("odata-version", "4.0").typed(envelope::CONTENT_TYPE, body.to_string())
    }
}

/// The description of what this emulator knows, as CSDL.
pub(super) fn metadata() -> Answer {
    Answer::empty(200).with("odata-version", "4.0").typed("application/xml;charset=utf-8", CSDL)
}

const fn file_name(service: Service) -> &'static str {
    match service {
        Service::Exchange => "ExchangeOnline.psm1",
        Service::Compliance => "SecurityAndCompliance.psm1",
    }
}

/// The script: a function for each cmdlet, around the key for secure strings.
fn script(cmdlets: &[&Cmdlet], key: &str, base: &str, rights: &Rights<'_>) -> String {
    let head = format!(
        "# Made for one caller; lasts as long as its session.\r\n$script:Base = '{base}'\r\n\
         $script:SecureStringKey = '{key}'\r\n"
    );
    let names: Vec<String> = cmdlets.iter().map(|cmdlet| format!("'{}'", cmdlet.name)).collect();
    let tail = format!("\r\nExport-ModuleMember -Function {}\r\n", names.join(", "));
    let functions: Vec<String> = cmdlets.iter().map(|cmdlet| function(cmdlet, rights)).collect();
    [head, functions.concat(), tail].concat()
}

/// A function with the parameters that the caller may pass.
fn function(cmdlet: &Cmdlet, rights: &Rights<'_>) -> String {
    let held = cmdlet.parameters.iter().filter(|(name, _)| rights.may_pass(cmdlet.name, name));
    let parameters: Vec<String> = held.map(|(name, kind)| format!("        [{}] ${{{name}}}", shown(*kind))).collect();
    format!(
        "\r\nfunction {0}\r\n{{\r\n    [CmdletBinding()]\r\n    param(\r\n{1}\r\n    )\r\n    \
         Invoke-Remote -CmdletName '{0}' -Parameters $PSBoundParameters -Key $script:SecureStringKey\r\n}}\r\n",
        cmdlet.name,
        parameters.join(",\r\n")
    )
}

const fn shown(kind: Type) -> &'static str {
    match kind {
        Type::Text | Type::ResultSize => "System.Object",
        Type::Number => "int",
        Type::Date => "datetime",
        Type::Bytes => "byte[]",
        Type::Tables => "hashtable[]",
        Type::Switch => "switch",
        Type::Names(_) | Type::Many => "System.Object[]",
        Type::Secret => "securestring",
    }
}

const CSDL: &str = include_str!("metadata.xml");

/// Format data: how a shell shows the objects, of no use to anybody else.
const FORMAT: &str =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Configuration><ViewDefinitions /></Configuration>\r\n";
