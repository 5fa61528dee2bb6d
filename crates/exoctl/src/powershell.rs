//! From PowerShell's words to an invocation: `Get-Mailbox -ResultSize 10 -RecipientTypeDetails SharedMailbox`.

use crate::failure::{Failure, Result};
use crate::{module_cmdlet, powershell_value};
use exo_catalog::{Access, Cmdlet, Parameter, ParameterKind};
use exo_model::{CmdletName, Invocation, Service};
use serde_json::Value;

/// A cmdlet line, understood.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The call.
    pub(crate) invocation: Invocation,
    /// Whether the cmdlet only reads.
    pub(crate) reads: bool,
}

/// Reads the words after `exoctl invoke`.
pub(crate) fn parse(words: &[String], service: Option<Service>) -> Result<Line> {
    let (first, rest) = words.split_first().ok_or_else(|| Failure::usage("the cmdlet is missing"))?;
    if first.starts_with('-') {
        // Only the name: what stands behind an equals sign may be a secret.
        let name = first.split('=').next().unwrap_or_default();
        return Err(Failure::usage(format!("unexpected argument `{name}`"))
            .hinted("`exoctl invoke --help` lists the options; the cmdlet comes first, then its parameters"));
    }
    let written: CmdletName = first.parse().map_err(|error| Failure::usage(format!("{error}")))?;
    let cmdlet = exo_catalog::find(&written).ok_or_else(|| unknown_cmdlet(&written))?;
    let service = place(cmdlet, service)?;
    let mut invocation = Invocation::new(service, written);
    let mut words = Words { rest: rest.iter().peekable(), cmdlet };
    let mut positional = false;
    while let Some(word) = words.rest.next() {
        let (parameter, value) = match word.strip_prefix('-').filter(|name| starts_a_name(name)) {
            Some(name) => words.named(name)?,
            None if positional => return Err(Failure::usage(format!("`{word}` belongs to no parameter"))),
            None => {
                positional = true;
                let identity = words.parameter("Identity")?;
                (identity, value_of(identity, word)?)
            }
        };
        if invocation.parameter(parameter.name()).is_some() {
            return Err(Failure::usage(format!("parameter `-{}` is given twice", parameter.name())));
        }
        invocation = invocation.with(parameter.name(), value);
    }
    if cmdlet.module_only() {
        invocation = module_cmdlet::translated(cmdlet, &invocation)?;
    }
    let cmdlet = cmdlet.of_service().unwrap_or(cmdlet);
    let writing = |name: &str| cmdlet.writing_parameters().any(|p| p.eq_ignore_ascii_case(name));
    let reads = cmdlet.access() == Access::Read && !invocation.parameters.keys().any(|name| writing(name));
    Ok(Line { invocation, reads })
}

/// The words that are left, and the cmdlet whose parameters they name.
struct Words<'a> {
    rest: std::iter::Peekable<std::slice::Iter<'a, String>>,
    cmdlet: Cmdlet,
}

impl Words<'_> {
    /// `-Name value`, `-Name:value` or a switch.
    fn named(&mut self, name: &str) -> Result<(Parameter, Value)> {
        let (name, attached) = name.split_once(':').map_or((name, None), |(name, value)| (name, Some(value)));
        let parameter = self.parameter(name)?;
        if let Some(value) = attached {
            return Ok((parameter, value_of(parameter, value)?));
        }
        if parameter.kind() == ParameterKind::Switch {
            return Ok((parameter, Value::Bool(true)));
        }
        let missing = || Failure::usage(format!("parameter `-{}` has no value", parameter.name()));
        let word = self.rest.next().ok_or_else(missing)?;
        // PowerShell goes on with a list after a comma at the end of a word.
        let mut whole = word.clone();
        while whole.ends_with(',') {
            whole.push_str(self.rest.next().ok_or_else(missing)?);
        }
        Ok((parameter, value_of(parameter, &whole)?))
    }

    /// By name, alias, or unambiguous beginning, as PowerShell does.
    fn parameter(&self, name: &str) -> Result<Parameter> {
        if let Some(exact) = self.cmdlet.parameter(name) {
            return Ok(exact);
        }
        let begins = |p: &Parameter| p.name().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let found: Vec<Parameter> = self.cmdlet.parameters().filter(begins).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.unknown_parameter(name)),
            several => {
                let names: Vec<String> = several.iter().map(|p| format!("-{}", p.name())).collect();
                Err(Failure::usage(format!("`-{name}` may be {}", names.join(", "))))
            }
        }
    }

    fn unknown_parameter(&self, name: &str) -> Failure {
        let known: Vec<String> = self.cmdlet.parameters().map(|p| format!("-{}", p.name())).collect();
        Failure::usage(format!("{} has no parameter `-{name}`", self.cmdlet.name()))
            .hinted(format!("it has {}", known.join(" ")))
    }
}

