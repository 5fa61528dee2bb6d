//! Report `forwarding`: which mailboxes hand their mail on, and to whom.

use exo_plugin::prelude::*;

/// Mailboxes that forward their mail, and whether it leaves the tenant
#[derive(Debug)]
#[report(
    service = "exo",
    reads("Get-Mailbox": Mailbox, params("ResultSize")),
    reads("Get-AcceptedDomain": Domain, params("ResultSize")),
)]
pub struct Forwarding;

/// What a user may set.
#[derive(Debug, Args)]
pub struct Params {
    /// Leave out what is known to stay in the tenant's own domains
    skip_internal: bool,
}

/// A way on which mail is handed on.
#[derive(Debug, Row)]
pub struct Hop {
    #[column(key)]
    user_principal_name: String,
    /// The property that says so: `ForwardingAddress` or `ForwardingSmtpAddress`.
    #[column(key)]
    set_in: &'static str,
    display_name: Option<String>,
    recipient_type_details: Option<String>,
    forwards_to: String,
    /// Whether the target's domain is none of the tenant's; null where the target is a recipient without an address.
    external: Option<bool>,
    /// Whether the mailbox keeps a copy.
    keeps_copy: Option<Flag>,
    /// Whether it is overridden: the service ignores an address where a recipient is set as well.
    ignored: bool,
}

#[derive(Debug, Record)]
struct Mailbox<'a> {
    user_principal_name: Text<'a>,
    display_name: Option<Text<'a>>,
    recipient_type_details: Option<Text<'a>>,
    forwarding_address: Option<Text<'a>>,
    forwarding_smtp_address: Option<Text<'a>>,
    deliver_to_mailbox_and_forward: Option<Flag>,
}

#[derive(Debug, Record)]
struct Domain {
    domain_name: String,
    match_sub_domains: Maybe<Flag>,
}

#[async_trait(?Send)]
impl Report for Forwarding {
    type Args = Params;
    type Row = Hop;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Hop>) -> Result<()> {
        let domains = cx.cmdlet("Get-AcceptedDomain").param("ResultSize", "Unlimited").rows::<Domain>().await?;
        let domains = Domains::of(domains);
        if domains.is_empty() {
            cx.warn("`Get-AcceptedDomain` gave no domain, so that nobody can say what is external");
        }
        let mut pages = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages();
        let mut done = 0;
        while let Some(page) = pages.next().await? {
            for mailbox in page.rows::<Mailbox<'_>>() {
                let hops = hops(&mailbox?, &domains);
                for hop in hops.into_iter().flatten().filter(|hop| !args.skip_internal || hop.external != Some(false)) {
                    out.push(hop)?;
                }
            }
            done += page.len() as u64;
            cx.progress(done, None);
        }
        Ok(())
    }
}

/// The ways that a mailbox hands its mail on, each where it is set.
fn hops(mailbox: &Mailbox<'_>, domains: &Domains) -> [Option<Hop>; 2] {
    let recipient = set(mailbox.forwarding_address.as_ref());
    let address = set(mailbox.forwarding_smtp_address.as_ref());
    let hop = |set_in, target: &str, ignored| Hop {
        user_principal_name: mailbox.user_principal_name.to_string(),
        set_in,
        display_name: mailbox.display_name.as_ref().map(ToString::to_string),
        recipient_type_details: mailbox.recipient_type_details.as_ref().map(ToString::to_string),
        forwards_to: target.to_owned(),
        external: domains.is_external(target),
        keeps_copy: mailbox.deliver_to_mailbox_and_forward,
        ignored,
    };
    [
        recipient.map(|target| hop("ForwardingAddress", target, false)),
        address.map(|target| hop("ForwardingSmtpAddress", without_prefix(target), recipient.is_some())),
    ]
}

/// A text that says something.
fn set<'a>(text: Option<&'a Text<'_>>) -> Option<&'a str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The address without the kind of address before it.
fn without_prefix(address: &str) -> &str {
    match address.split_once(':') {
        Some((kind, address)) if kind.eq_ignore_ascii_case("smtp") => address,
        _ => address,
    }
}

/// The tenant's own domains, in small letters.
#[derive(Debug)]
struct Domains {
    names: Vec<String>,
    /// Those whose subdomains are the tenant's as well, with the dot before them.
    parents: Vec<String>,
}

impl Domains {
    fn of(domains: Vec<Domain>) -> Self {
        let (mut names, mut parents) = (Vec::new(), Vec::new());
        for domain in domains {
            let name = domain.domain_name.trim().trim_end_matches('.').to_lowercase();
            if domain.match_sub_domains.value().is_some_and(bool::from) {
                parents.push(format!(".{name}"));
            }
            names.push(name);
        }
        Self { names, parents }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether mail to this target leaves the tenant; none if it is no address, or nobody knows the tenant's domains.
    fn is_external(&self, target: &str) -> Option<bool> {
        let (_, domain) = target.rsplit_once('@')?;
        let domain = domain.trim_end_matches('.').to_lowercase();
        let is_own = self.names.contains(&domain) || self.parents.iter().any(|parent| domain.ends_with(parent));
        if domain.is_empty() || self.is_empty() { None } else { Some(!is_own) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Domains {
        let domain =
            |name: &str, sub| Domain { domain_name: name.to_owned(), match_sub_domains: Maybe::Value(Flag(sub)) };
        Domains::of(vec![domain("Contoso.com", false), domain("m\u{fc}nchen.example", true)])
    }

    #[test]
    fn external_is_what_no_accepted_domain_holds() {
        let cases = [
            ("a@contoso.com", Some(false)),
            ("a@CONTOSO.COM.", Some(false)),
            ("a@mail.contoso.com", Some(true)),
            ("a@mail.M\u{dc}NCHEN.example", Some(false)),
            ("a@notm\u{fc}nchen.example", Some(true)),
            ("a@contoso.com.example.net", Some(true)),
            ("\"a@contoso.com\"@example.net", Some(true)),
            ("Archive 7", None),
            ("a@", None),
        ];
        for (target, external) in cases {
            assert_eq!(domains().is_external(target), external, "{target}");
        }
        assert_eq!(Domains::of(Vec::new()).is_external("a@contoso.com"), None);
    }

    #[test]
    fn the_kind_of_an_address_is_taken_off() {
        assert_eq!(without_prefix("smtp:a@b"), "a@b");
        assert_eq!(without_prefix("SMTP:a@b"), "a@b");
        assert_eq!(without_prefix("x400:c=DE"), "x400:c=DE");
        assert_eq!(without_prefix("a@b"), "a@b");
    }
}
