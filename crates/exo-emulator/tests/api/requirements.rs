//! The page that says which test holds which requirement: every requirement is there, and so is every test.

use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether a test of that name, `module::name`, stands in the tests of this crate.
fn exists(test: &str) -> bool {
    let (module, name) = test.rsplit_once("::").unwrap();
    let module = module.replace("::", "/");
    let unit = module.trim_end_matches("/tests");
    let places = [format!("tests/api/{module}.rs"), format!("tests/memory/{module}.rs"), format!("src/{unit}.rs")];
    places.iter().any(|place| {
        let source = std::fs::read_to_string(here(place)).unwrap_or_default();
        source.split("#[test]").skip(1).any(|part| part.trim_start().starts_with(&format!("fn {name}(")))
    })
}

#[test]
fn every_requirement_is_held_by_tests_that_there_are() {
    let page = std::fs::read_to_string(here("../../docs/src/contributing/emulator-requirements.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| E")).collect();
    for number in 1..=22 {
        let row = rows.iter().find(|row| row.starts_with(&format!("| E{number} |")));
        let row = row.unwrap_or_else(|| panic!("E{number} is not on the page"));
        let tests = row.split('|').nth(3).unwrap();
        assert!(tests.contains("::"), "{row}");
    }
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|word| word.contains("::")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for test in named {
        assert!(exists(test), "there is no test {test}");
    }
    assert!(!exists("requirements::that_never_was") && exists("paging::a_link_expires"));
}
