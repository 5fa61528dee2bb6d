//! The same plugin, built in other ways by a bare compiler: what it was built with does not matter at the boundary.

use crate::world::{World, carriers, child};
use exo_plugin_host::Plugin;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// The compiler beside the Cargo that built this.
fn rustc() -> Command {
    let mut command = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    command.args(["--edition", "2024", "--cap-lints", "allow"]);
    // Authors have their own settings.
    command.env_remove("RUSTFLAGS");
    command
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugins").join(name)
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The conformance plugin, built with these flags for itself and the tables that it uses.
fn built(flags: &[&str], main: &Path) -> Arc<Plugin> {
    let folder = tempfile::tempdir().unwrap();
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exo-plugin-abi/src/lib.rs");
    let abi = folder.path().join("libexo_plugin_abi.rlib");
    let compile = |command: &mut Command| done(&command.args(flags).env("RUSTC_BOOTSTRAP", "1").output().unwrap());
    compile(rustc().args(["--crate-type", "rlib", "--crate-name", "exo_plugin_abi", "-o"]).arg(&abi).arg(&tables));
    let library = folder.path().join("libbuilt.so");
    let external = format!("exo_plugin_abi={}", abi.display());
    compile(
        rustc()
            .args(["--crate-type", "cdylib", "--crate-name", "built", "--extern", &external, "-o"])
            .arg(&library)
            .arg(main),
    );
    Arc::new(Plugin::open(&library).unwrap())
}

/// It streams in both carriers, and its panic is told.
fn works(plugin: &Arc<Plugin>) {
    for carrier in carriers() {
        let run = |mode| {
            let mut world = World::new(carrier.clone());
            world.plugin = Arc::clone(plugin);
            world.run(mode).0
        };
        let end = run("stream");
        assert!(end.is_complete() && end.rows == 6, "{end:?}");
        assert_eq!(run("panic").outcome.to_string(), "panicked: as asked (src/report.rs:7:9)");
    }
}

#[test]
fn optimised_and_stripped() {
    works(&built(&["-Copt-level=3", "-Ccodegen-units=1", "-Cstrip=symbols"], &source("conformance.rs")));
}

#[test]
fn with_every_check_and_with_layouts_at_random() {
    let flags = ["-Copt-level=0", "-Cdebug-assertions=on", "-Zrandomize-layout", "-Zlayout-seed=7"];
    works(&built(&flags, &source("conformance.rs")));
}

#[test]
fn with_another_allocator() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("counting.rs");
    let conformance = source("conformance.rs");
    let text = format!("{ALLOCATOR}\n#[path = {conformance:?}]\nmod conformance;\n");
    std::fs::write(&main, text).unwrap();
    works(&built(&["-Copt-level=1"], &main));
}

/// Gives every block a head of its own: freed by another allocator, it would not be a block at all.
const ALLOCATOR: &str = r"
use std::alloc::{GlobalAlloc, Layout, System};
struct Headed;
fn whole(layout: Layout) -> Layout {
    Layout::from_size_align(layout.size() + layout.align().max(16), layout.align().max(16)).unwrap()
}
unsafe impl GlobalAlloc for Headed {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = unsafe { System.alloc(whole(layout)) };
        if block.is_null() { block } else { unsafe { block.add(layout.align().max(16)) } }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer.sub(layout.align().max(16)), whole(layout)) }
    }
}
#[global_allocator]
static HEADED: Headed = Headed;
";

#[test]
fn what_the_loader_misses_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("lacking.rs");
    let conformance = source("conformance.rs");
    let text = format!("{LACKING}\n#[path = {conformance:?}]\nmod conformance;\n");
    std::fs::write(&main, text).unwrap();
    let plugin = built(&[], &main);
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.plugin = Arc::clone(&plugin);
        let told = world.run("stream").0.outcome.to_string();
        assert!(told.contains("undefined symbol: nowhere_to_be_found"), "{told}");
    }
}

const LACKING: &str = r#"
unsafe extern "C" { fn nowhere_to_be_found(); }
#[used]
static LACKING: unsafe extern "C" fn() = nowhere_to_be_found;
"#;

#[test]
fn a_plugin_that_aborts_when_it_panics_has_crashed() {
    let mut world = World::new(child());
    world.plugin = built(&["-Cpanic=abort"], &source("conformance.rs"));
    assert_eq!(world.run("panic").0.outcome.to_string(), "crashed (SIGABRT)");
}

#[test]
fn the_sdk_does_not_compile_into_a_plugin_that_aborts_when_it_panics() {
    let unwinding = compiled("unwind");
    done(&unwinding);
    let aborting = compiled("abort");
    let said = String::from_utf8_lossy(&aborting.stderr);
    assert!(
        !aborting.status.success() && said.contains("a plugin needs `panic = \"unwind\"` in its profile"),
        "{said}"
    );
}

/// A plugin as authors write it, checked against the SDK that Cargo built for these tests.
fn compiled(panic: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let libraries = PathBuf::from(env!("CARGO_BIN_EXE_exo-plugin-runner")).with_file_name("deps");
    let files = std::fs::read_dir(&libraries).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let of_sdk =
        |path: &PathBuf| name(path).starts_with("libexo_plugin-") && path.extension().is_some_and(|e| e == "rlib");
    let newest = files.filter(of_sdk).max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap();
    let mut command = rustc();
    command.args(["--crate-type", "cdylib", "--crate-name", "written", "--emit", "metadata"]);
    command.arg(format!("-Cpanic={panic}")).arg("--extern").arg(format!("exo_plugin={}", newest.display()));
    command
        .arg("-L")
        .arg(format!("dependency={}", libraries.display()))
        .arg("-o")
        .arg(folder.path().join("written.rmeta"));
    command.env("CARGO_PKG_NAME", "written").env("CARGO_PKG_VERSION", "1.0.0").env("CARGO_PKG_DESCRIPTION", "");
    command.arg(source("written.rs")).output().unwrap()
}
