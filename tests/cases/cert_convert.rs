//! `exoctl cert convert`: another form of the same certificate.

use exo_tests::{World, contoso, data};

const PASSWORD: [&str; 2] = ["--certificate-password-file", "password.txt"];

#[test]
fn the_public_part_of_each_form_is_the_same() {
    let world = World::start(contoso());
    for file in ["app.pem", "nokey.pfx"] {
        world.private(file, &data(file));
    }
    for (number, file) in ["app.pfx", "app.pem", "nokey.pfx"].iter().enumerate() {
        let out = format!("{number}.cer");
        world.exoctl(["cert", "convert", file, "--out", &out].iter().chain(&PASSWORD)).ends(0).says("step 4");
        assert_eq!(std::fs::read(world.path(&out)).unwrap(), data("app.cer"), "{file}");
    }
}

#[test]
fn a_file_that_exists_is_kept() {
    let world = World::start(contoso());
    world.write("old.cer", b"old");
    let said = world.refusal(18, ["cert", "convert", "app.pfx", "--out", "old.cer"].iter().chain(&PASSWORD));
    assert!(said.contains("`old.cer` exists already"), "{said}");
    assert_eq!(world.read("old.cer"), "old");
}

#[test]
fn what_cannot_be_opened_leaves_no_file() {
    let world = World::start(contoso());
    let said = world.refusal(11, ["cert", "convert", "app.pfx", "--out", "new.cer"]);
    assert!(said.contains("needs a password"), "{said}");
}
