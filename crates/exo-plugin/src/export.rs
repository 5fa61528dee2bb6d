//! From the host's call to the report's future and back; and the macro that makes a library of reports.

use crate::bridge;
use crate::drive::drive;
use crate::mailbox::{Mail, Note};
use crate::{Args, Cx, Error, Report, Result, Rows};
use exo_plugin_abi::{NoteKind, Status};
use exo_plugin_wire::{Failure, FailureKind, Outcome, PanicNote, RunArgs};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Once;

/// The SDK's name and version.
pub const SDK: &str = concat!("exo-plugin ", env!("CARGO_PKG_VERSION"));
/// The compiler's version; not known to the SDK.
pub const RUSTC: &str = "";

/// A run that has been entered.
#[derive(Debug)]
pub struct Run {
    mail: Rc<Mail>,
    args: Map<String, Value>,
    now: Option<i64>,
}

/// A report of a library, by name.
pub struct Entry<'a> {
    name: &'a str,
    run: Box<dyn Fn(Run) -> Result<()> + 'a>,
}

impl std::fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

/// The entry of a report.
pub fn entry<'a, R: Report + 'a>(report: R) -> Entry<'a> {
    Entry { name: R::NAME, run: Box::new(move |run| run_report(&report, run)) }
}

/// Runs the report that the arguments name, and tells the host how it ended.
pub fn run(args: &[u8], mail: &Rc<Mail>, entries: &[Entry<'_>]) -> Status {
    listen(mail.notes());
    bridge::install();
    let result = catch_unwind(AssertUnwindSafe(|| select(args, mail, entries)));
    CURRENT.set(None);
    let (status, outcome) = match result {
        Ok(Ok(())) => (Status::OK, Outcome::done(mail.emitted())),
        Ok(Err(error)) => {
            let status = if error.is_cancelled() { Status::CANCELLED } else { Status::PLUGIN_FAILED };
            (status, Outcome::failed(error.into_failure(), mail.emitted()))
        }
        Err(payload) => {
            let failure = Failure::new(FailureKind::Other, format!("the report panicked: {}", said(&*payload)));
            discard(payload);
            (Status::PANICKED, Outcome::failed(failure, mail.emitted()))
        }
    };
    mail.finish(&serde_json::to_vec(&outcome).unwrap_or_default());
    status
}

fn select(args: &[u8], mail: &Rc<Mail>, entries: &[Entry<'_>]) -> Result<()> {
    let RunArgs { report, args, now, .. } = RunArgs::parse(args)?;
    let Some(entry) = entries.iter().find(|entry| entry.name == report) else {
        return Err(Error::message(format!("this plugin has no report `{report}`")));
    };
    (entry.run)(Run { mail: Rc::clone(mail), args, now })
}

fn run_report<R: Report>(report: &R, run: Run) -> Result<()> {
    let args = R::Args::from_values(run.args)?;
    let cx = Cx::new(Rc::clone(&run.mail), run.now);
    let mut rows = Rows::new(Rc::clone(&run.mail));
    // Known before the future is dropped: where that panics, what is already in a variable is dropped, too.
    let result;
    {
        let future = pin!(report.run(&cx, args, &mut rows));
        result = drive(&run.mail, future);
    }
    match result {
        Ok(()) => rows.flush(),
        // What was found before the failure belongs to the incomplete result; the failure is what is told.
        Err(error) if !error.is_cancelled() => {
            let flushed = rows.flush();
            drop(flushed);
            Err(error)
        }
        Err(error) => Err(error),
    }
}

thread_local! {
    /// Where a panic of this thread is told. Without destructor, so that the library stays unloadable.
    static CURRENT: Cell<Option<Note>> = const { Cell::new(None) };
}

/// Has panics of this thread told to the host instead of being printed.
fn listen(notes: Note) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match CURRENT.get() {
            Some(notes) => tell(notes, info),
            None => before(info),
        }));
    });
    CURRENT.set(Some(notes));
}

/// Where whatever this thread does is told, while it runs a report.
pub(crate) fn current() -> Option<Note> {
    CURRENT.get()
}

fn tell(notes: Note, info: &PanicHookInfo<'_>) {
    let place = info.location().map_or(("", 0, 0), |at| (at.file(), at.line(), at.column()));
    let note = PanicNote::new(said(info.payload()), place.0, place.1, place.2);
    if let Ok(body) = serde_json::to_vec(&note) {
        notes.send(NoteKind::PANIC, &body);
    }
}

/// Drops what was panicked with; a value whose drop panics would leave the library by unwinding.
fn discard(payload: Payload) {
    let mut left = Some(payload);
    for _ in 0..PATIENCE {
        let Some(payload) = left.take() else { return };
        left = catch_unwind(AssertUnwindSafe(|| drop(payload))).err();
    }
    std::mem::forget(left);
}

type Payload = Box<dyn std::any::Any + Send>;

/// Values that panic with another such value when they are dropped, one after the other.
const PATIENCE: usize = 8;

/// A panic's text.
fn said(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a value that is no text")
}

/// Makes the crate a library of these reports: `export!(Forwarding, Sizes);`. Once per crate.
///
/// The crate's type must be `cdylib` (and `rlib`, for its tests), its panic strategy `unwind`.
/// The text that this writes holds the only unsafe code of an author's crate, which may forbid it.
#[macro_export]
macro_rules! export {
    ($($report:path),+ $(,)?) => {
        #[cfg(panic = "abort")]
        ::core::compile_error!("a plugin needs `panic = \"unwind\"` in its profile: the host must learn of a panic");

        #[cfg(not(target_pointer_width = "64"))]
        ::core::compile_error!("plugins are built for 64-bit targets only");

        const _: () = {
            $crate::__plugin!($($report),+);

            #[unsafe(no_mangle)]
            static EXO_PLUGIN_MANIFEST_V0: [u8; $crate::private::manifest_length(&PLUGIN)] =
                $crate::private::manifest(&PLUGIN);

            #[unsafe(no_mangle)]
            static EXO_PLUGIN_V0: $crate::private::PluginV0 = $crate::private::PluginV0::new(
                &EXO_PLUGIN_MANIFEST_V0,
                $crate::private::SDK,
                $crate::private::RUSTC,
                enter,
            );
        };
    };
}

/// What a plugin declares, and its entrance: all of [`export!`] but the names that a loader finds.
#[doc(hidden)]
#[macro_export]
macro_rules! __plugin {
    ($($report:path),+) => {
        const PLUGIN: $crate::private::PluginDecl<'static> = $crate::private::PluginDecl {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            about: ::core::env!("CARGO_PKG_DESCRIPTION"),
            reports: &[$($crate::private::declaration::<$report>()),+],
        };

        unsafe extern "C" fn enter(
            host: *const $crate::private::HostV0,
            args: $crate::private::Slice,
        ) -> $crate::private::Status {
            // SAFETY: the host calls with what the table's type promises.
            unsafe {
                $crate::private::enter(host, args, |args, mail| {
                    $crate::private::run(args, &mail, &[$($crate::private::entry($report)),+])
                })
            }
        }
    };
}
