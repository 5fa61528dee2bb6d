//! What a library declares, as constants; written into the manifest by the compiler.

use exo_plugin_abi::ABI_MAJOR;
use exo_plugin_wire::{FORMAT, HEADER, MAGIC};

/// A library's declaration.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "built by `export!` in other crates")]
pub struct PluginDecl<'a> {
    /// Cargo's name of the package.
    pub name: &'static str,
    /// The package's version.
    pub version: &'static str,
    /// The package's description.
    pub about: &'static str,
    /// Its reports.
    pub reports: &'a [ReportDecl],
}

/// A report's declaration.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "built by `#[report]` in other crates")]
pub struct ReportDecl {
    /// Its name.
    pub name: &'static str,
    /// The first line of its documentation.
    pub about: &'static str,
    /// Whether its rows are findings.
    pub check: bool,
    /// Whether it may write.
    pub writes: bool,
    /// Calls at a time.
    pub parallel: u32,
    /// The cmdlets it reads.
    pub reads: &'static [ReadDecl],
    /// Its parameters.
    pub params: &'static [ParamDecl],
    /// Its columns.
    pub columns: &'static [ColumnDecl],
}

/// A cmdlet that a report calls.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "built by `#[report]` in other crates")]
pub struct ReadDecl {
    /// `exo` or `scc`.
    pub service: &'static str,
    /// The cmdlet.
    pub cmdlet: &'static str,
    /// The parameters that are given.
    pub parameters: &'static [&'static str],
    /// The properties of each record type that it is read into; none means all properties.
    pub properties: &'static [&'static [&'static str]],
}

/// A parameter of a report.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "built by `#[derive(Args)]` in other crates")]
pub struct ParamDecl {
    /// Its name in kebab-case.
    pub name: &'static str,
    /// The manifest's word for its type.
    pub kind: &'static str,
    /// Its default, as a user would write it.
    pub default: Option<&'static str>,
    /// The first line of its documentation.
    pub help: &'static str,
    /// The only texts it takes; any, if there are none.
    pub choices: &'static [&'static str],
    /// The least that it takes, as a user would write it.
    pub at_least: Option<&'static str>,
    /// The most that it takes, as a user would write it.
    pub at_most: Option<&'static str>,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A column of a report.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "built by `#[derive(Row)]` in other crates")]
pub struct ColumnDecl {
    /// Its name in `snake_case`.
    pub name: &'static str,
    /// The manifest's word for its type.
    pub kind: &'static str,
    /// Whether it is part of the key.
    pub key: bool,
    /// Whether it may be null.
    pub optional: bool,
}

/// How many bytes the manifest of a library has.
#[must_use]
pub const fn manifest_length(plugin: &PluginDecl<'_>) -> usize {
    let mut count = Writer { bytes: &mut [], at: 0 };
    count.plugin(plugin);
    HEADER + count.at
}

/// The manifest of a library; `N` is its [`manifest_length`].
///
/// # Panics
///
/// When `N` is another length or two reports have one name; the compiler says so, since this is for constants.
#[must_use]
pub const fn manifest<const N: usize>(plugin: &PluginDecl<'_>) -> [u8; N] {
    let mut i = 0;
    while i < plugin.reports.len() {
        let mut j = 0;
        while j < i {
            assert!(!same(plugin.reports[i].name, plugin.reports[j].name), "two reports of this library have one name");
            j += 1;
        }
        i += 1;
    }
    let mut bytes = [0; N];
    let mut out = Writer { bytes: &mut bytes, at: 0 };
    out.bytes_of(&MAGIC);
    out.bytes_of(&FORMAT.to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "a manifest is refused long before 4 GiB")]
    out.bytes_of(&((N - HEADER) as u32).to_le_bytes());
    out.plugin(plugin);
    assert!(out.at == N, "the manifest has another length than was counted");
    bytes
}

/// The manifest's JSON alone.
pub(crate) fn manifest_json(plugin: &PluginDecl<'_>) -> Vec<u8> {
    let mut json = vec![0; manifest_length(plugin) - HEADER];
    let mut out = Writer { bytes: &mut json, at: 0 };
    out.plugin(plugin);
    json
}

/// Writes into bytes, or where there are none only counts.
struct Writer<'b> {
    bytes: &'b mut [u8],
    at: usize,
}

