//! Which members of the outermost object matter.

/// A member of the outermost object.
#[derive(Clone, Copy)]
pub(super) enum Member {
    Value,
    NextLink,
    Context,
    Warnings,
    Errors,
    Confirmation,
    Error,
    Other,
}

impl Member {
    /// Which member a name is.
    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"value" => Self::Value,
            // The name without `@` has been met by another client.
            b"@odata.nextLink" | b"odata.nextLink" => Self::NextLink,
            b"@odata.context" => Self::Context,
            b"@adminapi.warnings" => Self::Warnings,
            b"@adminapi.errors" => Self::Errors,
            b"@adminapi.confirmationmessage" => Self::Confirmation,
            b"error" => Self::Error,
            _ => Self::Other,
        }
    }
}
