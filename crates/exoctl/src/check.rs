//! `exoctl check`: why it does not work, in the order in which things fail.

mod app;
mod clock;
mod network;
mod remedy;
mod reports;
mod service;
mod tenant;

use crate::arguments::{CheckArgs, Global, services};
use crate::certificate_source::Place;
use crate::checklist::List;
use crate::connect::{Connection, Outside};
use crate::credential::Credential;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use crate::{stores, times};
use exo_cert::ClientCertificate;
use exo_model::{ErrorKind, Service};
use exo_token::{Claims, Evidence};
pub(crate) use remedy::Remedy;
use reports::Reports;
use service::Asked;
use tenant::Looked;

/// Looks at everything from the clock to the cmdlets of reports, and says what holds, what does not, and what to do.
pub(crate) async fn run(args: &CheckArgs, global: &Global) -> Result<Exit> {
    let for_programs = List::is_for_programs(&args.results)?;
    let services = services(args.service.as_deref())?;
    let reports = Reports::chosen(&args.reports, &services)?;
    let mut profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
    // A kept token would say that all is well after a certificate was taken off the app.
    profile.token_cache = None;
    let mut list = List::of(lines(&profile, &services, &reports), remedy::of);
    list.ok("profile", format!("{} in {}", profile.app(), profile.place()));
    Check { services, reports }.look(profile, &mut list).await?;
    list.write(for_programs, &args.results)?;
    Ok(list.first_failure().map_or(Exit::Complete, Exit::Shown))
}

/// The lines of a check, in the order in which things fail.
fn lines(profile: &Profile, services: &[Service], reports: &Reports) -> Vec<String> {
    let mut names: Vec<String> = ["profile", "clock", "dns", "proxy", "tls"].map(str::to_owned).into();
    names.push(proof(profile).to_owned());
    if profile.token_url.is_none() {
        names.extend(["tenant", "cloud"].map(str::to_owned));
    }
    names.push("app".to_owned());
    if proof(profile) == "certificate" {
        names.push("certificate attached".to_owned());
    }
    for service in services {
        if !is_sure(profile.credential.kind().accepts(*service).evidence) {
            names.push(format!("{service} credential"));
        }
        names.extend(["token", "permission", "consent", "role", "session"].map(|what| format!("{service} {what}")));
        if *service == Service::Exchange || (profile.organization.is_none() && !services.contains(&Service::Exchange)) {
            names.push("organization".to_owned());
        }
    }
    names.extend(reports.lines());
    names
}

/// What the line of the credential is called.
fn proof(profile: &Profile) -> &'static str {
    match profile.credential {
        Credential::Certificate(..) => "certificate",
        _ => "credential",
    }
}

fn is_sure(evidence: Evidence) -> bool {
    matches!(evidence, Evidence::Documented | Evidence::Seen)
}

/// What is looked at beside the profile.
struct Check {
    services: Vec<Service>,
    reports: Reports,
}

impl Check {
    /// From the network to the reports; what cannot work any more is not tried.
    async fn look(&self, profile: Profile, list: &mut List) -> Result<()> {
        let (what, has_certificate) = (proof(&profile), proof(&profile) == "certificate");
        let outside = match Outside::of(&profile) {
            Ok(outside) => outside,
            Err(failure) => {
                list.fail(network::line_of(&failure), &failure);
                return Ok(());
            }
        };
        let is_there = network::look(&outside, &profile, list).await;
        let connection = match Connection::through(outside, profile).await {
            Ok(connection) => connection,
            Err(failure) => {
                list.fail(what, &if has_certificate { third_step(failure) } else { failure });
                return Ok(());
            }
        };
        self.credential(&connection, list);
        place(&connection, list).await?;
        if is_there {
            self.sign_in(&connection, list).await;
        }
        Ok(())
    }

    /// From the tenant to the reports.
    async fn sign_in(&self, connection: &Connection, list: &mut List) {
        let Looked::There { tenant, ahead } = tenant::look(connection, list).await else { return };
        let mut tokens: Vec<(Service, Result<Option<Claims>>)> = Vec::new();
        for service in &self.services {
            tokens.push((*service, connection.claims(*service).await));
        }
        let refused = tokens.iter().filter_map(|(_, token)| token.as_ref().err()?.code());
        clock::line(connection.clock_ahead_seconds().or(ahead), refused.into_iter().any(|c| c == "AADSTS700024"), list);
        app::lines(&connection.profile, &tokens, list);
        let mut looks = Vec::new();
        for (service, token) in tokens {
            let asked = Asked { connection, service, tenant: tenant.as_ref() };
            looks.extend(asked.check(token, list).await);
        }
        self.reports.tell(&looks, list);
    }

    /// What proves the app, and what is known of the services that take it.
    fn credential(&self, connection: &Connection, list: &mut List) {
        let credential = &connection.profile.credential;
        if !matches!(credential, Credential::Certificate(..)) {
            list.ok("credential", credential.to_string());
        }
        if let Some(opened) = &connection.certificate {
            certificate(connection, opened, list);
        }
        for service in &self.services {
            let answer = credential.kind().accepts(*service);
            if !is_sure(answer.evidence) {
                list.warn(format!("{service} credential"), answer.sentence.to_owned(), "the service decides");
            }
        }
    }
}

/// Whatever is wrong with the certificate, the step that makes one is open.
fn third_step(failure: Failure) -> Failure {
    if failure.kind() != ErrorKind::Certificate {
        return failure;
    }
    let hint = failure.hint().unwrap_or_else(|| "make a certificate with `exoctl cert new`".into());
    failure.hinted(format!("set-up step 3: {hint}"))
}

fn certificate(connection: &Connection, opened: &ClientCertificate, list: &mut List) {
    let certificate = opened.certificate();
    let seen = format!(
        "{}, {}, valid to {}, thumbprint {}",
        certificate.subject(),
        crate::cert::key(certificate),
        times::day(certificate.not_after()),
        certificate.thumbprint()
    );
    list.ok("certificate", seen);
    for warning in opened.warnings(connection.now()) {
        list.warn("certificate", warning.to_string(), "it stops nothing now");
    }
}

/// Stores whose code only ran elsewhere say so.
async fn place(connection: &Connection, list: &mut List) -> Result<()> {
    if let (Credential::Certificate(source, _), Some(certificate)) =
        (&connection.profile.credential, &connection.certificate)
        && source.place == Place::Stores
        && let Some(seen) = stores::unverified(source.store.as_deref(), certificate).await?
    {
        list.warn("certificate", seen, "it stops nothing now");
    }
    Ok(())
}
