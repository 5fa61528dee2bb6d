//! `exoctl check`: why it does not work, in the order in which things fail.

mod clock;
mod service;
mod tenant;

use crate::arguments::{CheckArgs, Global, services};
use crate::certificate_source::Place;
use crate::checklist::List;
use crate::connect::Connection;
use crate::credential::Credential;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use crate::{bundled, stores, times};
use exo_cert::ClientCertificate;
use exo_model::{CmdletName, ErrorKind, Service};
use exo_token::Evidence;
use service::Asked;
use tenant::Looked;

/// Looks at everything from the certificate to both services and says what holds, what does not, and what to do.
pub(crate) async fn run(args: &CheckArgs, global: &Global) -> Result<Exit> {
    let for_programs = List::is_for_programs(&args.results)?;
    let services = services(args.service.as_deref())?;
    let needs = needs(&args.reports)?;
    let mut profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
    // A kept token would say that all is well after a certificate was taken off the app.
    profile.token_cache = None;
    let mut list = List::default();
    list.ok("profile", format!("{} in {}", profile.app(), profile.organization));
    let has_certificate = matches!(profile.credential, Credential::Certificate(..));
    match Connection::open(profile).await {
        Err(failure) if has_certificate => list.fail("certificate", &third_step(failure)),
        Err(failure) => list.fail("credential", &failure),
        Ok(connection) => {
            credential(&connection, &services, &mut list);
            place(&connection, &mut list).await?;
            if let Looked::There(tenant) = tenant::look(&connection, &mut list).await {
                for service in services {
                    let needed = needs.iter().filter(|(s, _)| *s == service).map(|(_, name)| name).collect();
                    let asked = Asked { connection: &connection, service, tenant: tenant.as_ref(), needed };
                    asked.check(&mut list).await;
                }
            }
        }
    }
    list.write(for_programs, &args.results)?;
    Ok(list.first_failure().map_or(Exit::Complete, Exit::Shown))
}

/// Whatever is wrong with the certificate, the step that makes one is open.
fn third_step(failure: Failure) -> Failure {
    if failure.kind() != ErrorKind::Certificate {
        return failure;
    }
    let hint = failure.hint().unwrap_or_else(|| "make a certificate with `exoctl cert new`".into());
    failure.hinted(format!("set-up step 3: {hint}"))
}

/// The cmdlets of the named reports.
fn needs(reports: &[String]) -> Result<Vec<(Service, CmdletName)>> {
    let mut needs = Vec::new();
    for wanted in reports {
        for found in bundled::find(wanted)? {
            let cmdlets =
                found.report.needs.iter().flat_map(|need| need.cmdlets.iter().map(|c| (need.service, c.name.clone())));
            needs.extend(cmdlets);
        }
    }
    needs.sort();
    needs.dedup();
    Ok(needs)
}

/// What proves the app, and what is known of the services that take it.
fn credential(connection: &Connection, services: &[Service], list: &mut List) {
    let credential = &connection.profile.credential;
    if !matches!(credential, Credential::Certificate(..)) {
        list.ok("credential", credential.to_string());
    }
    if let Some(opened) = &connection.certificate {
        certificate(connection, opened, list);
    }
    for service in services {
        let answer = credential.kind().accepts(*service);
        if !matches!(answer.evidence, Evidence::Documented | Evidence::Seen) {
            list.warn(format!("{service} credential"), answer.sentence.to_owned(), "the service decides");
        }
    }
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
