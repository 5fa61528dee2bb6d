//! `exoctl roles`: the role table, and who may run what.

use exo_tests::{World, contoso};
use insta::assert_snapshot;

#[test]
fn the_table_is_that_of_the_article() {
    let world = World::start(contoso());
    let roles = world.exoctl(["roles", "--format", "json"]).ends(0).json();
    let roles = roles.as_array().unwrap().clone();
    let of = |column: &str| {
        let names = roles.iter().filter(|role| role[column] == "yes").filter_map(|role| role["role"].as_str());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let both = [
        "Compliance Administrator",
        "Global Administrator",
        "Global Reader",
        "Security Administrator",
        "Security Reader",
    ];
    assert_eq!(of("scc_2022"), both);
    assert_eq!(of("scc"), both);
    let exchange = [
        "Compliance Administrator",
        "Exchange Administrator",
        "Global Administrator",
        "Global Reader",
        "Helpdesk Administrator",
        "Security Administrator",
        "Security Reader",
    ];
    assert_eq!(of("exo_2022"), exchange);
    assert!(of("exo").contains(&"Exchange Recipient Administrator".to_owned()));
    world.assert_nothing_was_sent();
}

#[test]
fn a_cmdlet_lists_the_roles_that_open_it_the_surest_first() {
    let world = World::start(contoso());
    let rows = world.exoctl(["roles", "--cmdlet", "get-mailbox", "--format", "json"]).ends(0).json();
    assert_eq!(rows[0]["answer"], "yes");
    assert!(rows.as_array().unwrap().iter().any(|row| row["role"] == "Global Reader" && row["answer"] == "maybe"));
}

#[test]
fn an_unknown_cmdlet_names_similar_ones() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, ["roles", "--cmdlet", "Get-Mailbx"]), @r"
    error: Get-Mailbx is a cmdlet of neither service
      hint: did you mean Get-Mailbox, Set-Mailbox?
    ");
}

#[test]
fn the_table_is_readable() {
    let world = World::start(contoso());
    world.exoctl(["roles"]).ends(0).gives("Global Reader").gives("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
}
