//! What stops the program: an error with its kind, as a person or a program reads it.

use crate::lines::Lines;
use exo_model::{Diagnose, ErrorKind, SeamError};
use std::error::Error as StdError;

/// Any error of any layer, ready to be shown and to end the program.
///
/// It is not an error itself, so that `?` takes every error that knows its kind.
#[derive(Debug)]
pub(crate) struct Failure(SeamError);

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that has only a kind and a sentence.
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self(SeamError::message(kind, text))
    }

    /// Wrong arguments.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, text)
    }

    /// Adds or replaces the hint.
    pub(crate) fn hinted(self, hint: impl Into<String>) -> Self {
        Self(self.0.hinted(hint.into()))
    }

    /// Through a seam, into a layer that asked for something.
    pub(crate) fn into_seam(self) -> SeamError {
        self.0
    }

    /// Whether nobody reads the result any more, which is no failure of anybody.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self.0.downcast_ref::<exo_output::Error>(), Some(exo_output::Error::Closed))
    }

    /// What sort of failure it is.
    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// The way out, if it is known.
    pub(crate) fn hint(&self) -> Option<String> {
        self.0.hint().map(std::borrow::Cow::into_owned)
    }

    /// The sentence, without its causes.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// What lies below, outermost first; a cause that only repeats the sentence above it is left out.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut above = self.text();
        let mut next = self.0.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !above.contains(&text) {
                causes.push(text.clone());
            }
            above = text;
            next = cause.source();
        }
        causes
    }

    /// The original error, if it is of this type.
    pub(crate) fn original<T: StdError + 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// The sentence with its causes behind colons.
    pub(crate) fn in_a_line(&self) -> String {
        std::iter::once(self.text()).chain(self.causes()).collect::<Vec<_>>().join(": ")
    }

    /// The form for people.
    pub(crate) fn for_people(&self) -> String {
        let mut out = Lines::default();
        out.line(format_args!("error: {}", self.text()));
        for cause in self.causes() {
            out.line(format_args!("  caused by: {cause}"));
        }
        if let Some(hint) = self.hint() {
            out.line(format_args!("  hint: {hint}"));
        }
        out.into_text()
    }

    /// The name that programs know the failure by: the service's own, or that of a certificate's fault.
    pub(crate) fn code(&self) -> Option<&str> {
        self.0.service_code().or_else(|| self.certificate_code())
    }

    /// The form for programs: one JSON object in one line.
    pub(crate) fn for_programs(&self) -> String {
        format!("{}\n", serde_json::json!({ "error": self.value() }))
    }

    /// Everything that is known of it.
    pub(crate) fn value(&self) -> serde_json::Value {
        let mut error = serde_json::json!({
            "message": self.text(),
            "kind": self.kind(),
            "exit_code": self.kind().exit_code(),
            "causes": self.causes(),
        });
        if let Some(map) = error.as_object_mut() {
            map.extend(self.hint().map(|hint| ("hint".to_owned(), hint.into())));
            map.extend(self.code().map(|code| ("code".to_owned(), code.into())));
        }
        error
    }

    /// The code of the certificate error that this is, or that lies below.
    fn certificate_code(&self) -> Option<&'static str> {
        let certificate = self.0.downcast_ref::<exo_cert::Error>().map(exo_cert::Error::code);
        let store = || self.0.downcast_ref::<exo_cert::StoreError>().map(exo_cert::StoreError::code);
        certificate.or_else(store).or_else(|| {
            let mut next = self.0.source();
            while let Some(cause) = next {
                if let Some(error) = cause.downcast_ref::<exo_cert::Error>() {
                    return Some(error.code());
                }
                next = cause.source();
            }
            None
        })
    }
}

impl<E: Diagnose + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        // A seam error keeps its own code only if it is not wrapped a second time.
        let mut slot = Some(error);
        let any: &mut dyn std::any::Any = &mut slot;
        if let Some(seam) = any.downcast_mut::<Option<SeamError>>().and_then(Option::take) {
            return Self(seam);
        }
        match slot {
            Some(error) => Self(SeamError::new(error)),
            None => Self::new(ErrorKind::Fault, "an error was lost on its way"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer {
        source: Inner,
    }

    impl Diagnose for Outer {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Profile
        }
        fn hint(&self) -> Option<std::borrow::Cow<'static, str>> {
            Some("do this".into())
        }
    }

    #[test]
    fn people_read_sentence_causes_and_hint() {
        let failure = Failure::from(Outer { source: Inner });
        assert_eq!(failure.for_people(), "error: outer\n  caused by: inner\n  hint: do this\n");
    }

    #[test]
    fn programs_read_one_object() {
        let failure = Failure::from(SeamError::new(Outer { source: Inner }).code("X1"));
        let object: serde_json::Value = serde_json::from_str(&failure.for_programs()).unwrap();
        let error = &object["error"];
        assert_eq!(error["message"], "outer");
        assert_eq!(error["hint"], "do this");
        assert_eq!(error["kind"], "profile");
        assert_eq!(error["exit_code"], 10);
        assert_eq!(error["code"], "X1");
        assert_eq!(error["causes"][0], "inner");
    }

    #[test]
    fn a_certificate_has_the_code_of_its_fault() {
        let error = exo_cert::Certificate::from_bytes(b"<html>").unwrap_err();
        let code = error.code();
        assert_eq!(Failure::from(error).hinted("look").code(), Some(code));
        assert_eq!(Failure::usage("x").code(), None);
    }
}
