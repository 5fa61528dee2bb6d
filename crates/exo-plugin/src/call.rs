//! A call of a cmdlet on its way to be sent.

use crate::mailbox::Mail;
use crate::{OwnedRecord, Pages, Result};
use exo_model::{CmdletName, Service};
use exo_plugin_wire::{Failure, FailureKind, Request};
use serde::Serialize;
use std::rc::Rc;

/// A cmdlet with its parameters; one of the four last methods sends it.
///
/// The host encodes the parameters, follows the service's pages, repeats what was throttled, and asks only for the
/// properties that the report declares.
#[derive(Debug)]
#[must_use = "nothing is sent until `pages`, `rows`, `first` or `one` is awaited"]
pub struct Call {
    mail: Rc<Mail>,
    name: Rc<str>,
    request: Result<Request, Failure>,
}

impl Call {
    pub(crate) fn new(mail: Rc<Mail>, name: &str) -> Self {
        let request = name
            .parse::<CmdletName>()
            .map(Request::new)
            .map_err(|error| Failure::new(FailureKind::Denied, error.to_string()).cmdlet(name));
        Self { mail, name: name.into(), request }
    }

    /// Gives a parameter, under PowerShell's name; the manifest must list it.
    pub fn param(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value);
        self.request = match (self.request, value) {
            (Ok(mut request), Ok(value)) => {
                request.parameters.insert(name.to_owned(), value);
                Ok(request)
            }
            (Ok(_), Err(error)) => {
                let text = format!("the value of `{name}` is no JSON: {error}");
                Err(Failure::new(FailureKind::Other, text).cmdlet(&*self.name))
            }
            (failed, _) => failed,
        };
        self
    }

    /// Names the service, for a cmdlet that the report declares for both.
    pub fn service(self, service: Service) -> Self {
        self.set(|request| request.service = Some(service))
    }

    /// Wishes for pages of this size, 1 to 1000.
    pub fn page_rows(self, rows: u16) -> Self {
        self.set(|request| request.page_rows = Some(rows.clamp(1, 1000)))
    }

    /// Ends the stream after so many records; it is complete all the same.
    pub fn limit(self, records: u64) -> Self {
        self.set(|request| request.limit = Some(records))
    }

    /// The answer page by page: for whatever may be large.
    pub fn pages(self) -> Pages {
        Pages::new(self.mail, self.name, self.request)
    }

    /// All records at once: for policies, domains and other short lists.
    ///
    /// # Errors
    ///
    /// Whatever breaks the stream, and a record that does not fit its type.
    pub async fn rows<T: OwnedRecord>(self) -> Result<Vec<T>> {
        let mut pages = self.pages();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            for row in page.rows() {
                all.push(row?);
            }
        }
        Ok(all)
    }

    /// The only record, or none.
    ///
    /// # Errors
    ///
    /// As [`Call::rows`], and if there are several.
    pub async fn first<T: OwnedRecord>(self) -> Result<Option<T>> {
        let name = Rc::clone(&self.name);
        let mut all = self.rows::<T>().await?;
        if all.len() > 1 {
            let text = format!("`{name}` gave {} records where one was asked for", all.len());
            return Err(Failure::new(FailureKind::Decode, text).cmdlet(&*name).into());
        }
        Ok(all.pop())
    }

    /// The only record.
    ///
    /// # Errors
    ///
    /// As [`Call::first`]; [`FailureKind::NotFound`] if there is none.
    pub async fn one<T: OwnedRecord>(self) -> Result<T> {
        let name = Rc::clone(&self.name);
        let none = || Failure::new(FailureKind::NotFound, format!("`{name}` gave no record")).cmdlet(&*name);
        Ok(self.first().await?.ok_or_else(none)?)
    }

    fn set(mut self, change: impl FnOnce(&mut Request)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }
}
