//! Every row of the role table, for both services, then and now.

use crate::claims::token;
use exo_model::Service::{Compliance, Exchange};
use exo_rbac::{DirectoryRole, roles_for};

/// Name, id, and whether it opened Exchange Online and Security & Compliance then, and opens them now.
const ROWS: &[(&str, &str, [bool; 2], [bool; 2])] = &[
    ("Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18", [true, true], [true, true]),
    ("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", [true, false], [true, false]),
    ("Exchange Recipient Administrator", "31392ffb-586c-42d1-9346-e59415a2cc4e", [false, false], [true, false]),
    ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10", [true, true], [true, true]),
    ("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", [true, true], [true, true]),
    ("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8", [true, false], [true, false]),
    ("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d", [true, true], [true, true]),
    ("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", [true, true], [true, true]),
];

#[test]
fn the_table_is_the_articles() {
    assert_eq!(DirectoryRole::ALL.len(), ROWS.len());
    for (role, (name, id, article, today)) in DirectoryRole::ALL.iter().zip(ROWS) {
        assert_eq!((role.name, role.template_id), (*name, *id));
        let services = [Exchange, Compliance];
        assert_eq!(services.map(|service| role.article.contains(service)), *article, "{name}");
        assert_eq!(services.map(|service| role.today.contains(service)), *today, "{name}");
    }
}

#[test]
fn a_token_with_a_role_opens_what_its_row_says() {
    for (name, _, _, [exchange, compliance]) in ROWS {
        assert_eq!(token(Exchange, &[name]).opens(Exchange).is_yes(), *exchange, "{name}");
        assert_eq!(token(Compliance, &[name]).opens(Compliance).is_yes(), *compliance, "{name}");
    }
}

#[test]
fn roles_for_a_service_are_the_rows_with_a_tick() {
    let names = |service| roles_for(service).map(|role| role.name).collect::<Vec<_>>();
    assert_eq!(names(Exchange).len(), 8);
    assert_eq!(
        names(Compliance),
        [
            "Compliance Administrator",
            "Global Administrator",
            "Global Reader",
            "Security Administrator",
            "Security Reader"
        ]
    );
}

#[test]
fn two_roles_are_enough_for_any_task_and_two_only_read() {
    let names = |test: fn(&DirectoryRole) -> bool| {
        DirectoryRole::ALL.iter().filter(|role| test(role)).map(|role| role.name).collect::<Vec<_>>()
    };
    assert_eq!(names(|role| role.any_exchange_task), ["Exchange Administrator", "Global Administrator"]);
    assert_eq!(names(|role| role.reads_only), ["Global Reader", "Security Reader"]);
}
