//! The five set-up steps of app-only sign-in, as Microsoft's guide numbers them.

use std::fmt;

/// One of the five steps by which an app is prepared for signing in with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the guide has these five steps")]
pub enum SetupStep {
    /// Register the app.
    Register = 1,
    /// Grant the API permission, and consent to it.
    Permission = 2,
    /// Make the certificate.
    Certificate = 3,
    /// Attach the certificate to the app.
    Attach = 4,
    /// Assign a role to the app.
    Role = 5,
}

impl SetupStep {
    /// All five, in order.
    pub const ALL: &'static [Self] = &[Self::Register, Self::Permission, Self::Certificate, Self::Attach, Self::Role];

    /// The step's number in the guide.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// What is done in this step.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Register => "register the app",
            Self::Permission => "grant the API permission and consent to it",
            Self::Certificate => "make the certificate",
            Self::Attach => "attach the certificate to the app",
            Self::Role => "assign a role to the app",
        }
    }
}

impl fmt::Display for SetupStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} ({})", self.number(), self.title())
    }
}