fn value_of(parameter: Parameter, text: &str) -> Result<Value> {
    powershell_value::parse(parameter.kind(), text).map_err(|why| {
        let text = text.chars().take(80).collect::<String>();
        Failure::usage(format!("`{text}` is no value for `-{}` ({}): {why}", parameter.name(), parameter.kind()))
    })
}

/// Exchange Online unless only the other service has the cmdlet.
pub(crate) fn place(cmdlet: Cmdlet, wanted: Option<Service>) -> Result<Service> {
    let services = cmdlet.services();
    match wanted {
        Some(service) if !services.contains(service) => {
            let where_it_is: Vec<&str> = services.iter().map(Service::title).collect();
            let text = format!("{} is not a cmdlet of {}", cmdlet.name(), service.title());
            Err(Failure::usage(text).hinted(format!("it is one of {}", where_it_is.join(" and "))))
        }
        Some(service) => Ok(service),
        None if services.contains(Service::Exchange) => Ok(Service::Exchange),
        None => Ok(Service::Compliance),
    }
}

/// A name that the catalogue does not know, with those that are like it.
pub(crate) fn unknown_cmdlet(name: &CmdletName) -> Failure {
    let failure = Failure::usage(format!("{name} is a cmdlet of neither service"));
    let similar = exo_catalog::closest(name.as_str());
    if similar.is_empty() { failure } else { failure.hinted(format!("did you mean {}?", similar.join(", "))) }
}

/// `-5` is a value, `-Identity` a name.
fn starts_a_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::ErrorKind;
    use serde_json::json;

    fn line(text: &str) -> Result<Line> {
        parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>(), None)
    }

    #[test]
    fn names_values_and_switches() {
        let line = line("get-mailbox -ResultSize 10 -RecipientTypeDetails UserMailbox,SharedMailbox -Archive").unwrap();
        assert!(line.reads);
        assert_eq!(line.invocation.parameters["ResultSize"], json!(10));
        assert_eq!(line.invocation.parameters["RecipientTypeDetails"], json!(["UserMailbox", "SharedMailbox"]));
        assert_eq!(line.invocation.parameters["Archive"], json!(true));
    }

    #[test]
    fn the_first_word_without_a_name_is_the_identity() {
        assert_eq!(line("Get-Mailbox a@b.c").unwrap().invocation.parameters["Identity"], json!("a@b.c"));
        assert_eq!(line("Get-Mailbox a b").unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn names_may_be_cut_short_while_they_are_clear() {
        assert!(line("Get-Mailbox -Recip X").unwrap().invocation.parameters.contains_key("RecipientTypeDetails"));
        assert!(line("Get-Mailbox -In X").unwrap_err().text().contains("may be"));
    }

    #[test]
    fn mistakes_are_explained() {
        assert!(line("Get-Mailbx").unwrap_err().hint().unwrap().contains("Get-Mailbox"));
        assert!(line("Get-Mailbox -Nonsense 1").unwrap_err().text().contains("Nonsense"));
        assert!(line("Get-Mailbox -ResultSize").unwrap_err().text().contains("no value"));
        assert!(line("Get-Mailbox -ResultSize 1 -ResultSize 2").unwrap_err().text().contains("twice"));
    }

    #[test]
    fn writing_is_known() {
        assert!(!line("Set-Mailbox a -HiddenFromAddressListsEnabled $true").unwrap().reads);
        assert_eq!(line("Get-ProtectionAlert").unwrap().invocation.service, Service::Compliance);
    }
}