impl Writer<'_> {
    const fn byte(&mut self, byte: u8) {
        if !self.bytes.is_empty() {
            self.bytes[self.at] = byte;
        }
        self.at += 1;
    }

    const fn bytes_of(&mut self, bytes: &[u8]) {
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    const fn raw(&mut self, text: &str) {
        self.bytes_of(text.as_bytes());
    }

    /// A text in quotes; control characters become spaces.
    const fn text(&mut self, text: &str) {
        self.byte(b'"');
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(bytes[i]);
                }
                0..=31 => self.byte(b' '),
                byte => self.byte(byte),
            }
            i += 1;
        }
        self.byte(b'"');
    }

    const fn member(&mut self, key: &str, value: &str) {
        self.raw(",\"");
        self.raw(key);
        self.raw("\":");
        self.text(value);
    }

    const fn flag(&mut self, key: &str, set: bool) {
        if set {
            self.raw(",\"");
            self.raw(key);
            self.raw("\":true");
        }
    }

    const fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    /// A package's name in the form of a plugin's: underscores become hyphens, capitals small.
    const fn package(&mut self, name: &str) {
        let bytes = name.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(if bytes[i] == b'_' { b'-' } else { bytes[i].to_ascii_lowercase() });
            i += 1;
        }
    }

    const fn plugin(&mut self, plugin: &PluginDecl<'_>) {
        self.raw("{\"format\":");
        self.number(FORMAT);
        self.raw(",\"name\":\"");
        self.package(plugin.name);
        self.raw("\"");
        self.member("version", plugin.version);
        self.member("about", plugin.about);
        self.member("sdk", concat!("exo-plugin ", env!("CARGO_PKG_VERSION")));
        self.raw(",\"abi\":{\"major\":");
        self.number(ABI_MAJOR);
        self.raw(",\"needs\":0},\"reports\":[");
        let mut i = 0;
        while i < plugin.reports.len() {
            self.report(i, &plugin.reports[i]);
            i += 1;
        }
        self.raw("]}");
    }

    const fn open(&mut self, index: usize, name: &str) {
        self.raw(if index > 0 { ",{\"name\":" } else { "{\"name\":" });
        self.text(name);
    }

    const fn report(&mut self, index: usize, report: &ReportDecl) {
        self.open(index, report.name);
        self.member("about", report.about);
        self.member("kind", if report.check { "check" } else { "inventory" });
        self.member("access", if report.writes { "write" } else { "read" });
        self.raw(",\"parallel\":");
        self.number(report.parallel);
        self.raw(",\"needs\":[");
        let first = self.need("exo", report.reads, 0);
        self.need("scc", report.reads, first);
        self.raw("],\"params\":[");
        let mut i = 0;
        while i < report.params.len() {
            self.param(i, &report.params[i]);
            i += 1;
        }
        self.raw("],\"columns\":[");
        let mut i = 0;
        while i < report.columns.len() {
            let column = &report.columns[i];
            self.open(i, column.name);
            self.member("type", column.kind);
            self.flag("key", column.key);
            self.flag("optional", column.optional);
            self.raw("}");
            i += 1;
        }
        self.raw("]}");
    }

    const fn param(&mut self, index: usize, param: &ParamDecl) {
        self.open(index, param.name);
        self.member("type", param.kind);
        if let Some(default) = param.default {
            self.member("default", default);
        }
        self.member("help", param.help);
        if !param.choices.is_empty() {
            self.raw(",\"choices\":[");
            let mut i = 0;
            while i < param.choices.len() {
                self.item(i, param.choices[i]);
                i += 1;
            }
            self.raw("]");
        }
        if let Some(least) = param.at_least {
            self.member("at_least", least);
        }
        if let Some(most) = param.at_most {
            self.member("at_most", most);
        }
        self.flag("optional", param.optional);
        self.raw("}");
    }

    /// The cmdlets of one service; how many needs there are after it.
    const fn need(&mut self, service: &str, reads: &[ReadDecl], before: usize) -> usize {
        let mut cmdlets = 0;
        let mut i = 0;
        while i < reads.len() {
            if same(reads[i].service, service) {
                if cmdlets == 0 {
                    self.raw(if before > 0 { ",{\"service\":" } else { "{\"service\":" });
                    self.text(service);
                    self.raw(",\"cmdlets\":[");
                }
                self.read(cmdlets, &reads[i]);
                cmdlets += 1;
            }
            i += 1;
        }
        if cmdlets > 0 {
            self.raw("]}");
            return before + 1;
        }
        before
    }

    const fn read(&mut self, index: usize, read: &ReadDecl) {
        self.open(index, read.cmdlet);
        self.raw(",\"parameters\":[");
        let mut i = 0;
        while i < read.parameters.len() {
            self.item(i, read.parameters[i]);
            i += 1;
        }
        self.raw("],\"properties\":[");
        let (mut list, mut written) = (0, 0);
        while list < read.properties.len() {
            let mut i = 0;
            while i < read.properties[list].len() {
                if !listed(read.properties, list, i) {
                    self.item(written, read.properties[list][i]);
                    written += 1;
                }
                i += 1;
            }
            list += 1;
        }
        self.raw("]}");
    }

    const fn item(&mut self, index: usize, text: &str) {
        if index > 0 {
            self.byte(b',');
        }
        self.text(text);
    }
}

/// Whether the property at this place stands earlier already.
const fn listed(lists: &[&[&str]], list: usize, at: usize) -> bool {
    let mut l = 0;
    while l <= list {
        let end = if l == list { at } else { lists[l].len() };
        let mut i = 0;
        while i < end {
            if same(lists[l][i], lists[list][at]) {
                return true;
            }
            i += 1;
        }
        l += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
