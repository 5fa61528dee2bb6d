//! A plugin in a thread of this process.

use super::table::{Backend, Registry};
use super::{Loaded, Returned};
use crate::mailbox::{Event, Mailbox};
use crate::run::Run;
use crate::{Error, Plugin};
use bytes::Bytes;
use exo_model::Span;
use exo_plugin_abi::{NoteKind, Status};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Runs the plugin to its end. When the future is dropped, the thread is left to itself.
pub(crate) async fn run(
    registry: &'static Registry,
    run: Arc<Run>,
    plugin: Arc<Plugin>,
    args: Vec<u8>,
) -> Result<Returned, Error> {
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let returned = load(&plugin).map(|loaded| {
            let status = registry.enter(Arc::new(Local(Arc::clone(&run))), loaded, &args);
            Returned { status, leaked_pages: run.mailbox.pages_out() as u64 }
        });
        // Nobody listens any more when the run was given up.
        drop(sender.send(returned));
    };
    let thread = std::thread::Builder::new().name("exo-plugin".to_owned()).stack_size(STACK).spawn(work);
    thread.map_err(|source| Error::Start { runner: "thread".into(), source })?;
    match receiver.await {
        Ok(returned) => returned,
        Err(_) => Ok(Returned { status: Status::HOST_BUG, leaked_pages: 0 }),
    }
}

/// Loads the plugin once in the life of the process.
fn load(plugin: &Plugin) -> Result<Loaded, Error> {
    if let Some(loaded) = plugin.loaded.get() {
        return Ok(*loaded);
    }
    let failed = |detail| Error::Load { plugin: plugin.manifest().name.clone(), detail };
    let path = plugin.image()?.keep().map_err(|error| failed(error.to_string()))?;
    let loaded = Loaded::load(&path, plugin.framed()).map_err(failed)?;
    tracing::debug!(plugin = plugin.manifest().name, built_with = loaded.built_with, "loaded in a thread");
    Ok(*plugin.loaded.get_or_init(|| loaded))
}

/// The run itself, in the plugin's own process.
struct Local(Arc<Run>);

impl Backend for Local {
    fn submit(&self, req: u64, body: &[u8]) -> Status {
        self.0.submit(req, body)
    }

    fn pull(&self, req: u64) -> Status {
        self.0.pull(req)
    }

    fn abandon(&self, req: u64) {
        self.0.abandon(req);
    }

    fn wait(&self, time: Option<Duration>) -> Option<Event> {
        let event = self.0.mailbox.wait(time)?;
        self.0.delivered(&event);
        Some(event)
    }

    fn emit(&self, data: &[u8], spans: &[Span]) -> Status {
        if data.len() > exo_plugin_wire::BATCH_LIMIT {
            return self.0.emit_too_large();
        }
        self.0.emit(Bytes::copy_from_slice(data), spans.to_vec())
    }

    fn note(&self, kind: NoteKind, body: &[u8]) {
        self.0.note(kind, body);
    }

    fn finish(&self, outcome: &[u8]) {
        self.0.finish(outcome);
    }

    fn fault(&self, what: &str) {
        self.0.violation(what);
    }

    fn mailbox(&self) -> &Mailbox {
        &self.0.mailbox
    }
}

/// As much as a main thread has.
const STACK: usize = 8 << 20;
