//! The log: to stderr, as much as was asked for.

use crate::arguments::LogLevel;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging; called once, by `main`.
pub(crate) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Only our own layers speak: what HTTP and TLS libraries log may hold headers.
    let ours = tracing_subscriber::filter::Targets::new().with_targets(
        ["exo_http", "exo_token", "exo_session", "exo_plugin_host", "exoctl"].map(|target| (target, level)),
    );
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(crate::terminal::watched())
        .with_target(true);
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::registry(),
        tracing_subscriber::Layer::with_filter(layer, ours),
    );
    // A second start would be a mistake of ours without harm.
    drop(tracing::subscriber::set_global_default(subscriber));
}
