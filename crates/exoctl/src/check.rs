//! `exoctl check`: why it does not work, in the order in which things fail.

mod clock;

use crate::arguments::{CheckArgs, Global, services};
use crate::certificate_source::Place;
use crate::checklist::List;
use crate::connect::Connection;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use crate::{bundled, preflight, stores, times};
use exo_model::{CmdletName, ErrorKind, Invocation, Invoker, Next, Service};
use exo_rbac::{Answer, Grants};

/// Looks at everything from the certificate to both services and says what holds, what does not, and what to do.
pub(crate) async fn run(args: &CheckArgs, global: &Global) -> Result<Exit> {
    let services = services(args.service.as_deref())?;
    let needs = needs(&args.reports)?;
    let profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
    let mut list = List::default();
    list.ok("profile", format!("app {} in {}", profile.app_id, profile.organization));
    match Connection::open(profile).await {
        Err(failure) => list.fail("certificate", &third_step(failure)),
        Ok(connection) => {
            certificate(&connection, &mut list);
            place(&connection, &mut list).await?;
            for service in services {
                let needed: Vec<&CmdletName> =
                    needs.iter().filter(|(s, _)| *s == service).map(|(_, name)| name).collect();
                check_service(&connection, service, &needed, &mut list).await;
            }
        }
    }
    list.write(&args.results)?;
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

fn certificate(connection: &Connection, list: &mut List) {
    let certificate = connection.certificate.certificate();
    let seen = format!(
        "{}, {}, valid to {}, thumbprint {}",
        certificate.subject(),
        crate::cert::key(certificate),
        times::day(certificate.not_after()),
        certificate.thumbprint()
    );
    list.ok("certificate", seen);
    for warning in connection.certificate.warnings(connection.now()) {
        list.warn("certificate", warning.to_string(), "it stops nothing now");
    }
}

/// Stores whose code only ran elsewhere say so.
async fn place(connection: &Connection, list: &mut List) -> Result<()> {
    let source = &connection.profile.certificate;
    if source.place == Place::Stores
        && let Some(seen) = stores::unverified(source.store.as_deref(), &connection.certificate).await?
    {
        list.warn("certificate", seen, "it stops nothing now");
    }
    Ok(())
}

/// Token, permission, role, then the service itself.
async fn check_service(connection: &Connection, service: Service, needed: &[&CmdletName], list: &mut List) {
    let title = |what: &str| format!("{service} {what}");
    let claims = connection.claims(service).await;
    let outside_its_time = claims.as_ref().is_err_and(|failure| failure.code() == Some("AADSTS700024"));
    if !list.has("clock") {
        clock::line(connection.clock_ahead_seconds(), outside_its_time, list);
    }
    let claims = match claims {
        Err(failure) => return list.fail(title("token"), &failure),
        Ok(None) => {
            list.warn(title("token"), "came, but cannot be read".into(), "the service may take it all the same");
            None
        }
        Ok(Some(claims)) => {
            let app = claims.app_display_name.as_ref().map(|name| format!("for app `{name}`, ")).unwrap_or_default();
            list.ok(title("token"), format!("{app}audience {}", claims.aud.as_deref().unwrap_or("unknown")));
            Some(claims)
        }
    };
    let grants = claims.map(|claims| Grants::from_claims(service, &claims.roles, &claims.wids));
    if let Some(grants) = &grants {
        permission(service, grants, list);
        if let Answer::No { .. } = grants.opens(service) {
            return;
        }
    }
    reach(connection, service, list).await;
    if let Some(grants) = &grants {
        for cmdlet in needed {
            answer(&format!("{service} {cmdlet}"), &grants.cmdlet(service, cmdlet), list);
        }
    }
}

fn permission(service: Service, grants: &Grants, list: &mut List) {
    let opens = grants.opens(service);
    if grants.permission() {
        list.ok(format!("{service} permission"), "Exchange.ManageAsApp is granted and consented".into());
        answer(&format!("{service} role"), &opens, list);
    } else {
        answer(&format!("{service} permission"), &opens, list);
    }
}

fn answer(what: &str, answer: &Answer, list: &mut List) {
    match answer {
        Answer::Yes { by } => list.ok(what, by.to_string()),
        Answer::Maybe { why } => list.warn(what, why.to_string(), "no fault by itself: the service decides"),
        Answer::No { .. } => list.fail(what, &preflight::refusal(answer)),
    }
}

/// One small read that every role of the table may do.
async fn reach(connection: &Connection, service: Service, list: &mut List) {
    let what = format!("{service} session");
    match first_records(connection, service).await {
        Err(failure) => list.fail(what, &failure),
        Ok((records, region)) => {
            let region = region.map(|region| format!(" at {region}")).unwrap_or_default();
            list.ok(what, format!("{} answers{region}", service.title()));
            if service == Service::Exchange {
                organization(connection, &records, list);
            }
        }
    }
}

/// Custom domains get a token, and break page runs later: the initial domain is looked up.
fn organization(connection: &Connection, records: &[serde_json::Value], list: &mut List) {
    let ours = connection.profile.organization.as_str();
    let initial =
        records.iter().find(|record| record["InitialDomain"] == true).and_then(|record| record["DomainName"].as_str());
    match initial {
        Some(domain) if domain.eq_ignore_ascii_case(ours) => {
            list.ok("organization", format!("{ours} is the initial domain"));
        }
        Some(domain) => {
            let text = format!("{ours} is not the tenant's initial domain, {domain} is");
            list.fail(
                "organization",
                &Failure::new(ErrorKind::Profile, text).hinted(format!("use --organization {domain}")),
            );
        }
        None => {
            list.warn("organization", "the service names no initial domain".into(), "compare it in the admin center");
        }
    }
}

async fn first_records(connection: &Connection, service: Service) -> Result<(Vec<serde_json::Value>, Option<String>)> {
    let (cmdlet, select): (&str, &[&str]) = match service {
        Service::Compliance => ("Get-ProtectionAlert", &["Name"]),
        _ => ("Get-AcceptedDomain", &["DomainName", "InitialDomain"]),
    };
    let name = cmdlet
        .parse()
        .map_err(|error: exo_model::InvalidCmdletName| Failure::new(ErrorKind::Fault, error.to_string()))?;
    let session = connection.session(service).await?;
    let call = Invocation::new(service, name).select(select.iter().copied()).limit(1000);
    let mut pages = session.invoke(call).await?;
    let mut records = Vec::new();
    while let Next::Page(page) = pages.next().await? {
        records.extend(page.records().filter_map(|record| serde_json::from_slice(record).ok()));
    }
    Ok((records, session.region()))
}
