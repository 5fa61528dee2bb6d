//! `exoctl app rollover`: a new certificate in the place of the old one, with a working one at every moment.

use super::narrator::Narrator;
use super::prover::AsTheApp;
use super::setup::Setup;
use super::setup_file::Successor;
use super::{access, certificate, is_for_programs, no_app};
use crate::arguments::{AppRolloverArgs, Global};
use crate::certificate_source::{CertificateSource, Place};
use crate::connect::Connection;
use crate::credential::Credential;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::password::PasswordSource;
use crate::profile::{Profile, checked};
use crate::profile_writer::{ProfileEdit, path_in_profile};
use crate::{table, times};
use exo_cert::{Certificate, ClientCertificate, Thumbprint};
use exo_http::SystemClock;
use exo_model::{AppId, Clock as _, ErrorKind, Service};
use exo_onboard::{By, Graph, Kept, Privilege, Retire, RolledOver, Rollover, Step};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Runs the command.
pub(super) async fn run(args: &AppRolloverArgs, global: &Global) -> Result<()> {
    let for_programs = is_for_programs(&args.results)?;
    let setup = Setup::of(&args.sign_in, global)?;
    let app_id = setup.app_id(&args.sign_in)?.ok_or_else(no_app)?;
    let profile = Profile::of(&args.sign_in, &setup.settings)?;
    let old = old(&profile).await?;
    let current = Connection::with_certificate(profile.clone(), old.clone());
    let graph =
        access::of_an_administrator(&args.administrator, &setup, &[Privilege::ReadApps, Privilege::WriteApps]).await?;
    let (graph, by_the_app) = match (graph, &current) {
        (Some(graph), _) => (graph, false),
        (None, Ok(current)) => (current.graph(), true),
        (None, Err(failure)) => return Err(no_own_way(failure)),
    };
    let standing = Standing::of(args, current.ok().as_ref()).await?;
    let (successor, new) = successor(args, &setup, old.certificate()).await?;
    let change =
        Change { setup: &setup, kept: kept(args, &setup, &app_id)?, old, new, successor, standing, by_the_app };
    let prover = AsTheApp { has_roles: change.standing.has_roles, ..AsTheApp::new(profile, change.new.clone(), &[]) };
    let rolled = change.carry_out(args, &graph, &prover, global.quiet).await?;
    let text = if for_programs { format!("{:#}\n", change.for_programs(&rolled)) } else { change.for_people(&rolled) };
    table::text(&text, &args.results)
}

/// The certificate that the profile names, expired or not.
async fn old(profile: &Profile) -> Result<ClientCertificate> {
    match &profile.credential {
        Credential::Certificate(source, _) => source.open().await,
        Credential::KeyVault(_) => Err(Failure::usage("a certificate in a key vault is renewed there").hinted(
            "make a new version in the vault and attach its public part to the app; the profile stays as it is",
        )),
        other => {
            let text = format!("{} needs no certificate", other.kind().title());
            Err(Failure::usage(text).hinted("there is nothing to renew"))
        }
    }
}

fn no_own_way(failure: &Failure) -> Failure {
    Failure::new(failure.kind(), failure.text()).hinted(
        "the app cannot renew its certificate with one that does not work: an administrator can, with --graph-token-env, -file, \
         -command or -fd, or --admin-client-id",
    )
}

/// What an earlier run has kept; else what is known of the app by its ids.
fn kept(args: &AppRolloverArgs, setup: &Setup, app_id: &AppId) -> Result<Kept> {
    let kept = setup.file().kept()?.filter(|kept| kept.app_id().as_ref() == Some(app_id));
    let kept = kept.unwrap_or_else(|| Kept::of(app_id));
    match &args.registration_id {
        None => Ok(kept),
        Some(id) => Ok(kept.registered(checked(id)?)),
    }
}

/// What the app may do now, which it must be able to do afterwards.
struct Standing {
    services: Vec<Service>,
    has_roles: bool,
}

