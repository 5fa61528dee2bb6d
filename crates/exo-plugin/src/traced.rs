//! Events of `tracing`, on their way to the program's log.

use crate::bridge::send;
use crate::export::current;
use exo_plugin_wire::LogLevel;
use std::fmt::{self, Write as _};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Tells the host what a report and its crates trace on its thread: events, not spans.
struct Traced;

impl Subscriber for Traced {
    fn register_callsite(&self, about: &'static Metadata<'static>) -> Interest {
        // Whether a report runs is another question for each thread and time.
        if is_told(*about.level()) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, about: &Metadata<'_>) -> bool {
        is_told(*about.level()) && current().is_some()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let Some(notes) = current() else { return };
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warn,
            _ => LogLevel::Info,
        };
        let mut said = Said::default();
        event.record(&mut said);
        send(notes, level, format!("{}: {}{}", event.metadata().target(), said.message, said.fields));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The words of an event.
#[derive(Default)]
struct Said {
    message: String,
    fields: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text does not fail.
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        debug_assert!(written.is_ok(), "a text takes everything");
    }
}

fn is_told(level: Level) -> bool {
    level <= Level::INFO
}

/// Takes the facade of this library; whoever has taken it before, such as a test, keeps it.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let taken = tracing::subscriber::set_global_default(Traced);
        drop(taken);
    });
}
