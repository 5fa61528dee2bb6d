//! What the file needs, shows and carries.

use super::wrong;
use crate::bundled::Found;
use crate::checklist::List;
use exo_plugin_host::Inspection;
use std::path::Path;

/// Looks at the file without loading it.
pub(super) fn look(path: &Path, found: &[Found], list: &mut List) {
    let Some(plugin) = found.first().map(|found| &found.plugin) else { return };
    let manifest = plugin.manifest();
    let seen = std::fs::read(path).map_err(|error| error.to_string()).and_then(|bytes| Inspection::of(&bytes));
    let seen = match seen {
        Ok(seen) => seen,
        Err(problem) => {
            let text = format!("`{}` cannot be looked at: {problem}", path.display());
            return list.fail("file", &wrong(text, "build the plugin again"));
        }
    };
    list.ok("file", format!("{} {}, {}, sha-256 {}", manifest.name, manifest.version, manifest.sdk, plugin.sha256()));
    symbols(&seen, list);
    libraries(&seen, list);
    code(&seen, list);
    size(&seen, list);
}

fn symbols(seen: &Inspection, list: &mut List) {
    let foreign: Vec<&str> = seen.foreign_exports().collect();
    if foreign.is_empty() {
        return list.ok("symbols", "the two of the boundary".to_owned());
    }
    let text = format!("shows {} beside the two of the boundary", some(&foreign));
    list.fail(
        "symbols",
        &wrong(text, "take `#[no_mangle]` and exported C functions out of the plugin and of what it uses"),
    );
}

fn libraries(seen: &Inspection, list: &mut List) {
    let foreign: Vec<&str> = seen.foreign_libraries().collect();
    if foreign.is_empty() {
        list.ok("libraries", seen.libraries.join(", "));
    } else {
        let text = format!("needs {}, which other machines may not have", some(&foreign));
        list.fail("libraries", &wrong(text, "link what the plugin uses into it, or do without"));
    }
    let Some((major, minor)) = seen.c_library else { return };
    let (least_major, least_minor) = Inspection::C_LIBRARY;
    if seen.is_old_enough() {
        list.ok("C library", format!("GNU {major}.{minor} or newer; {least_major}.{least_minor} is what systems have"));
    } else {
        let text = format!("needs the GNU C library {major}.{minor}; {least_major}.{least_minor} is what systems have");
        list.fail("C library", &wrong(text, "build it on an older system: the workflow of `exoctl plugin new` does"));
    }
}

fn code(seen: &Inspection, list: &mut List) {
    match (seen.constructors, seen.own_constructors()) {
        (None, _) => list.ok("constructors", "not looked at on this system".to_owned()),
        (Some(_), 0) => list.ok("constructors", "only those of the compiler".to_owned()),
        (Some(_), own) => {
            let text = format!("{own} functions of its own run as soon as it is loaded");
            list.fail("constructors", &wrong(text, "do without crates that register something before `run`"));
        }
    }
    if seen.unwinds {
        list.ok("panics", "unwind".to_owned());
    } else {
        let hint = "set `panic = \"unwind\"` in the profile of Cargo.toml";
        list.fail("panics", &wrong("a panic ends the process, so that nobody learns what it was", hint));
    }
}

fn size(seen: &Inspection, list: &mut List) {
    let size = format!("{} KiB", seen.size.div_ceil(1024));
    if seen.debug_information {
        list.warn("size", format!("{size}, with debug information"), "give away a release build with `strip = true`");
    } else if seen.size > LARGE {
        list.warn("size", size, "most plugins have less than 1 MiB");
    } else {
        list.ok("size", size);
    }
}

/// The first few names.
fn some(names: &[&str]) -> String {
    let first = names.iter().take(5).map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(5) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// A library of this size carries more than a report.
const LARGE: usize = 8 << 20;
