//! Small libraries, good and bad in one way each, as the inspection sees them.

use exo_plugin_host::Inspection;
use std::path::Path;
use std::process::Command;

/// A library that shows what a plugin shows.
const GOOD: &str = r"//! A library.
#[unsafe(no_mangle)]
pub static EXO_PLUGIN_V0: u8 = 0;
#[unsafe(no_mangle)]
pub static EXO_PLUGIN_MANIFEST_V0: [u8; 4] = *b_EXOM_;
pub fn fail() { panic!() }
";

/// Compiles a library and looks at it.
fn inspected(source: &str, more: &[&str]) -> Inspection {
    let folder = tempfile::tempdir().unwrap();
    let (file, library) = (folder.path().join("small.rs"), folder.path().join("small.so"));
    std::fs::write(&file, source.replace("b_EXOM_", "b\"EXOM\"")).unwrap();
    compile(&file, &library, more);
    Inspection::of(&std::fs::read(&library).unwrap()).unwrap()
}

fn compile(file: &Path, library: &Path, more: &[&str]) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "cdylib", "--crate-name", "small"]).args(more);
    let output = command.arg("-o").arg(library).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_library_of_the_compiler_alone_is_good() {
    let seen = inspected(GOOD, &[]);
    assert_eq!(seen.foreign_exports().count(), 0, "{seen:?}");
    assert_eq!(seen.foreign_libraries().count(), 0, "{seen:?}");
    assert_eq!(seen.own_constructors(), 0, "{seen:?}");
    assert!(seen.unwinds, "{seen:?}");
    assert!(seen.c_library.is_some_and(|version| version > (2, 10)), "{seen:?}");
}

#[test]
fn a_function_that_is_shown_is_seen() {
    let more = "#[unsafe(no_mangle)] pub extern \"C\" fn getpid() -> i32 { 1 }\n";
    let seen = inspected(&format!("{GOOD}{more}"), &[]);
    assert_eq!(seen.foreign_exports().collect::<Vec<_>>(), ["getpid"]);
}

#[test]
fn a_function_that_runs_before_anybody_calls_is_seen() {
    let more = "extern \"C\" fn early() { println!(\"early\"); }\n\
                #[used] #[unsafe(link_section = \".init_array\")] static EARLY: extern \"C\" fn() = early;\n";
    let seen = inspected(&format!("{GOOD}{more}"), &[]);
    assert_eq!(seen.own_constructors(), 1, "{seen:?}");
}

#[test]
fn a_library_beside_those_of_the_system_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("other.rs"), folder.path().join("libother.so"));
    std::fs::write(&file, "//! Another.\n#[unsafe(no_mangle)] pub extern \"C\" fn other() {}\n").unwrap();
    compile(&file, &other, &["-C", "link-arg=-Wl,-soname,libother.so"]);
    let more = "#[link(name = \"other\")] unsafe extern \"C\" { safe fn other(); }\npub fn call() { other() }\n\
                #[unsafe(no_mangle)] pub static EXO_PLUGIN_CALL: fn() = call;\n";
    let place = format!("native={}", folder.path().display());
    let seen = inspected(&format!("{GOOD}{more}"), &["-L", &place]);
    assert_eq!(seen.foreign_libraries().collect::<Vec<_>>(), ["libother.so"]);
}

#[test]
fn debug_information_is_seen() {
    // The standard library brings some of its own.
    assert!(inspected(GOOD, &[]).debug_information);
    assert!(!inspected(GOOD, &["-C", "strip=symbols"]).debug_information);
}
