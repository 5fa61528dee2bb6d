//! The same set-up by hand: the article's steps, filled in.

use crate::{Permission, Wanted, calls};
use exo_model::{AppId, Cloud, Endpoints, Organization, Service, TenantName};
use std::fmt::Write as _;

/// What the steps are filled in with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Portal<'a> {
    /// What the app should be.
    pub wanted: &'a Wanted,
    /// The cloud, whose portal it is.
    pub cloud: Cloud,
    /// The tenant, if it is known.
    pub tenant: Option<TenantName>,
    /// The tenant's initial domain, if it is known.
    pub organization: Option<Organization>,
    /// The app's id, once there is one.
    pub app_id: Option<AppId>,
}

impl<'a> Portal<'a> {
    /// Steps for an app in a tenant of the worldwide cloud of which nothing is known.
    pub fn new(wanted: &'a Wanted) -> Self {
        Self { wanted, cloud: Cloud::Worldwide, tenant: None, organization: None, app_id: None }
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: TenantName) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// The tenant's initial domain.
    #[must_use]
    pub fn organization(mut self, organization: Organization) -> Self {
        self.organization = Some(organization);
        self
    }

    /// The app's id.
    #[must_use]
    pub fn app_id(mut self, app_id: AppId) -> Self {
        self.app_id = Some(app_id);
        self
    }
}

/// The five steps in the portal, as Markdown.
///
/// ```
/// use exo_cert::Certificate;
/// use exo_onboard::{Portal, Wanted, portal};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let pem = include_bytes!("../../exo-cert/tests/data/contoso.crt");
/// let wanted = Wanted::new("ExO reports", Certificate::from_bytes(pem)?);
/// let steps = portal(&Portal::new(&wanted).organization("contoso.onmicrosoft.com".parse()?));
/// assert!(steps.contains("Exchange.ManageAsApp"));
/// # Ok(())
/// # }
/// ```
pub fn portal(facts: &Portal<'_>) -> String {
    let parts = [register(facts), permissions(facts), certificate(facts), attach(facts), roles(facts), profile(facts)];
    parts.join("\n")
}

fn register(facts: &Portal<'_>) -> String {
    format!(
        "## Step 1: register the application\n\n\
         1. Open <{}> and sign in{} as Cloud Application Administrator or Application Administrator.\n\
         2. Open **Microsoft Entra ID**, then **App registrations**, then **New registration**.\n\
         3. Name: `{}`.\n\
         4. Supported account types: **Accounts in this organizational directory only (single tenant)**.\n\
         5. Leave the redirect URI empty, and select **Register**.\n\
         6. Note the **Application (client) ID**{}.\n",
        address(facts.cloud),
        facts.organization.as_ref().map_or_else(String::new, |domain| format!(" to `{domain}`")),
        facts.wanted.display_name,
        facts.app_id.as_ref().map_or_else(String::new, |id| format!(": it is `{id}`")),
    )
}

fn permissions(facts: &Portal<'_>) -> String {
    let services = &facts.wanted.services;
    let mut text = "## Step 2: give it its API permissions\n\n\
                    1. On the app's page, under **Manage**, open **Manifest**.\n\
                    2. Replace the entry `requiredResourceAccess` by this one, and select **Save**:\n\n"
        .to_owned();
    let fragment = calls::create_application("", "", services).body.unwrap_or_default();
    let fragment = format!("\"requiredResourceAccess\": {:#},", fragment["requiredResourceAccess"]);
    write_block(&mut text, "json", &fragment);
    text.push_str("3. Under **Manage**, open **API permissions**; it must show:\n");
    for permission in services.iter().map(|service| Permission::of(*service)) {
        add(
            &mut text,
            format_args!("   - **{}** of {}, application permission\n", permission.value, permission.resource),
        );
    }
    text.push_str("4. Select **Grant admin consent**, then **Yes**; the status must become **Granted** for each.\n");
    if let (Some(app_id), Some(tenant)) = (&facts.app_id, &facts.tenant) {
        let Endpoints { login, exchange_scope, .. } = facts.cloud.endpoints();
        add(
            &mut text,
            format_args!(
                "   For Exchange Online also by address: <{login}/{tenant}/adminconsent?client_id={app_id}&scope={exchange_scope}>\n"
            ),
        );
    }
    text
}

fn certificate(facts: &Portal<'_>) -> String {
    let certificate = &facts.wanted.certificate;
    format!(
        "## Step 3: have a certificate\n\n\
         It is there: `{}`, thumbprint `{}`.\n\
         The portal needs its public part alone, as a `.cer` or `.pem` file; the private key stays where it is.\n",
        certificate.subject(),
        certificate.thumbprint(),
    )
}

fn attach(facts: &Portal<'_>) -> String {
    format!(
        "## Step 4: attach the certificate\n\n\
         1. On the app's page, under **Manage**, open **Certificates & secrets**, then **Certificates**.\n\
         2. Select **Upload certificate**, choose the file, and select **Add**.\n\
         3. The list must show the thumbprint `{}`.\n\
         4. Make no client secret.\n",
        facts.wanted.certificate.thumbprint(),
    )
}

fn roles(facts: &Portal<'_>) -> String {
    let mut text = "## Step 5: assign the directory roles\n\n\
                    1. Open **Microsoft Entra ID**, then **Roles and administrators**, as Privileged Role Administrator.\n"
        .to_owned();
    if facts.wanted.roles.is_empty() {
        text.push_str("2. No role was chosen; Global Reader or Security Reader is enough for most reports.\n");
        return text;
    }
    text.push_str("2. For each of these roles, select its name, then **Add assignments**:\n");
    for role in &facts.wanted.roles {
        add(&mut text, format_args!("   - **{}** (template id `{}`)\n", role.name, role.template_id));
    }
    add(
        &mut text,
        format_args!(
            "3. Choose `{}`: search for it by its name, for apps are not listed before.\n\
         4. Choose no administrative unit: a role in a scope is not heeded.\n",
            facts.wanted.display_name
        ),
    );
    text
}

fn profile(facts: &Portal<'_>) -> String {
    let services: Vec<&str> = facts.wanted.services.iter().copied().map(Service::title).collect();
    format!(
        "## Afterwards\n\n\
         It can take some minutes until all of the directory knows the app, and longer until {} {} its roles.\n",
        services.join(" and "),
        if services.len() == 1 { "knows" } else { "know" },
    )
}

fn address(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::GccHigh | Cloud::Dod => "https://portal.azure.us/",
        Cloud::China => "https://portal.azure.cn/",
        _ => "https://portal.azure.com/",
    }
}

fn write_block(text: &mut String, language: &str, block: &str) {
    add(text, format_args!("   ```{language}\n"));
    for line in block.lines() {
        add(text, format_args!("   {line}\n"));
    }
    text.push_str("   ```\n\n");
}

#[expect(clippy::expect_used, reason = "writing to a String cannot fail")]
fn add(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes everything");
}
