//! What a token says, and what it will not do, for people and for programs.

use super::obstacle::Obstacle;
use crate::connect::Connection;
use crate::lines::Lines;
use crate::times;
use exo_model::{AccessToken, Service};
use exo_rbac::{DirectoryRole, NO_ROLE};
use exo_token::{ClaimLine, Claims};
use serde_json::{Value, json};
use std::time::SystemTime;

/// The claims of a token for a service, when they were looked at.
pub(super) struct Facts {
    service: Service,
    scope: String,
    /// `None` where the token cannot be read, which is no failure.
    claims: Option<Claims>,
    obstacles: Vec<Obstacle>,
    ends: SystemTime,
    now: SystemTime,
}

impl Facts {
    /// What is to be said of a token.
    pub(super) fn of(connection: &Connection, service: Service, token: &AccessToken) -> Self {
        let claims = Claims::decode(token).ok();
        let obstacles = claims.as_ref().map(|claims| Obstacle::all(connection, service, claims)).unwrap_or_default();
        Self {
            service,
            scope: connection.profile.endpoints.scope(service).to_string(),
            claims,
            obstacles,
            ends: token.expires_at(),
            now: connection.now(),
        }
    }

    /// The service's name, a line for each claim, and what the token will not do.
    pub(super) fn for_people(&self, every_claim: bool) -> String {
        let mut out = Lines::default();
        out.line(format_args!("{}", self.service.title()));
        let mut line = |name: &str, text: &str| {
            if !text.is_empty() {
                out.line(format_args!("  {name:<12} {text}"));
            }
        };
        match &self.claims {
            None => line("token", "came, but its claims cannot be read; the service may take it all the same"),
            Some(claims) => self.claims(claims, &mut line),
        }
        line("ends", &format!("{}, {}", times::rfc3339(self.ends), times::distance(self.now, self.ends)));
        for obstacle in &self.obstacles {
            line(if obstacle.certain { "will not do" } else { "may not do" }, &obstacle.sentence());
            line("", &obstacle.next.as_ref().map(|next| format!("next: {next}")).unwrap_or_default());
        }
        for claim in self.every_claim().filter(|_| every_claim) {
            let meaning = if claim.meaning.is_empty() { "" } else { ": " };
            line("claim", &format!("{} = {}{meaning}{}", claim.name, claim.value, claim.meaning));
        }
        out.into_text()
    }

    fn claims(&self, claims: &Claims, line: &mut impl FnMut(&str, &str)) {
        let known = |claim: &Option<String>| claim.clone().unwrap_or_default();
        let app = known(&claims.app_id);
        line("app", &claims.app_display_name.as_ref().map_or(app.clone(), |name| format!("{name} ({app})")));
        line("object id", &known(&claims.oid));
        line("tenant", &known(&claims.tid));
        line("audience", &known(&claims.aud));
        line("identity", &known(&claims.xms_mirid));
        line("proven by", proof(claims).unwrap_or_default());
        let permissions = if claims.roles.is_empty() { "none".to_owned() } else { claims.roles.join(", ") };
        line("permissions", &permissions);
        if claims.wids.is_empty() {
            line("roles", "none");
        }
        for (number, role) in self.roles().iter().enumerate() {
            line(if number == 0 { "roles" } else { "" }, &role.sentence());
        }
        if let Some(issued) = claims.iat {
            line("issued", &format!("{}, {}", times::rfc3339(issued), times::distance(self.now, issued)));
        }
    }

    /// One object.
    pub(super) fn for_programs(&self) -> Value {
        let mut object = json!({
            "service": self.service,
            "scope": self.scope,
            "readable": self.claims.is_some(),
            "expires_at": times::rfc3339(self.ends),
            "will_not_do": self.obstacles.iter().map(Obstacle::value).collect::<Vec<_>>(),
        });
        if let (Some(object), Some(claims)) = (object.as_object_mut(), &self.claims) {
            let more = json!({
                "app_id": claims.app_id,
                "app_name": claims.app_display_name,
                "object_id": claims.oid,
                "tenant_id": claims.tid,
                "audience": claims.aud,
                "issuer": claims.iss,
                "issued_at": claims.iat.map(times::rfc3339),
                "proven_by": proof(claims),
                "managed_identity": claims.xms_mirid,
                "permissions": claims.roles,
                "roles": self.roles().iter().map(Role::value).collect::<Vec<_>>(),
                "app_only": claims.is_app_only(),
                "claims": self.every_claim().map(claim).collect::<Vec<_>>(),
            });
            let more = more.as_object().cloned().unwrap_or_default();
            object.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
        object
    }

    /// The directory roles of the token, as they stand in it.
    fn roles(&self) -> Vec<Role> {
        let ids = self.claims.iter().flat_map(|claims| &claims.wids);
        ids.map(|id| Role::of(id, self.service)).collect()
    }

    /// Every claim with its meaning.
    fn every_claim(&self) -> impl Iterator<Item = &ClaimLine> {
        self.claims.iter().flat_map(Claims::lines)
    }
}

/// An id of the claim `wids`.
struct Role {
    id: String,
    name: Option<&'static str>,
    kind: RoleKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RoleKind {
    /// In Microsoft's table for the service.
    Supported,
    /// A directory role that opens other things.
    Unsupported,
    /// Stands in every app-only token.
    Marker,
    /// No id that we know.
    Unknown,
}

impl Role {
    fn of(id: &str, service: Service) -> Self {
        let name = exo_rbac::role_name(id);
        let supported = DirectoryRole::by_template_id(id).is_some_and(|role| role.today.contains(service));
        let kind = match name {
            _ if id.eq_ignore_ascii_case(NO_ROLE) => RoleKind::Marker,
            Some(_) if supported => RoleKind::Supported,
            Some(_) => RoleKind::Unsupported,
            None => RoleKind::Unknown,
        };
        Self { id: id.chars().filter(|c| !c.is_control()).take(60).collect(), name, kind }
    }

    fn sentence(&self) -> String {
        let name = self.name.unwrap_or(&self.id);
        match self.kind {
            RoleKind::Supported => format!("{name}, supported in this service: yes"),
            RoleKind::Unsupported => format!("{name}, supported in this service: no"),
            RoleKind::Marker => format!("{name}, which every app-only token carries; it is no role"),
            RoleKind::Unknown => format!("{name}, an id that is not known"),
        }
    }

    fn value(&self) -> Value {
        let supported = match self.kind {
            RoleKind::Supported => json!(true),
            RoleKind::Unsupported => json!(false),
            RoleKind::Marker | RoleKind::Unknown => Value::Null,
        };
        json!({ "id": self.id, "name": self.name, "supported": supported, "marker": self.kind == RoleKind::Marker })
    }
}

/// A claim as it stands in the token, and what it means.
fn claim(line: &ClaimLine) -> Value {
    json!({ "name": line.name, "value": line.value, "meaning": line.meaning })
}

/// By what the app proved itself.
fn proof(claims: &Claims) -> Option<&str> {
    match claims.app_acr.as_deref() {
        Some("0") => Some("nothing (a public client)"),
        Some("1") => Some("a client secret"),
        Some("2") => Some("a certificate, or the token of another issuer"),
        other => other,
    }
}
