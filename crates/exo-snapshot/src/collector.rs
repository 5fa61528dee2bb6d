//! One door for all calls of a run.

use crate::Error;
use exo_model::{Invocation, Invoker, Pages, SeamError, Service};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The only invoker that reports are given: it hands each call to the session of its service.
///
/// Cheap to clone; clones are the same collector.
#[derive(Clone, Default)]
pub struct Collector {
    sessions: BTreeMap<Service, Arc<dyn Invoker>>,
    calls: Arc<AtomicU64>,
}

impl Collector {
    /// A collector without a session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the session of a service, or replaces it.
    #[must_use]
    pub fn session(mut self, service: Service, session: Arc<dyn Invoker>) -> Self {
        self.sessions.insert(service, session);
        self
    }

    /// How many calls the reports have begun.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

#[async_trait::async_trait]
impl Invoker for Collector {
    async fn invoke(&self, invocation: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        let Some(session) = self.sessions.get(&invocation.service) else {
            let error = Error::NotConnected { service: invocation.service, cmdlet: invocation.cmdlet };
            return Err(SeamError::new(error));
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        session.invoke(invocation).await
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("services", &self.sessions.keys()).field("calls", &self.calls()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::{Completeness, Next, Page};

    #[derive(Debug)]
    struct Named(&'static str);
    struct Once(Option<Page>);

    #[async_trait::async_trait]
    impl Invoker for Named {
        async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
            Ok(Box::new(Once(Some(Page::from_records([self.0])))))
        }
    }

    #[async_trait::async_trait]
    impl Pages for Once {
        async fn next(&mut self) -> Result<Next, SeamError> {
            Ok(self.0.take().map_or_else(|| Next::End(Completeness::default()), Next::Page))
        }
    }

    fn call(service: Service) -> Invocation {
        Invocation::new(service, "Get-Anything".parse().unwrap())
    }

    #[tokio::test]
    async fn each_call_goes_to_the_session_of_its_service() {
        let collector = Collector::new()
            .session(Service::Exchange, Arc::new(Named("exo")))
            .session(Service::Compliance, Arc::new(Named("scc")));
        for service in Service::ALL {
            let mut pages = collector.invoke(call(*service)).await.unwrap();
            let Next::Page(page) = pages.next().await.unwrap() else { panic!("no page") };
            assert_eq!(page.records().next().unwrap(), service.as_str().as_bytes());
        }
        assert_eq!(collector.calls(), 2);
    }

    #[tokio::test]
    async fn a_service_without_session_is_named() {
        let collector = Collector::new().session(Service::Exchange, Arc::new(Named("exo")));
        let error = collector.invoke(call(Service::Compliance)).await.err().unwrap();
        assert!(error.to_string().contains("Security & Compliance"), "{error}");
        assert_eq!(collector.calls(), 0);
    }
}