impl Standing {
    /// By the token of the old certificate, as far as there is one.
    async fn of(args: &AppRolloverArgs, current: Option<&Connection>) -> Result<Self> {
        let mut services = Vec::new();
        for name in &args.services {
            services.extend(crate::arguments::services(Some(name))?);
        }
        let named = !services.is_empty();
        let mut has_roles = current.is_none();
        for service in Service::ALL.iter().copied() {
            let Some(current) = current else { continue };
            let Ok(Some(claims)) = current.claims(service).await else { continue };
            has_roles |= claims.directory_roles().next().is_some();
            if !named && claims.has_role(exo_rbac::PERMISSION) {
                services.push(service);
            }
        }
        if services.is_empty() {
            services = Service::ALL.to_vec();
        }
        Ok(Self { services, has_roles })
    }
}

/// The new certificate: the one of a change that was begun, one that is named, or a new one. It is remembered before
/// anything is sent.
async fn successor(args: &AppRolloverArgs, setup: &Setup, old: &Certificate) -> Result<(Successor, ClientCertificate)> {
    let file = setup.file();
    let begun = file.successor()?.filter(|begun| begun.certificate_file.exists());
    let successor = match begun {
        Some(begun) => begun,
        None => Successor { old: Some(old.thumbprint().to_string()), ..prepared(args, setup)? },
    };
    let password = match (&successor.password_file, &successor.password_env) {
        (Some(file), _) => PasswordSource::File(file.clone()),
        (None, Some(name)) => PasswordSource::Variable(name.clone()),
        (None, None) => PasswordSource::usual().unwrap_or_default(),
    };
    let source = CertificateSource {
        place: Place::File(successor.certificate_file.clone()),
        thumbprint: None,
        password,
        store: None,
        allow_expired: false,
        allow_open_key_file: args.sign_in.allow_open_key_file,
        require_csp: args.sign_in.require_csp,
    };
    let new = source.open().await?;
    new.check_validity(SystemClock::new().now())?;
    if new.certificate().thumbprint() == old.thumbprint()
        && successor.old.as_deref() == Some(&*old.thumbprint().to_string())
    {
        return Err(Failure::usage("the new certificate is the one that the profile names already")
            .hinted("give another one with --new-certificate-file, or none and one is made"));
    }
    file.succeed(Some(&successor))?;
    Ok((successor, new))
}

/// The certificate that is named, or a new one beside the profile file, under a name that is free.
fn prepared(args: &AppRolloverArgs, setup: &Setup) -> Result<Successor> {
    let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    if let Some(path) = &args.new_certificate_file {
        return Ok(Successor {
            certificate_file: whole(path),
            password_file: args.new_password_file.as_ref().map(whole),
            password_env: args.new_password_env.clone(),
            old: None,
        });
    }
    let day = times::day(SystemClock::new().now());
    let names = (1..1000).map(|number| match number {
        1 => format!("{}-{day}", setup.name),
        number => format!("{}-{day}-{number}", setup.name),
    });
    let is_free =
        |base: &PathBuf| ["pfx", "cer", "password"].iter().all(|end| !crate::cert::with_extension(base, end).exists());
    let free = names.map(|name| setup.config.with_file_name(name)).find(is_free);
    let base = args.made.certificate_out.clone().or(free).unwrap_or_else(|| setup.config.with_file_name(&day));
    let source = match (&args.new_password_file, &args.new_password_env) {
        (Some(file), _) => PasswordSource::File(file.clone()),
        (None, Some(name)) => PasswordSource::Variable(name.clone()),
        (None, None) => PasswordSource::None,
    };
    let written = certificate::write(&base, &args.made, setup, &source)?;
    Ok(Successor {
        certificate_file: whole(&written.pfx),
        password_file: written.password_file.as_ref().or(args.new_password_file.as_ref()).map(whole),
        password_env: args.new_password_env.clone(),
        old: None,
    })
}

/// A change of certificates with everything that it takes.
struct Change<'a> {
    setup: &'a Setup,
    kept: Kept,
    old: ClientCertificate,
    new: ClientCertificate,
    successor: Successor,
    standing: Standing,
    by_the_app: bool,
}

