//! `exoctl cert list|add|remove`: the own store, and a look into the others.

use crate::arguments::{CertAddArgs, CertListArgs, CertRemoveArgs, Global};
use crate::certificate_source::{self, Place};
use crate::failure::{Failure, Result};
use crate::{stores, table, terminal, times};
use exo_cert::{ClientCertificate, Description};
use exo_model::ErrorKind;
use serde_json::{Value, json};

/// Lists what a thumbprint alone can name.
pub(super) async fn list(args: &CertListArgs) -> Result<()> {
    let (there, mut failed) = stores::list(args.store.certificate_store.as_deref()).await?;
    if there.is_empty()
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    for failure in failed {
        terminal::say(&format!("not looked at: {}", failure.text()));
    }
    let columns = table::texts(&["thumbprint", "subject", "not_after", "private_key", "place", "verified"]);
    table::write(&columns, there.iter().map(row), &args.results)
}

fn row(description: &Description) -> Vec<Value> {
    vec![
        json!(description.thumbprint.to_string()),
        json!(description.subject),
        json!(times::rfc3339(description.not_after)),
        json!(description.has_private_key),
        json!(description.place),
        json!(if description.unverified { "unverified" } else { "yes" }),
    ]
}

/// Puts the certificate of a file into the own store.
pub(super) fn add(args: &CertAddArgs, global: &Global) -> Result<()> {
    let store = stores::own(args.store.certificate_store.as_deref())?;
    let wanted = certificate_source::wanted(args.thumbprint.as_deref())?;
    let place = Place::of_path(args.file.clone());
    let bytes = place.read(args.allow_open_key_file)?;
    let source = args.password.of_existing()?;
    // Opened first, so that a missing password is asked for once and before the store is touched.
    let password = place.open(&source, |password| {
        ClientCertificate::from_bytes_selecting(bytes.expose(), password, &wanted).map(|_| password.cloned())
    })?;
    let added = store.add_selecting(bytes.expose(), password.as_ref(), &wanted)?;
    terminal::result(&format!("{}\n", added.thumbprint))?;
    if !global.quiet {
        terminal::say(&format!(
            "{} is in {}; sign in with --certificate-thumbprint {}",
            added.subject, added.place, added.thumbprint
        ));
    }
    Ok(())
}

/// Takes a certificate and its key out of the own store.
pub(super) fn remove(args: &CertRemoveArgs, global: &Global) -> Result<()> {
    let wanted = stores::selector(&args.thumbprint)
        .map_err(|failure| Failure::new(ErrorKind::Usage, failure.text()).hinted("`exoctl cert list` shows them"))?;
    let removed = stores::own(args.store.certificate_store.as_deref())?.remove(&wanted)?;
    if !global.quiet {
        terminal::say(&format!("{} {} is no longer in {}", removed.thumbprint, removed.subject, removed.place));
    }
    Ok(())
}
