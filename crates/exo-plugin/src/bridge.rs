//! Lines of the `log` facade, and of `tracing` where it is wanted, on their way to the program's log.

use crate::export::current;
use crate::mailbox::Note;
use exo_plugin_abi::NoteKind;
use exo_plugin_wire::{LogLevel, LogLine};
use log::{Level, LevelFilter, Log, Metadata, Record};

/// Tells the host what crates that a report uses log on its thread.
struct Bridge;

impl Log for Bridge {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.level() <= Level::Info && current().is_some()
    }

    fn log(&self, record: &Record<'_>) {
        let Some(notes) = current().filter(|_| self.enabled(record.metadata())) else { return };
        let level = match record.level() {
            Level::Error => LogLevel::Error,
            Level::Warn => LogLevel::Warn,
            _ => LogLevel::Info,
        };
        send(notes, level, format!("{}: {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Tells the host a line.
pub(crate) fn send(notes: Note, level: LogLevel, text: String) {
    if let Ok(body) = serde_json::to_vec(&LogLine::new(level, text)) {
        notes.send(NoteKind::LOG, &body);
    }
}

/// Takes the facade of this library; whoever has taken it before, such as a test, keeps it.
pub(crate) fn install() {
    static BRIDGE: Bridge = Bridge;
    if log::set_logger(&BRIDGE).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
    #[cfg(feature = "tracing")]
    crate::traced::install();
}
