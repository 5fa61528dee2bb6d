//! The device code flow: a code that a program shows, an administrator who enters it elsewhere, and the polls between.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::administrator::{self, DeviceAnswer};
use crate::answer::Answer;
use crate::directory::{Eye, GRAPH};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::form::Form;
use crate::request::Request;
use crate::token_endpoint::{absent, check_tenant_name, common, refused};
use crate::token_error::Refusal;
use crate::world::World;
use crate::{spoil, token_fault};

/// The `grant_type` of a poll.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How many seconds a code is good for.
const LIFETIME: i64 = 900;

/// All codes that were given out.
#[derive(Debug, Default)]
pub(crate) struct DeviceBook(Mutex<Vec<Code>>);

#[derive(Clone, Debug)]
struct Code {
    secret: String,
    shown: String,
    client: String,
    audience: String,
    scopes: Vec<String>,
    ends: i64,
    polls: usize,
    /// The earliest time of the next poll, and how long after it the one behind that, in milliseconds.
    next: (i64, i64),
    /// What was entered by hand.
    entered: Option<DeviceAnswer>,
    redeemed: bool,
}

impl DeviceBook {
    fn codes(&self) -> MutexGuard<'_, Vec<Code>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a code; false if there is no such.
    fn enter(&self, shown: &str, answer: DeviceAnswer) -> bool {
        let mut codes = self.codes();
        let found = codes.iter_mut().find(|code| code.shown.eq_ignore_ascii_case(shown.trim()));
        found.map(|code| code.entered = Some(answer)).is_some()
    }
}

impl Code {
    /// Whether a poll comes too early, which makes the wait for the next one longer.
    fn is_early(&mut self, now: i64) -> bool {
        const SLOWER: i64 = 5000;
        let (earliest, interval) = self.next;
        let is_early = now < earliest;
        let interval = if is_early { interval + SLOWER } else { interval };
        self.next = (now + interval, interval);
        is_early
    }
}

/// `/{tenant}/oauth2/v2.0/devicecode`: gives a code out.
pub(crate) fn give(world: &World, request: &Request, tenant: &str) -> Answer {
    match code(world, request, tenant) {
        Ok(answer) => answer,
        Err(refusal) => refused(world, request, &refusal),
    }
}

fn code(world: &World, request: &Request, tenant: &str) -> Result<Answer, Refusal> {
    check_tenant(world, tenant)?;
    let form = Form::parse(if request.is_form() { std::str::from_utf8(&request.body).unwrap_or("") } else { "" });
    let client = form.get("client_id").ok_or_else(|| absent("client_id"))?;
    let scope = form.get("scope").ok_or_else(|| absent("scope"))?;
    known(world, client)?;
    let (audience, scopes) = wanted(world, scope)?;
    let fresh = world.fresh_guid();
    let shown: String = fresh.chars().filter(|c| *c != '-').take(9).collect::<String>().to_ascii_uppercase();
    let secret = format!("{}{}", world.fresh_guid(), world.fresh_guid());
    let page = format!("https://{}/devicelogin", request.authority);
    let message =
        format!("To sign in, use a web browser to open the page {page} and enter the code {shown} to authenticate.");
    let body = json!({
        "user_code": shown,
        "device_code": secret,
        "verification_uri": page,
        "expires_in": LIFETIME,
        "interval": world.tenant.administrator.interval,
        "message": message,
    });
    let ends = world.clock.now() + LIFETIME;
    let client = client.to_owned();
    let interval = i64::from(world.tenant.administrator.interval) * 1000;
    world.devices.codes().push(Code {
        secret,
        shown,
        client,
        audience,
        scopes,
        ends,
        polls: 0,
        next: (world.clock.now_millis() + interval, interval),
        entered: None,
        redeemed: false,
    });
    Ok(common(Answer::json(200, body.to_string()), &world.fresh_guid()))
}

/// A poll at the token endpoint.
pub(crate) async fn poll(world: &World, request: &Request, tenant: &str, form: &Form) -> Answer {
    let answer = || match redeem(world, tenant, form) {
        Ok(answer) => answer,
        Err(refusal) => refused(world, request, &refusal),
    };
    let Some(fault) = world.faults.strike(None, None, form.get("client_id")) else { return answer() };
    spoil::wait(&fault).await;
    spoil::finish(&fault, token_fault::answer(world, request, &fault).unwrap_or_else(answer))
}