impl Change<'_> {
    /// Attaches and proves; then the profile names the new one; then the old one goes.
    async fn carry_out(
        &self,
        args: &AppRolloverArgs,
        graph: &Graph,
        prover: &AsTheApp,
        quiet: bool,
    ) -> Result<RolledOver> {
        let narrator = Narrator::of(self.setup, quiet);
        let first = self.rollover(Retire::Nothing);
        let rolled = narrator.watch(exo_onboard::rollover(graph, &first, self.kept.clone(), &narrator, prover)).await;
        let mut rolled = rolled.map_err(|failure| self.unknown_registration(failure))?;
        self.switch()?;
        let retired = self.successor.old.as_ref().and_then(|old| old.parse::<Thumbprint>().ok());
        if let Some(old) = retired.filter(|old| !args.keep_old && *old != self.new.certificate().thumbprint()) {
            let last = self.rollover(Retire::Only(vec![old]));
            let kept = self.setup.file().kept()?.unwrap_or_else(|| self.kept.clone());
            let ended = narrator.watch(exo_onboard::rollover(graph, &last, kept, &narrator, prover)).await?;
            rolled.made.extend(ended.made);
            rolled.left = ended.left;
        }
        self.setup.file().succeed(None)?;
        Ok(rolled)
    }

    /// An app that may not look at itself must be told the id of its registration.
    fn unknown_registration(&self, failure: Failure) -> Failure {
        if self.by_the_app && self.kept.application().is_none() && failure.kind() == ErrorKind::Authorization {
            return failure.hinted(
                "the app may not look at itself: give the object id of its registration with --registration-id, or have an \
                 administrator do it with --graph-token-env, -file, -command or -fd, or --admin-client-id",
            );
        }
        failure
    }

    fn rollover(&self, retire: Retire) -> Rollover {
        let by = if self.by_the_app { By::app(self.old.clone(), self.new.clone()) } else { By::Administrator };
        Rollover::new(self.new.certificate().clone(), retire).services(self.standing.services.iter().copied()).by(by)
    }

    /// The profile names the new certificate and no other.
    fn switch(&self) -> Result<()> {
        let config = &self.setup.config;
        let mut edit = ProfileEdit::default();
        edit.set("certificate-file", path_in_profile(config, &self.successor.certificate_file));
        let mut gone = vec!["certificate-env", "certificate-command", "certificate-thumbprint", "certificate-store"];
        gone.push("certificate-password-command");
        match &self.successor.password_file {
            Some(file) => edit.set("certificate-password-file", path_in_profile(config, file)),
            None => gone.push("certificate-password-file"),
        }
        match self.successor.password_env.as_ref().filter(|_| self.successor.password_file.is_none()) {
            Some(name) => edit.set("certificate-password-env", name.as_str()),
            None => gone.push("certificate-password-env"),
        }
        for key in gone {
            edit.remove(key);
        }
        edit.write(config, &self.setup.name).map(drop)
    }

    fn for_people(&self, rolled: &RolledOver) -> String {
        let new = self.new.certificate();
        let mut out = Lines::default();
        out.line(format_args!("new certificate  {}, good until {}", new.thumbprint(), times::day(new.not_after())));
        out.line(format_args!(
            "                 {} (certificate and key, keep it)",
            self.successor.certificate_file.display()
        ));
        if let Some(old) = &self.successor.old {
            let state = if is_removed(rolled) { "removed from the app" } else { "still attached to the app" };
            out.line(format_args!("old certificate  {old}, {state}"));
        }
        if !rolled.left.is_empty() {
            out.line(format_args!(
                "                 the app cannot find its id, since it may not look at itself: an administrator can remove it in the portal"
            ));
        }
        out.line(format_args!("profile          {} in {}", self.setup.name, self.setup.config.display()));
        out.line(format_args!("\nnext: exoctl check{}", self.setup.options));
        out.into_text()
    }

    fn for_programs(&self, rolled: &RolledOver) -> Value {
        let new = self.new.certificate();
        json!({
            "new": {
                "thumbprint": new.thumbprint().to_string(),
                "not_after": times::rfc3339(new.not_after()),
                "file": self.successor.certificate_file,
            },
            "old": self.successor.old.as_ref().map(|old| json!({
                "thumbprint": old,
                "removed": is_removed(rolled),
            })),
            "made": rolled.made,
            "signed_in": self.standing.services,
            "profile": self.setup.name,
            "config": self.setup.config,
        })
    }
}

/// Whether the old certificate is gone from the app.
fn is_removed(rolled: &RolledOver) -> bool {
    rolled.made.contains(&Step::Retire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_help_itself_is_told_who_can() {
        let expired = Failure::new(ErrorKind::Certificate, "certificate X expired");
        let told = no_own_way(&expired);
        assert_eq!(told.kind(), ErrorKind::Certificate);
        assert!(told.hint().unwrap().contains("--graph-token-env"));
    }
}
