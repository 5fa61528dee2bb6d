#![doc = include_str!("../README.md")]

mod advice;
mod answer;
mod directory_role;
mod entries;
mod grants;
mod limits;
mod role_group;
mod template_ids;

pub use advice::{Least, RoleOption, least, roles_for, roles_for_cmdlet};
pub use answer::{Answer, Grant, Why};
pub use directory_role::{Certainty, DirectoryRole, GroupLink};
pub use grants::{Grants, PERMISSION};
pub use limits::{Limit, limits};
pub use role_group::{RoleGroup, role_group, role_groups};
pub use template_ids::{NO_ROLE, role_name};
