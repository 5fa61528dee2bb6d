//! A folder of recorded answers in place of a tenant: what plugins are tried on.

use crate::failure::{self, Failure};
use async_trait::async_trait;
use exo_model::{Completeness, ErrorKind, Invocation, Invoker, Next, Page, Pages, SeamError};
use exo_plugin_wire::Recording;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The recordings of a folder, by the names of their cmdlets in small letters.
#[derive(Debug, Clone)]
pub(crate) struct Fixtures {
    folder: PathBuf,
    recordings: Arc<BTreeMap<String, Recording>>,
}

impl Fixtures {
    /// Reads every `Get-….jsonl` of a folder.
    pub(crate) fn open(folder: &Path) -> failure::Result<Self> {
        let unread = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::usage(format!("`{}` cannot be used: {error}", path.display()))
                .hinted("a folder with a file such as Get-Mailbox.jsonl per cmdlet, one JSON object per line")
        };
        let mut recordings = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unread(folder, &error))? {
            let path = entry.map_err(|error| unread(folder, &error))?.path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|error| unread(&path, &error))?;
            let recording = Recording::parse(&text).map_err(|error| unread(&path, &error))?;
            let cmdlet = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            recordings.insert(cmdlet, recording);
        }
        if recordings.is_empty() {
            return Err(unread(folder, &"it holds no recorded cmdlet"));
        }
        Ok(Self { folder: folder.to_owned(), recordings: Arc::new(recordings) })
    }
}

#[async_trait]
impl Invoker for Fixtures {
    async fn invoke(&self, call: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        let Some(recording) = self.recordings.get(&call.cmdlet.as_str().to_ascii_lowercase()) else {
            let text = format!("folder `{}` has no `{}.jsonl`", self.folder.display(), call.cmdlet);
            let hint = "add the file: one record per line, an empty file for no record";
            return Err(SeamError::message(ErrorKind::Usage, text).hinted(hint));
        };
        let Some(answer) = recording.answer(&call.parameters) else {
            let object = call.parameter("Identity").map(ToString::to_string).unwrap_or_default();
            let text = format!("{object} is not in `{}.jsonl` of the fixtures", call.cmdlet);
            return Err(SeamError::message(ErrorKind::Refused, text));
        };
        let limit = call.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let mut end = Completeness::default();
        end.limited = limit <= answer.records.len() && call.limit.is_some();
        if let (Some(error), true) = (answer.error, answer.records.is_empty()) {
            return Err(error.into());
        }
        let error = answer.error.filter(|_| !end.limited).map(SeamError::from);
        let left = answer.records.into_iter().take(limit).map(str::to_owned).collect();
        Ok(Box::new(Rest { left, page: usize::from(call.page_size.unwrap_or(1000)), end, error }))
    }
}

/// What has not been given yet.
struct Rest {
    left: VecDeque<String>,
    page: usize,
    end: Completeness,
    /// How the stream breaks off, if it does.
    error: Option<SeamError>,
}

#[async_trait]
impl Pages for Rest {
    async fn next(&mut self) -> Result<Next, SeamError> {
        if self.left.is_empty() {
            return self.error.take().map_or_else(|| Ok(Next::End(self.end.clone())), Err);
        }
        let page = Page::from_records(self.left.drain(..self.page.min(self.left.len())));
        self.end.pages += 1;
        self.end.records += page.len() as u64;
        Ok(Next::Page(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::{Diagnose as _, Service};

    async fn read(fixtures: &Fixtures, call: Invocation) -> Result<(Vec<usize>, Completeness), SeamError> {
        let mut pages = fixtures.invoke(call).await?;
        let mut sizes = Vec::new();
        loop {
            match pages.next().await? {
                Next::Page(page) => sizes.push(page.len()),
                Next::End(end) => return Ok((sizes, end)),
            }
        }
    }

    fn call(cmdlet: &str) -> Invocation {
        Invocation::new(Service::Exchange, cmdlet.parse().unwrap())
    }

    #[tokio::test]
    async fn records_come_in_pages_and_end_with_their_number() {
        let names = ["a", "b", "c"].map(|name| format!("{{\"Name\":\"{name}\"}}"));
        let recordings = [("get-mailbox".to_owned(), Recording::parse(&names.join("\n")).unwrap())].into();
        let fixtures = Fixtures { folder: "x".into(), recordings: Arc::new(recordings) };
        let (pages, end) = read(&fixtures, call("Get-Mailbox").page_size(2)).await.unwrap();
        assert_eq!((pages, end.records, end.limited), (vec![2, 1], 3, false));
        let (pages, end) = read(&fixtures, call("Get-Mailbox").limit(2)).await.unwrap();
        assert_eq!((pages, end.records, end.limited), (vec![2], 2, true));
        let (pages, _) = read(&fixtures, call("get-mailbox").with("Identity", "B")).await.unwrap();
        assert_eq!(pages, [1]);
        let error = read(&fixtures, call("Get-Mailbox").with("Identity", "z")).await.unwrap_err();
        assert!(error.to_string().contains("\"z\" is not in `Get-Mailbox.jsonl`"), "{error}");
        let failing = Recording::parse("{\"Name\":\"a\"}\n{\"@error\":{\"kind\":\"throttled\"}}").unwrap();
        let broken = Fixtures { folder: "x".into(), recordings: Arc::new([("get-user".to_owned(), failing)].into()) };
        assert_eq!(read(&broken, call("Get-User")).await.unwrap_err().kind(), ErrorKind::Throttled);
        assert_eq!(read(&broken, call("Get-User").limit(1)).await.unwrap().0, [1]);
        let error = read(&fixtures, call("Get-Recipient")).await.unwrap_err();
        assert!(error.to_string().contains("has no `Get-Recipient.jsonl`"), "{error}");
    }
}
