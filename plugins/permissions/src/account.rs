//! Who an entry of a permission list is for: a person, the system, or nobody any more.

/// Accounts of the system itself, by name and by SID. An entry for `Everyone` is none of them: it opens the mailbox.
const SYSTEM: [(&str, &str); 5] = [
    ("SELF", "S-1-5-10"),
    ("SYSTEM", "S-1-5-18"),
    ("LOCAL SERVICE", "S-1-5-19"),
    ("NETWORK SERVICE", "S-1-5-20"),
    ("ENTERPRISE DOMAIN CONTROLLERS", "S-1-5-9"),
];

/// Whether it is the owner's own entry, or one of the system.
pub(crate) fn is_system(account: &str) -> bool {
    let account = account.trim();
    let name = match account.split_once('\\') {
        Some((authority, name)) if authority.eq_ignore_ascii_case("NT AUTHORITY") => name,
        _ => "",
    };
    SYSTEM.iter().any(|(known, sid)| name.eq_ignore_ascii_case(known) || account.eq_ignore_ascii_case(sid))
}

/// Whether the service could not say whom a SID belongs to, mostly because the account was deleted.
pub(crate) fn is_unresolved(account: &str) -> bool {
    let account = account.trim();
    let parts = account.get(..4).filter(|head| head.eq_ignore_ascii_case("S-1-")).and_then(|_| account.get(4..));
    let is_sid =
        |parts: &str| parts.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    parts.is_some_and(is_sid) || account.eq_ignore_ascii_case("NULL SID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_known_by_name_and_by_sid() {
        for account in ["NT AUTHORITY\\SELF", "nt authority\\self", "NT AUTHORITY\\SYSTEM", "S-1-5-10", " s-1-5-18 "] {
            assert!(is_system(account), "{account}");
        }
        for account in [
            "Everyone",
            "NT AUTHORITY\\Authenticated Users",
            "NT AUTHORITY\\ANONYMOUS LOGON",
            "CONTOSO\\SELF",
            "self",
            "",
        ] {
            assert!(!is_system(account), "{account}");
        }
    }

    #[test]
    fn a_sid_is_an_account_that_nobody_knows() {
        for account in ["S-1-5-21-2034581724-1284409351-3912887463-1104", "S-1-12-1-1-2-3-4", "s-1-5-21-1", "NULL SID"]
        {
            assert!(is_unresolved(account), "{account}");
        }
        for account in ["s-1-team@contoso.com", "S-1-", "S-1-5-", "adele@contoso.com", "\u{c9}milie", ""] {
            assert!(!is_unresolved(account), "{account}");
        }
    }
}
