//! Findings as rows: what makes a report a check.

use crate::declare::ColumnDecl;
use crate::{Cell, Finding, Row};

const fn column(name: &'static str, key: bool) -> ColumnDecl {
    ColumnDecl { name, kind: "string", key, optional: false }
}

impl Row for Finding {
    type Shape = Self;

    const COLUMNS: &'static [ColumnDecl] = &[
        column("control", true),
        column("status", false),
        column("severity", false),
        column("subject", true),
        column("evidence", false),
        column("remedy", false),
    ];
    const CHECK: bool = true;

    fn write(&self, out: &mut Vec<u8>) {
        let cells = [
            self.control.as_str(),
            self.status.as_str(),
            self.severity.as_str(),
            &self.subject,
            &self.evidence,
            &self.remedy,
        ];
        cells[..].write(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Severity, Status};
    use exo_plugin_wire::check_row;

    #[test]
    fn the_columns_are_those_of_the_model() {
        let here: Vec<_> = Finding::COLUMNS.iter().map(|c| (c.name.to_owned(), c.key, c.optional)).collect();
        let model: Vec<_> = Finding::columns().into_iter().map(|c| (c.name, c.key, c.optional)).collect();
        assert_eq!(here, model);
    }

    #[test]
    fn a_finding_is_a_row_of_them() {
        let mut row = Vec::new();
        Finding::new("c", Status::NotEvaluated, Severity::High, "a \"b\"").evidence("e").write(&mut row);
        assert_eq!(row, br#"["c","not-evaluated","high","a \"b\"","e",""]"#);
        check_row(&row, &Finding::columns()).unwrap();
    }
}
