//! `exoctl plugin check`: a built plugin as those who are to run it will see it.

mod file;
mod report;
mod trial;

use crate::arguments::PluginCheckArgs;
use crate::bundled::{self, Found};
use crate::checklist::List;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::fixtures::Fixtures;
use crate::plan;
use exo_model::ErrorKind;

/// Looks at the file, at what its manifest says, and, on fixtures, at what its reports do.
pub(crate) async fn run(args: &PluginCheckArgs) -> Result<Exit> {
    let for_programs = List::is_for_programs(&args.results)?;
    let fixtures = args.fixtures.as_deref().map(Fixtures::open).transpose()?;
    let mut list = List::of([], |_| None);
    match found(args) {
        Err(failure) => list.fail("file", &failure),
        Ok(found) => {
            file::look(&args.file, &found, &mut list);
            for found in &found {
                report::look(found, &mut list);
            }
            if let Some(fixtures) = &fixtures {
                trial::run(&plan::arguments(found, &args.parameters)?, fixtures, &mut list).await?;
            }
        }
    }
    list.write(for_programs, &args.results)?;
    Ok(list.first_failure().map_or(Exit::Complete, |_| Exit::Shown(ErrorKind::Plugin)))
}

/// The reports of the file; as for a run, files that others can change are refused.
fn found(args: &PluginCheckArgs) -> Result<Vec<Found>> {
    // A name alone would be looked for among the bundled reports.
    let path = std::path::Path::new(".").join(&args.file);
    let path = if args.file.components().count() == 1 { path } else { args.file.clone() };
    bundled::find(&path.to_string_lossy())
}

/// Something about the plugin that does not hold.
fn wrong(text: impl Into<String>, hint: &str) -> Failure {
    Failure::new(ErrorKind::Plugin, text).hinted(hint)
}
