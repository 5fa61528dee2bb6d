//! The administrator who does the set-up: what their roles and the permissions of their tool let them do.

use serde_json::{Value, json};

use crate::access_token::{self, Delegated, Issued};
use crate::emulator::Emulator;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::tenant::Tenant;
use crate::world::World;

/// Tools of Microsoft that may ask for a user's token in any tenant: client id and name.
pub(crate) const TOOLS: [(&str, &str); 3] = [
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI"),
    ("14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Microsoft Azure PowerShell"),
];

/// Whether a client id is that of a tool of Microsoft.
pub(crate) fn is_tool(client_id: &str) -> bool {
    TOOLS.iter().any(|(id, _)| id.eq_ignore_ascii_case(client_id))
}

/// What a tool of Microsoft was granted where an administrator did not say otherwise.
const SCOPES: [&str; 8] = [
    "Application.Read.All",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Directory.Read.All",
    "Domain.Read.All",
    "Organization.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "User.Read",
];

/// The id that stands in the tokens of every member of a tenant beside their roles.
const MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// What the administrator answers to one poll of a device code, if nobody entered the code by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceAnswer {
    /// Nobody has entered the code yet.
    Pending,
    /// The same, and the client asks too often.
    SlowDown,
    /// The administrator signed in and agreed.
    Approve,
    /// The administrator did not agree.
    Decline,
    /// The administrator signed in, and Conditional Access does not allow this way of doing it.
    Block,
    /// The code ended before anybody entered it.
    Expire,
}

/// A person with directory roles who sets the app up.
///
/// ```
/// use exo_emulator::{Administrator, DeviceAnswer, Tenant};
///
/// let administrator = Administrator::global().device_code([DeviceAnswer::Pending, DeviceAnswer::Approve]);
/// let tenant = Tenant::contoso().administrator(administrator);
/// ```
#[derive(Clone, Debug)]
pub struct Administrator {
    pub(crate) roles: Vec<String>,
    pub(crate) scopes: Option<Vec<String>>,
    /// The answers to the polls of a device code; the last one lasts.
    pub(crate) answers: Vec<DeviceAnswer>,
    /// How many seconds a client is told to wait between two polls.
    pub(crate) interval: u32,
    /// Whether a poll that comes sooner is told to slow down.
    pub(crate) patient: bool,
}

impl Administrator {
    /// Somebody without a directory role.
    pub const fn without_role() -> Self {
        Self { roles: Vec::new(), scopes: None, answers: Vec::new(), interval: 5, patient: false }
    }

    /// A Global Administrator.
    pub fn global() -> Self {
        Self::without_role().role("62e90394-69f5-4237-9190-012177145e10")
    }

    /// Adds a directory role, by its template id.
    #[must_use]
    pub fn role(mut self, template_id: impl Into<String>) -> Self {
        self.roles.push(template_id.into());
        self
    }

    /// The only permissions of Microsoft Graph that a tool may get; without this, those that it asks for.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// The answers to the polls of a device code, of which the last one lasts; without this, nobody enters it unless
    /// a test does.
    #[must_use]
    pub fn device_code(mut self, answers: impl IntoIterator<Item = DeviceAnswer>) -> Self {
        self.answers = answers.into_iter().collect();
        self
    }

    /// How many seconds a client is told to wait between two polls; 5 by default.
    #[must_use]
    pub const fn device_interval(mut self, seconds: u32) -> Self {
        self.interval = seconds;
        self
    }

    /// Whether a poll that comes sooner than that, by the tenant's clock, is answered `slow_down`, after which the client
    /// has to wait five seconds more; by default nobody looks at the time.
    #[must_use]
    pub const fn device_interval_kept(mut self, kept: bool) -> Self {
        self.patient = kept;
        self
    }

    /// What the nth poll of a device code is answered, from 0.
    pub(crate) fn answer(&self, poll: usize) -> DeviceAnswer {
        self.answers.get(poll).or_else(|| self.answers.last()).copied().unwrap_or(DeviceAnswer::Pending)
    }

    /// The permissions that a tool gets which asks for these; for `.default`, all that were consented to.
    pub(crate) fn granted(&self, wanted: &[&str]) -> Vec<String> {
        let allowed = |name: &str| match &self.scopes {
            Some(scopes) => scopes.iter().any(|known| known.eq_ignore_ascii_case(name)),
            None => true,
        };
        if wanted.contains(&".default") {
            let usual = || SCOPES.iter().map(|name| (*name).to_owned()).collect();
            return self.scopes.clone().unwrap_or_else(usual);
        }
        wanted.iter().filter(|name| allowed(name)).map(|name| (*name).to_owned()).collect()
    }
}

impl Default for Administrator {
    fn default() -> Self {
        Self::global()
    }
}

/// The administrator as a user of the tenant.
pub(crate) struct User<'a>(pub(crate) &'a Tenant);

impl User<'_> {
    pub(crate) fn id(&self) -> String {
        Guid::hashed(mix_text(0x5553, &self.0.id), 0).to_string()
    }

    pub(crate) fn name(&self) -> String {
        format!("admin@{}", self.0.initial_domain)
    }

    /// The claims of a token for an audience, through a client, with these permissions.
    fn claims(&self, (audience, client): (&str, &str), scopes: &[String], (now, life): (i64, u32)) -> Value {
        let Tenant { id, cloud, administrator, .. } = self.0;
        let roles: Vec<&str> = administrator.roles.iter().map(String::as_str).chain([MEMBER]).collect();
        json!({
            "aud": audience,
            "iss": cloud.issuer(id),
            "iat": now - 301,
            "nbf": now - 301,
            "exp": now + i64::from(life),
            "acct": 0,
            "acr": "1",
            "amr": ["pwd", "mfa"],
            "appid": client,
            "appidacr": "0",
            "idtyp": "user",
            "ipaddr": "127.0.0.1",
            "name": DISPLAY_NAME,
            "oid": self.id(),
            "scp": scopes.join(" "),
            "sub": self.id(),
            "tid": id,
            "unique_name": self.name(),
            "upn": self.name(),
            "ver": "1.0",
            "wids": roles,
        })
    }
}

/// What the administrator is called.
pub(crate) const DISPLAY_NAME: &str = "Adele Administrator";

/// Makes a token of the administrator: for an audience, through the app of that number, with these permissions.
pub(crate) fn token(world: &World, audience: &str, app: usize, scopes: Vec<String>) -> Option<String> {
    let (tenant, now) = (&world.tenant, world.clock.now());
    let client = world.directory.read().app(app)?.id.clone();
    let claims = User(tenant).claims((audience, &client), &scopes, (now, tenant.token_lifetime));
    let issued = Issued {
        audience: audience.to_owned(),
        wids: tenant.administrator.roles.clone(),
        delegated: Some(Delegated { scopes }),
        ..Issued::of(app, now + i64::from(tenant.token_lifetime))
    };
    access_token::sign(world, &claims, issued)
}

impl Tenant {
    /// The administrator who sets apps up; a Global Administrator by default.
    #[must_use]
    pub fn administrator(mut self, administrator: Administrator) -> Self {
        self.administrator = administrator;
        self
    }
}

impl Emulator {
    /// A token for Microsoft Graph of the administrator, such as a person has who brings one along; none if the
    /// machine refuses to sign.
    pub fn administrator_token(&self) -> Option<String> {
        let world = &self.world;
        let (tool, _) = TOOLS.first()?;
        let app = world.directory.read().client(tool, world.clock.now_millis())?;
        let audience = format!("https://{}", world.tenant.cloud.graph_host());
        token(world, &audience, app, world.tenant.administrator.granted(&[".default"]))
    }
}
