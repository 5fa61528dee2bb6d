//! The small runner: the child's program for those who do not hand over their own.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    exo_plugin_host::runner_main(std::env::args_os().skip(1))
}

#[cfg(not(unix))]
fn main() {}
