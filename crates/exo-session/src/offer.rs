//! What the service offers to this app: the cmdlets that its roles open, with their parameters.

mod script;

use crate::Error;
use crate::exchange::{Exchange, Spent, Target};
use crate::request::{Call, LIST};
use exo_model::CmdletName;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The cmdlets that a service offers to an app, and their parameters; from [`Session::offered`](crate::Session::offered).
///
/// Roles decide what is in it, so a cmdlet that is missing here is one that would be refused.
///
/// ```no_run
/// # async fn look(session: exo_session::Session) -> Result<(), Box<dyn std::error::Error>> {
/// let offer = session.offered().await?;
/// if !offer.has(&"Get-Mailbox".parse()?) {
///     println!("no role of this app opens Get-Mailbox; {} cmdlets are open", offer.cmdlets().len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    cmdlets: BTreeMap<CmdletName, Vec<String>>,
}

impl Offer {
    /// All cmdlets, in the order of their names.
    pub fn cmdlets(&self) -> impl ExactSizeIterator<Item = &CmdletName> {
        self.cmdlets.keys()
    }

    /// Whether this cmdlet may be run.
    pub fn has(&self, cmdlet: &CmdletName) -> bool {
        self.cmdlets.contains_key(cmdlet)
    }

    /// The parameters that this app may give to a cmdlet, in the order of the service.
    ///
    /// Nothing if the cmdlet is not offered; empty as well if the service told its name alone.
    pub fn parameters(&self, cmdlet: &CmdletName) -> Option<&[String]> {
        self.cmdlets.get(cmdlet).map(Vec::as_slice)
    }

    /// Reads the files of which the service's answer consists.
    fn of(files: &Files<'_>) -> Result<Self, &'static str> {
        let mut offer = Self::default();
        for file in &files.value {
            let names = match &file.exported_cmdlets {
                Some(Names::Text(text)) => text.split(',').map(str::trim).collect(),
                Some(Names::List(names)) => names.iter().map(|name| name.trim()).collect(),
                Some(Names::Other(_)) | None => Vec::new(),
            };
            // What is not a name of a cmdlet is a helper of the script.
            offer.cmdlets.extend(names.into_iter().filter_map(|name| Some((name.parse().ok()?, Vec::new()))));
        }
        if offer.cmdlets.is_empty() {
            return Err("its `exportedCmdlets` name no cmdlet");
        }
        for file in &files.value {
            for function in script::functions(file.script().unwrap_or_default()) {
                let known = function.name.parse().ok().and_then(|name: CmdletName| offer.cmdlets.get_mut(&name));
                if let Some(parameters) = known {
                    *parameters = function.parameters;
                }
            }
        }
        Ok(offer)
    }
}

/// What the service offers, asked for once.
pub(crate) async fn kept(exchange: &Exchange) -> Result<Arc<Offer>, Error> {
    exchange.offer.get_or_try_init(|| fetch(exchange)).await.cloned()
}

/// Asks the service.
async fn fetch(exchange: &Exchange) -> Result<Arc<Offer>, Error> {
    let call = Call::offer(&exchange.caller)?;
    let mut spent = Spent::new(call.cmdlet.clone());
    let (reply, _) = exchange.ask(&call, &Target::First, None, &mut spent).await?;
    let not_understood = |why| Error::Answer { cmdlet: LIST.clone(), why, at: 0, uncertain: false, request_id: None };
    let files = Files::read(reply.page.body()).map_err(not_understood)?;
    let offer = Offer::of(&files).map_err(not_understood)?;
    // The key for secret parameters stands in the script.
    exchange.caller.public_key.learn(files.value.iter().filter_map(File::script));
    tracing::debug!(cmdlets = offer.cmdlets.len(), "offered");
    Ok(Arc::new(offer))
}

#[derive(Deserialize)]
struct Files<'a> {
    #[serde(borrow)]
    value: Vec<File<'a>>,
}

impl<'a> Files<'a> {
    fn read(body: &'a [u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(body).map_err(|_| "it is not a list of files with `exportedCmdlets`")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow, default)]
    file_content: Option<Content<'a>>,
    #[serde(borrow, default)]
    exported_cmdlets: Option<Names<'a>>,
}

impl File<'_> {
    fn script(&self) -> Option<&str> {
        match &self.file_content {
            Some(Content::Text(text)) => Some(text),
            Some(Content::Other(_)) | None => None,
        }
    }
}

/// What a file holds; nobody has said that it is always a text, so anything else is passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    List(#[serde(borrow)] Vec<Cow<'a, str>>),
    Other(IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name(text: &str) -> CmdletName {
        text.parse().unwrap()
    }

    #[test]
    fn names_and_parameters_are_read_from_all_files() {
        let script = "function script:Get-Mailbox {\nparam(\n[Object]\n${Identity},\n${ResultSize})\n}\nfunction Helper {param($x)}";
        let body = json!({"value": [
            {"fileName": "ExchangeOnline.psm1", "fileContent": script, "exportedCmdlets": "get-mailbox, Set-Mailbox,Helper,"},
            {"fileName": "x.ps1xml", "fileContent": "<x/>", "exportedCmdlets": null},
            {"fileName": "y", "exportedCmdlets": ["Get-Label"]},
            {"fileName": 7, "fileContent": {"not": "a text"}, "exportedCmdlets": {"nor": "a list"}, "more": []},
        ]});
        let offer = Offer::of(&Files::read(body.to_string().as_bytes()).unwrap()).unwrap();
        let names: Vec<_> = offer.cmdlets().map(CmdletName::as_str).collect();
        assert_eq!(names, ["Get-Label", "get-mailbox", "Set-Mailbox"]);
        assert!(offer.has(&name("GET-MAILBOX")) && !offer.has(&name("Get-User")));
        assert_eq!(offer.parameters(&name("Get-Mailbox")).unwrap(), ["Identity", "ResultSize"]);
        assert!(offer.parameters(&name("Set-Mailbox")).unwrap().is_empty());
        assert_eq!(offer.parameters(&name("Get-User")), None);
    }

    #[test]
    fn an_answer_without_a_list_is_no_empty_list() {
        for body in
            [r"{}", r#"{"value":[]}"#, r#"{"value":[{"exportedCmdlets":""}]}"#, r#"{"value":[{"exportedCmdlets":1}]}"#]
        {
            assert!(Files::read(body.as_bytes()).and_then(|files| Offer::of(&files)).is_err(), "{body}");
        }
    }
}
