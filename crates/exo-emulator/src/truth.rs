//! All that a cmdlet would give, without a request: what a test compares a client's rows with.

use serde_json::Value;

use crate::app::Service;
use crate::cmdlets::{self, Call, Output, Table};
use crate::emulator::Emulator;
use crate::parameters::Parameters;
use crate::rows::Row;
use crate::select::Select;

impl Emulator {
    /// The rows that a cmdlet gives now, each as the JSON text that stands in a page; `parameters` is a JSON object, and
    /// `select` the value of `$select`, or none for all properties.
    ///
    /// None if the cmdlet is not known or fails, or changes something. No limit, fault or page has a part in it.
    ///
    /// ```
    /// use exo_emulator::{Emulator, Service, Tenant};
    ///
    /// let emulator = Emulator::start(Tenant::contoso().mailboxes(3))?;
    /// let rows = emulator.rows(Service::Exchange, "Get-Mailbox", "{}", Some("Alias")).unwrap();
    /// assert_eq!(rows.len(), 3);
    /// assert!(rows[0].starts_with("{\"Alias\":"));
    /// # Ok::<(), exo_emulator::Error>(())
    /// ```
    pub fn rows(&self, service: Service, cmdlet: &str, parameters: &str, select: Option<&str>) -> Option<Vec<String>> {
        let cmdlet = cmdlets::find(service, cmdlet)?;
        let Ok(Value::Object(given)) = serde_json::from_str(parameters) else { return None };
        let parameters = Parameters::read(&given, cmdlet.parameters).ok()?;
        match (cmdlet.run)(&Call { world: &self.world, service, parameters: &parameters, filters: None }).ok()? {
            Output::Rows(table) | Output::Listed(table, _) => Some(all(table.as_ref(), &Select::parse(select))),
            Output::Warned(_) => Some(Vec::new()),
            Output::Done | Output::Confirm(_) => None,
        }
    }
}

fn all(table: &dyn Table, select: &Select) -> Vec<String> {
    let places = (0..table.units()).flat_map(|unit| (0..table.rows(unit)).map(move |row| (unit, row)));
    let rows = places.map(|(unit, row)| {
        let mut out = Vec::new();
        let mut line = Row::begin(&mut out, select);
        table.write(unit, row, &mut line);
        line.end();
        String::from_utf8_lossy(&out).into_owned()
    });
    rows.collect()
}
