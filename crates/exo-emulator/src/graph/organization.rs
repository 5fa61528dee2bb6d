//! `organization`, `domains` and `me`: which tenant this is, and who is signed in.

use serde_json::{Value, json};

use super::Call;
use super::caller::Deed;
use super::failure::Failure;
use crate::administrator::{DISPLAY_NAME, User};
use crate::answer::Answer;

impl Call<'_> {
    pub(super) fn organization(&self, rest: &[&str]) -> Result<Answer, Failure> {
        self.read_only(Deed::ReadOrganization)?;
        let tenant = &self.world.tenant;
        let domain = |name: &str, is_initial: bool| {
            json!({
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": !is_initial,
                "isInitial": is_initial,
                "name": name,
                "type": "Managed",
            })
        };
        let organization = json!({
            "id": tenant.id,
            "displayName": tenant.display_name,
            "tenantType": "AAD",
            "verifiedDomains": [domain(&tenant.initial_domain, true), domain(&tenant.domain, false)],
        });
        match rest {
            [] => self.list("organization", vec![organization], &["id"]),
            [id] if id.eq_ignore_ascii_case(&tenant.id) => Ok(self.entity(200, "organization", organization)),
            [id] => Err(Failure::not_found(id)),
            [.., word] => Err(Failure::no_segment(word)),
        }
    }

    pub(super) fn domains(&self, rest: &[&str]) -> Result<Answer, Failure> {
        self.read_only(Deed::ReadDomains)?;
        let tenant = &self.world.tenant;
        let domains = [(&tenant.initial_domain, true), (&tenant.domain, false)].map(|(name, is_initial)| {
            json!({
                "id": name,
                "authenticationType": "Managed",
                "isAdminManaged": true,
                "isDefault": !is_initial,
                "isInitial": is_initial,
                "isRoot": true,
                "isVerified": true,
                "supportedServices": ["Email", "OfficeCommunicationsOnline"],
            })
        });
        match rest {
            [] => self.list("domains", domains.to_vec(), &["id"]),
            [id] => {
                let found = domains.into_iter().find(|domain| domain["id"].as_str() == Some(id));
                Ok(self.entity(200, "domains", found.ok_or_else(|| Failure::not_found(id))?))
            }
            [.., word] => Err(Failure::no_segment(word)),
        }
    }

    pub(super) fn me(&self) -> Result<Answer, Failure> {
        if self.method() != "GET" {
            return Err(Self::no_method());
        }
        if self.caller.issued.delegated.is_none() {
            return Err(Failure::new(
                400,
                "BadRequest",
                "/me request is only valid with delegated authentication flow.",
            ));
        }
        let user = User(&self.world.tenant);
        let me = json!({
            "id": user.id(),
            "displayName": DISPLAY_NAME,
            "userPrincipalName": user.name(),
            "mail": Value::Null,
        });
        Ok(self.entity(200, "users", me))
    }

    fn read_only(&self, deed: Deed) -> Result<(), Failure> {
        if self.method() == "GET" { self.caller.check(deed) } else { Err(Self::no_method()) }
    }
}
