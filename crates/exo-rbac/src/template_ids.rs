//! The names of all directory roles, by what stands in a token.

/// The name of the directory role with this template id, also of roles that open neither service.
///
/// ```
/// assert_eq!(exo_rbac::role_name("fe930be7-5e62-47db-91af-98c3a49a38b1"), Some("User Administrator"));
/// assert_eq!(exo_rbac::role_name("36ee4c6c-0812-40a2-b820-b22ebd02bce3"), None);
/// ```
pub fn role_name(template_id: &str) -> Option<&'static str> {
    entries().find(|(id, _)| id.eq_ignore_ascii_case(template_id.trim())).map(|(_, name)| name)
}

/// The names of all directory roles, also of those that open neither service.
pub fn directory_role_names() -> impl Iterator<Item = &'static str> {
    entries().map(|(_, name)| name)
}

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// Stands in `wids` of app-only tokens in general and is no directory role.
pub const NO_ROLE: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

const TABLE: &str = include_str!("../data/template_ids.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DirectoryRole;

    #[test]
    fn all_ids_have_names_and_the_table_agrees() {
        assert_eq!(entries().count(), 130);
        assert_eq!(role_name(NO_ROLE), None);
        for role in DirectoryRole::ALL {
            assert_eq!(role_name(role.template_id), Some(role.name));
        }
    }
}
