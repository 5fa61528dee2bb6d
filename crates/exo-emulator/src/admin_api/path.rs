//! What a path of the admin API asks for.

use crate::answer::Answer;
use crate::form::unescape;
use crate::request::Request;

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// `beta`, `v1.0` or `v2.0`.
    pub(crate) version: &'static str,
    /// The tenant, as the caller wrote it.
    pub(crate) tenant: String,
    pub(crate) asked: Asked,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A cmdlet.
    Invoke,
    /// Several requests in one.
    Batch,
    /// The script with what the caller may run.
    ModuleFile,
    /// The text that is shown when a session begins.
    Banner,
    /// What entities and actions there are, as CSDL.
    Metadata,
    /// The same as a short list.
    Document,
    /// Objects by their noun; the rest of the path.
    Noun(Vec<String>),
    /// One of the documented endpoints.
    Documented(String),
}

impl Path {
    /// Reads a request's path, or says what such a path is answered with.
    pub(crate) fn read(request: &Request) -> Result<Self, Answer> {
        let segments: Vec<String> = request.segments().into_iter().map(unescape).collect();
        let [api, version, tenant, rest @ ..] = segments.as_slice() else {
            return Err(Answer::text(404, ""));
        };
        let versions = ["beta", "v1.0", "v2.0"];
        let version = versions.into_iter().find(|known| known.eq_ignore_ascii_case(version));
        let (Some(version), true) = (version, api.eq_ignore_ascii_case("adminapi")) else {
            return Err(Answer::text(404, ""));
        };
        Ok(Self { version, tenant: tenant.clone(), asked: asked(version, rest)? })
    }
}

fn asked(version: &str, rest: &[String]) -> Result<Asked, Answer> {
    let words: Vec<String> = rest.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(match (version, words.as_slice()) {
        ("v2.0", [_]) => Asked::Documented(rest.first().cloned().unwrap_or_default()),
        ("beta", ["invokecommand"]) => Asked::Invoke,
        ("v1.0", ["invokecommand"]) => return Err(Answer::empty(405).with("allow", "GET")),
        ("beta" | "v1.0", ["$batch"]) => Asked::Batch,
        ("v1.0", ["exomodulefile"]) => Asked::ModuleFile,
        ("beta" | "v1.0", [banner]) if banner.starts_with("exobanner(") => Asked::Banner,
        ("beta" | "v1.0", ["$metadata"]) => Asked::Metadata,
        ("beta" | "v1.0", [] | [""]) => Asked::Document,
        ("beta" | "v1.0", [noun, ..]) if is_noun(noun) => {
            Asked::Noun(rest.iter().filter(|segment| !segment.is_empty()).cloned().collect())
        }
        _ => return Err(Answer::text(404, "")),
    })
}

/// Whether a segment begins a path to objects, with or without a key.
fn is_noun(segment: &str) -> bool {
    let noun = segment.split('(').next().unwrap_or_default();
    ["mailbox", "recipient", "casmailbox", "user", "mobiledevice", "exchangerolegroupmember"].contains(&noun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn read(path: &str) -> Result<Asked, u16> {
        let request = Request {
            method: "GET".to_owned(),
            authority: String::new(),
            path: path.to_owned(),
            query: String::new(),
            headers: hyper::HeaderMap::new(),
            body: Bytes::new(),
        };
        Path::read(&request).map(|path| path.asked).map_err(|answer| answer.status)
    }

    #[test]
    fn words_have_no_case_and_may_be_escaped() {
        assert_eq!(read("/AdminApi/Beta/t/invokecommand"), Ok(Asked::Invoke));
        assert_eq!(read("/adminapi/beta/t/%24batch"), Ok(Asked::Batch));
        assert_eq!(read("/adminapi/v1.0/t/EXOModuleFile"), Ok(Asked::ModuleFile));
        assert_eq!(read("/adminapi/beta/t/EXOBanner(%27AutogenSession%27)"), Ok(Asked::Banner));
        assert_eq!(read("/adminapi/beta/t/"), Ok(Asked::Document));
        let keyed = vec!["Mailbox('a/b')".to_owned(), "MailboxPermission".to_owned()];
        assert_eq!(read("/adminapi/beta/t/Mailbox('a%2Fb')/MailboxPermission"), Ok(Asked::Noun(keyed)));
        assert_eq!(read("/adminapi/v2.0/t/Mailbox"), Ok(Asked::Documented("Mailbox".to_owned())));
    }

    #[test]
    fn other_paths_are_not_there() {
        assert_eq!(read("/adminapi/v1.0/t/InvokeCommand"), Err(405));
        for path in ["/", "/adminapi/beta", "/adminapi/v3.0/t/InvokeCommand", "/adminapi/beta/t/EXOModuleFile"] {
            assert_eq!(read(path), Err(404), "{path}");
        }
    }
}
