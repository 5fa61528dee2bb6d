//! A request as it came, with its body read.

use bytes::Bytes;
use hyper::header::HeaderMap;

use crate::hosts;

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The `Host` header, with its port.
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn host(&self) -> &str {
        hosts::without_port(&self.authority)
    }

    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').skip(1).collect()
    }

    /// Whether the body says that it is a form.
    pub(crate) fn is_form(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        self.method == "POST" && kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    }

    /// The page size asked for by `Prefer`, between 1 and 1000.
    pub(crate) fn page_size(&self) -> Option<u32> {
        let words = self.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let wanted = words
            .flat_map(|value| value.split([',', ';']))
            .filter_map(|word| word.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("odata.maxpagesize"))
            .and_then(|(_, number)| number.trim().parse::<u32>().ok())?;
        (wanted > 0).then(|| wanted.min(1000))
    }

    pub(crate) fn takes_gzip(&self) -> bool {
        self.header("accept-encoding").is_some_and(|value| {
            value.split(',').any(|word| {
                let word = word.trim();
                word.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip"))
                    && !word.contains("q=0")
            })
        })
    }
}
