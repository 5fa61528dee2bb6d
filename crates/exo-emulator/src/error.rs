//! Why an emulated tenant cannot be started, or a setting not be read.

/// Why an emulator cannot be started, or one of its settings not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate to be registered on an app is no X.509 certificate, or the tenant's policy does not allow it.
    #[error("certificate {number} of app `{app}` cannot be registered: {reason}")]
    #[non_exhaustive]
    Certificate {
        /// The application (client) id.
        app: String,
        /// Which of the app's certificates, from 1.
        number: usize,
        /// What the decoder or the policy said.
        reason: String,
    },

    /// A name or identifier of the tenant is unusable.
    #[error("{what} `{value}` is not usable")]
    #[non_exhaustive]
    Setting {
        /// Which setting.
        what: &'static str,
        /// What was given.
        value: String,
    },

    /// The keys or certificates of the emulator could not be made.
    #[error("failed to make the keys of the emulator")]
    Keys(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// The listening port could not be opened.
    #[error("failed to listen on 127.0.0.1:{port}")]
    #[non_exhaustive]
    Listen {
        /// The port asked for; 0 means any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },

    /// The runtime could not be started.
    #[error("failed to start the runtime of the emulator")]
    Runtime(#[source] std::io::Error),

    /// The text of a setting names none, or a value that it does not take.
    #[error("setting `{text}`: {problem}")]
    #[non_exhaustive]
    Text {
        /// The whole text.
        text: String,
        /// What is wrong with it.
        problem: String,
    },

    /// The file for what is received cannot be opened.
    #[error("failed to open `{path}` for what is received")]
    #[non_exhaustive]
    Record {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },

    /// The text of a fault has an unknown or malformed word.
    #[error("fault `{text}`: {problem}")]
    #[non_exhaustive]
    Fault {
        /// The whole text.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
}
