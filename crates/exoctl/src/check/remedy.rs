//! Where each set-up step is done.

/// Where a set-up step is done: by which command of this program, and where in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// The command.
    pub(crate) command: Option<&'static str>,
    /// The way through the Microsoft Entra admin center.
    pub(crate) portal: Option<&'static str>,
}

/// The place of a set-up step, 1 to 5.
pub(super) fn of(step: u8) -> Option<Remedy> {
    let remedy = |command, portal| Some(Remedy { command, portal });
    match step {
        1 => remedy(Some("exoctl app create"), Some("App registrations > New registration")),
        2 => remedy(
            Some("exoctl app create"),
            Some("App registrations > the app > API permissions > Add a permission, then Grant admin consent"),
        ),
        3 => remedy(Some("exoctl cert new"), None),
        4 => remedy(
            Some("exoctl app create"),
            Some("App registrations > the app > Certificates & secrets > Certificates > Upload certificate"),
        ),
        5 => {
            remedy(Some("exoctl app grant --role ROLE"), Some("Roles and administrators > the role > Add assignments"))
        }
        _ => None,
    }
}
