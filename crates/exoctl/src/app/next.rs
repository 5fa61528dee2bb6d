//! How a set-up ended: what there is now, and the next command.

use super::certificate::Obtained;
use super::planned::shown_roles;
use super::purpose::{Purpose, Unsure};
use super::setup::Setup;
use crate::lines::Lines;
use crate::times;
use exo_onboard::Ready;
use serde_json::{Value, json};

/// What there is to say at the end.
pub(super) struct Summary<'a> {
    pub(super) setup: &'a Setup,
    pub(super) purpose: &'a Purpose,
    pub(super) obtained: &'a Obtained,
    pub(super) ready: &'a Ready,
    pub(super) name: &'a str,
    /// What stays to be seen, or was seen to lack.
    pub(super) open: Vec<Unsure>,
}

impl Summary<'_> {
    /// The command with which to go on.
    fn next(&self) -> String {
        let reports = match self.purpose.named.as_slice() {
            [] if self.purpose.services.len() == exo_model::Service::ALL.len() => "--all".to_owned(),
            [] => "mailboxes".to_owned(),
            named => named.iter().map(|name| crate::shell::word(name)).collect::<Vec<_>>().join(" "),
        };
        format!("exoctl run {reports}{}", self.setup.options)
    }

    /// Lines for a person.
    pub(super) fn for_people(&self) -> String {
        let mut out = Lines::default();
        let certificate = self.obtained.certificate.certificate();
        out.line(format_args!("app          {} ({})", self.ready.app_id, self.name));
        out.line(format_args!("object id    {} (service principal)", self.ready.service_principal));
        out.line(format_args!("permissions  Exchange.ManageAsApp for {}", self.services()));
        out.line(format_args!("roles        {}", shown_roles(self.purpose)));
        for because in &self.purpose.because {
            out.line(format_args!("             {because}"));
        }
        out.line(format_args!(
            "certificate  {}, good until {}",
            certificate.thumbprint(),
            times::day(certificate.not_after())
        ));
        if let Some(file) = &self.obtained.made {
            out.line(format_args!("             {} (certificate and key, keep it)", file.display()));
        }
        out.line(format_args!("profile      {} in {}", self.setup.name, self.setup.config.display()));
        for open in &self.open {
            out.line(format_args!("still open   {}: {}", open.cmdlet, open.why));
        }
        let changed = match self.ready.made.len() {
            0 => "all was there already, nothing was changed".to_owned(),
            1 => "1 thing was made".to_owned(),
            many => format!("{many} things were made"),
        };
        out.line(format_args!("\n{changed}; next: {}", self.next()));
        out.into_text()
    }

    /// The same as one object.
    pub(super) fn for_programs(&self) -> Value {
        let certificate = self.obtained.certificate.certificate();
        json!({
            "app_id": self.ready.app_id.to_string(),
            "name": self.name,
            "application": self.ready.application,
            "service_principal": self.ready.service_principal,
            "tenant": self.setup.site.tenant.to_string(),
            "profile": self.setup.name,
            "config": self.setup.config,
            "services": self.purpose.services,
            "roles": self.purpose.roles,
            "because": self.purpose.because,
            "certificate": {
                "thumbprint": certificate.thumbprint().to_string(),
                "not_after": times::rfc3339(certificate.not_after()),
                "made": self.obtained.made,
            },
            "made": self.ready.made,
            "signed_in": self.ready.signed_in,
            "open": self.open.iter().map(|u| json!({"cmdlet": u.cmdlet.as_str(), "why": u.why})).collect::<Vec<_>>(),
            "next": self.next(),
        })
    }

    fn services(&self) -> String {
        self.purpose.services.iter().map(|service| service.title()).collect::<Vec<_>>().join(" and ")
    }
}