fn redeem(world: &World, tenant: &str, form: &Form) -> Result<Answer, Refusal> {
    check_tenant(world, tenant)?;
    let client = form.get("client_id").ok_or_else(|| absent("client_id"))?;
    let secret = form.get("device_code").ok_or_else(|| absent("device_code"))?;
    let number = known(world, client)?;
    let mut codes = world.devices.codes();
    let code = codes.iter_mut().find(|code| code.secret == secret && code.client.eq_ignore_ascii_case(client));
    let Some(code) = code else {
        let text = "The provided value for the input parameter 'device_code' is not valid.";
        return Err(Refusal::new(70_018, text).called("bad_verification_code"));
    };
    if code.redeemed {
        return Err(Refusal::new(54_005, "The device code was already redeemed.").called("invalid_grant"));
    }
    if world.tenant.administrator.patient && code.is_early(world.clock.now_millis()) {
        return Err(refusal_of(DeviceAnswer::SlowDown));
    }
    let is_over = code.ends <= world.clock.now();
    let answer = code.entered.unwrap_or_else(|| world.tenant.administrator.answer(code.polls));
    code.polls += 1;
    match if is_over { DeviceAnswer::Expire } else { answer } {
        DeviceAnswer::Approve => {}
        answer => return Err(refusal_of(answer)),
    }
    let is_public = administrator::is_tool(client)
        || world
            .directory
            .read()
            .application_of(client, Eye::Tokens, world.clock.now_millis())
            .is_some_and(|application| application.public_client);
    if !is_public {
        return Err(Refusal::plain(7_000_218));
    }
    let granted = world.tenant.administrator.granted(&code.scopes.iter().map(String::as_str).collect::<Vec<_>>());
    if granted.is_empty() {
        return Err(Refusal::plain(65_001));
    }
    code.redeemed = true;
    let life = world.tenant.token_lifetime;
    let scope = granted.join(" ");
    let token = administrator::token(world, &code.audience, number, granted).ok_or_else(|| Refusal::plain(90_033))?;
    let body = json!({
        "token_type": "Bearer", "scope": scope, "expires_in": life, "ext_expires_in": life, "access_token": token,
    });
    Ok(common(Answer::json(200, body.to_string()), &world.fresh_guid()))
}

fn refusal_of(answer: DeviceAnswer) -> Refusal {
    let pending = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
    match answer {
        DeviceAnswer::Pending | DeviceAnswer::Approve => Refusal::new(70_016, pending).called("authorization_pending"),
        DeviceAnswer::SlowDown => Refusal::new(70_016, pending).called("slow_down"),
        DeviceAnswer::Decline => {
            Refusal::new(70_017, "The end user denied the authorization request.").called("authorization_declined")
        }
        DeviceAnswer::Expire => {
            let text = "The provided value for the input parameter 'device_code' is not valid. This device code has \
                        expired.";
            Refusal::new(70_020, text).called("expired_token")
        }
        DeviceAnswer::Block => Refusal::plain(53_003),
    }
}

/// `/devicelogin`: the administrator enters a code; `outcome` is `approve`, `decline` or `block`.
pub(crate) fn enter(world: &World, request: &Request) -> Answer {
    let form = if request.is_form() {
        Form::parse(&String::from_utf8_lossy(&request.body))
    } else {
        Form::parse(&request.query)
    };
    let Some(code) = form.get("user_code") else {
        return Answer::text(
            200,
            "Send `user_code` and, if it is not `approve`, an `outcome`: `decline` or `block`.\n",
        );
    };
    let outcome = match form.get("outcome").unwrap_or("approve") {
        "approve" => DeviceAnswer::Approve,
        "decline" => DeviceAnswer::Decline,
        "block" => DeviceAnswer::Block,
        other => return Answer::text(400, format!("`{other}` is no outcome: `approve`, `decline` or `block`\n")),
    };
    if world.devices.enter(code, outcome) {
        Answer::text(200, "The code was entered.\n")
    } else {
        Answer::text(404, "There is no such code.\n")
    }
}

fn check_tenant(world: &World, tenant: &str) -> Result<(), Refusal> {
    let any = ["common", "organizations"].iter().any(|known| known.eq_ignore_ascii_case(tenant));
    if any { Ok(()) } else { check_tenant_name(world, tenant) }
}

fn known(world: &World, client: &str) -> Result<usize, Refusal> {
    let found = world.directory.read().client(client, world.clock.now_millis());
    found.ok_or_else(|| {
        let directory = &world.tenant.display_name;
        let text = format!("Application with identifier '{client}' was not found in the directory '{directory}'.");
        Refusal::new(700_016, text)
    })
}

/// The audience, and the permissions by their names alone.
fn wanted(world: &World, scope: &str) -> Result<(String, Vec<String>), Refusal> {
    let beside = ["openid", "profile", "email", "offline_access"];
    let host = format!("https://{}", world.tenant.cloud.graph_host());
    let mut audience = GRAPH.app_id.to_owned();
    let mut scopes = Vec::new();
    for word in scope.split_whitespace().filter(|word| !beside.contains(word)) {
        let (resource, name) = word.rsplit_once('/').unwrap_or(("", word));
        let resource = resource.trim_end_matches('/');
        if resource.eq_ignore_ascii_case(&host) || resource.eq_ignore_ascii_case(GRAPH.app_id) {
            resource.clone_into(&mut audience);
        } else if !resource.is_empty() {
            let text = format!("The provided value for the input parameter 'scope' is not valid: {word}.");
            return Err(Refusal::new(70_011, text));
        }
        scopes.push(name.to_owned());
    }
    if scopes.is_empty() {
        return Err(Refusal::plain(28_003));
    }
    Ok((audience, scopes))
}

impl Emulator {
    /// The codes that nobody has entered yet, as they were shown.
    pub fn device_codes(&self) -> Vec<String> {
        let codes = self.world.devices.codes();
        codes.iter().filter(|code| code.entered.is_none() && !code.redeemed).map(|code| code.shown.clone()).collect()
    }

    /// Has the administrator enter a code that was shown.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if there is no such code.
    pub fn enter_device_code(&self, code: &str, answer: DeviceAnswer) -> Result<(), Error> {
        if self.world.devices.enter(code, answer) {
            return Ok(());
        }
        Err(Error::Setting { what: "device code", value: code.to_owned() })
    }
}
