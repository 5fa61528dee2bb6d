//! A small result as a whole, or the reason why it is not whole.

use crate::{ErrorKind, Invocation, Invoker, Next, SeamError};
use serde::de::DeserializeOwned;

/// Reads all records of a call that gives few, decoded.
///
/// What is not whole is an error: a record that cannot be read, and a stream that ends without everything. A limit of the
/// call's own is no gap.
///
/// ```
/// use exo_model::{Invocation, Invoker, SeamError, Service, read_all};
///
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Domain {
///     domain_name: String,
/// }
///
/// async fn domains(session: &dyn Invoker) -> Result<Vec<Domain>, Box<dyn std::error::Error>> {
///     let call = Invocation::new(Service::Exchange, "Get-AcceptedDomain".parse()?).select(["DomainName"]);
///     Ok(read_all(session, call).await?)
/// }
/// # drop(domains);
/// ```
///
/// # Errors
///
/// Whatever broke the stream, or what is missing or unreadable, with the name of the cmdlet.
pub async fn read_all<T: DeserializeOwned>(invoker: &dyn Invoker, call: Invocation) -> Result<Vec<T>, SeamError> {
    let cmdlet = call.cmdlet.clone();
    let mut pages = invoker.invoke(call).await?;
    let mut records = Vec::new();
    loop {
        match pages.next().await? {
            Next::Page(page) => {
                for record in page.records() {
                    let record = serde_json::from_slice(record).map_err(|error| {
                        // What stands there is the service's, and may repeat what it was sent.
                        let seen = crate::without_tokens(&error.to_string());
                        let text = format!("a record of `{cmdlet}` is not understood: {seen}");
                        SeamError::message(ErrorKind::Answer, text)
                    })?;
                    records.push(record);
                }
            }
            Next::End(end) if end.is_complete() => return Ok(records),
            Next::End(end) => {
                let missing: Vec<_> = end.gaps.into_iter().map(|gap| gap.what).collect();
                let text = format!("not everything of `{cmdlet}` came: {}", missing.join("; "));
                return Err(SeamError::message(ErrorKind::Unavailable, text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Completeness, Diagnose as _, Gap, GapKind, Page, Pages, Service};
    use std::sync::Mutex;

    #[derive(Debug)]
    struct Given(Mutex<Vec<Next>>);
    struct Rest(Vec<Next>);

    #[async_trait::async_trait]
    impl Invoker for Given {
        async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
            Ok(Box::new(Rest(std::mem::take(&mut self.0.lock().unwrap()))))
        }
    }

    #[async_trait::async_trait]
    impl Pages for Rest {
        async fn next(&mut self) -> Result<Next, SeamError> {
            Ok(self.0.remove(0))
        }
    }

    /// Nothing here ever waits.
    fn read(given: Vec<Next>) -> Result<Vec<u8>, SeamError> {
        let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse().unwrap());
        let given = Given(Mutex::new(given));
        let mut reading = std::pin::pin!(read_all(&given, call));
        match reading.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn what_is_not_whole_is_an_error() {
        let page = |records: &[&str]| Next::Page(Page::from_records(records));
        let end = Completeness::default();
        assert_eq!(read(vec![page(&["1", "2"]), page(&["3"]), Next::End(end.clone())]).unwrap(), [1, 2, 3]);
        let broken = read(vec![page(&["1", "{"]), Next::End(end.clone())]).unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::Answer);
        assert!(broken.to_string().starts_with("a record of `Get-Mailbox` is not understood: "), "{broken}");
        let cut = Completeness { gaps: vec![Gap::new(GapKind::Truncated, "there is more")], ..end };
        let cut = read(vec![page(&["1"]), Next::End(cut)]).unwrap_err();
        assert_eq!(
            (cut.kind(), cut.to_string().as_str()),
            (ErrorKind::Unavailable, "not everything of `Get-Mailbox` came: there is more")
        );
    }
}
