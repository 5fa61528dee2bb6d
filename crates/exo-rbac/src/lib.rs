#![doc = include_str!("../README.md")]

mod answer;
mod cover;
mod directory_role;
mod grants;
mod holding;
mod least;
mod limits;
mod management_role;
mod need;
mod offer;
mod openers;
mod preflight;
mod role_group;
mod template_ids;
mod why;

pub use answer::{Answer, Grant, Sureness};
pub use directory_role::{Certainty, DirectoryRole, GroupLink};
pub use grants::{Grants, PERMISSION};
pub use holding::{Doubt, Holds};
pub use least::{GroupWay, Least, least};
pub use limits::{Boundary, Instead, Limit, boundaries, limits};
pub use management_role::{ManagementRole, management_role, management_roles};
pub use need::Need;
pub use offer::{Offer, Offered};
pub use openers::{GroupOption, Openers, RoleOption, known_cmdlets, openers, roles_for, roles_for_cmdlet};
pub use preflight::{Access, Cause, Declared, Explanation, Preflight, ReportAccess, ServiceAccess, Verdict, preflight};
pub use role_group::{RoleGroup, role_group, role_groups};
pub use template_ids::{NO_ROLE, directory_role_names, role_name};
pub use why::Why;
