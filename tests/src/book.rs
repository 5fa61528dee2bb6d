//! Every Rust block of the book, compiled and run as a test of the documentation.

macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../docs/src/", $path))]
            mod $name {}
        )*

        /// The pages that are compiled, below `docs/src`.
        #[cfg(test)]
        const PAGES: &[&str] = &[$($path),*];
    };
}

pages! {
    first_plugin: "plugins/first-plugin.md",
    report_trait: "plugins/report-trait.md",
    values: "plugins/values.md",
    testing: "plugins/testing.md",
    findings: "plugins/findings.md",
    performance: "plugins/performance.md",
}

#[cfg(test)]
mod tests {
    use super::PAGES;
    use std::path::{Path, PathBuf};

    fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                pages(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_page_with_rust_is_compiled_and_every_page_is_in_the_summary() {
        let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
        let summary = std::fs::read_to_string(book.join("SUMMARY.md")).unwrap();
        let mut all = Vec::new();
        pages(&book, &mut all);
        assert!(all.len() > 20, "{all:?}");
        for path in all {
            let name = path.strip_prefix(&book).unwrap().to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.contains("```rust"), PAGES.contains(&name.as_str()), "{name}");
            assert!(name == "SUMMARY.md" || summary.contains(&format!("]({name})")), "{name} is in no list");
        }
    }
}
