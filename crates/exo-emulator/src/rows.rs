//! Rows of a reply, written as bytes: properties with the annotations that stand before them.

use crate::clock::Civil;
use crate::guid::Guid;
use crate::select::Select;

/// One row, open for properties.
pub(crate) struct Row<'a> {
    out: &'a mut Vec<u8>,
    select: &'a Select,
    started: bool,
}

/// How a date's zone is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `+00:00`, a value of local kind.
    Local,
    /// `Z`, a value of UTC kind.
    Utc,
}

impl<'a> Row<'a> {
    pub(crate) fn begin(out: &'a mut Vec<u8>, select: &'a Select) -> Self {
        out.push(b'{');
        Self { out, select, started: false }
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    /// Text, and enums by their names.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if self.open(name) {
            self.key(name);
            push_text(self.out, value);
        }
    }

    /// Text that is made only if somebody wants it.
    pub(crate) fn lazy(&mut self, name: &str, value: impl FnOnce() -> String) {
        if self.open(name) {
            self.text(name, &value());
        }
    }

    /// A list that is made only if somebody wants it.
    pub(crate) fn lazy_list(&mut self, name: &str, values: impl FnOnce() -> Vec<String>) {
        if self.open(name) {
            self.list(name, &values());
        }
    }

    pub(crate) fn texts<const N: usize>(&mut self, pairs: [(&str, &str); N]) {
        for (name, value) in pairs {
            self.text(name, value);
        }
    }

    pub(crate) fn maybe_text(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    pub(crate) fn null(&mut self, name: &str) {
        if self.open(name) {
            self.key(name);
            self.out.extend_from_slice(b"null");
        }
    }

    pub(crate) fn nulls<const N: usize>(&mut self, names: [&str; N]) {
        for name in names {
            self.null(name);
        }
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) {
        if self.open(name) {
            self.key(name);
            self.out.extend_from_slice(if value { b"true" } else { b"false" });
        }
    }

    pub(crate) fn booleans<const N: usize>(&mut self, pairs: [(&str, bool); N]) {
        for (name, value) in pairs {
            self.boolean(name, value);
        }
    }

    /// A .NET `Int32`.
    pub(crate) fn int32(&mut self, name: &str, value: u64) {
        if self.open(name) {
            self.annotation(name, "data.type", "System.Int32");
            self.key(name);
            push_number(self.out, value);
        }
    }

    /// A number without annotation, such as one beyond the signed 64-bit range.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        if self.open(name) {
            self.key(name);
            push_number(self.out, value);
        }
    }

    pub(crate) fn guid(&mut self, name: &str, value: Guid) {
        if self.open(name) {
            self.annotation(name, "data.type", "System.Guid");
            self.annotation(name, "odata.type", "#Guid");
            self.key(name);
            self.out.push(b'"');
            value.write_to(self.out);
            self.out.push(b'"');
        }
    }

    /// The GUID that stands for none.
    pub(crate) fn no_guid(&mut self, name: &str) {
        if self.open(name) {
            self.annotation(name, "data.type", "System.Guid");
            self.annotation(name, "odata.type", "#Guid");
            self.key(name);
            self.out.extend_from_slice(b"\"00000000-0000-0000-0000-000000000000\"");
        }
    }

    /// A date, by seconds since 1970; null carries no annotation.
    pub(crate) fn date(&mut self, name: &str, value: Option<i64>, zone: Zone) {
        let Some(seconds) = value else { return self.null(name) };
        if self.open(name) {
            self.annotation(name, "data.type", "System.DateTime");
            self.key(name);
            self.out.push(b'"');
            Civil::from_unix(seconds).push_iso(self.out);
            self.out.extend_from_slice(b".0000000");
            self.out.extend_from_slice(match zone {
                Zone::Local => b"+00:00".as_slice(),
                Zone::Utc => b"Z",
            });
            self.out.push(b'"');
        }
    }

    /// A time to the millisecond, in UTC and without saying so; as it is given, it has no zone.
    pub(crate) fn instant(&mut self, name: &str, millis: i64) {
        if self.open(name) {
            self.annotation(name, "data.type", "System.DateTime");
            self.key(name);
            let (seconds, rest) = (millis.div_euclid(1000), millis.rem_euclid(1000));
            push_text(self.out, &format!("{}.{rest:03}0000", Civil::from_unix(seconds).iso()));
        }
    }

    /// A date in its local and its UTC form.
    pub(crate) fn dates(&mut self, name: &str, utc_name: &str, seconds: i64) {
        self.date(name, Some(seconds), Zone::Local);
        self.date(utc_name, Some(seconds), Zone::Utc);
    }

    pub(crate) fn list<T: AsRef<str>>(&mut self, name: &str, values: &[T]) {
        if self.open(name) {
            self.annotation(name, "odata.type", "#Collection(String)");
            self.key(name);
            self.out.push(b'[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    self.out.push(b',');
                }
                push_text(self.out, value.as_ref());
            }
            self.out.push(b']');
        }
    }

    pub(crate) fn empty_lists<const N: usize>(&mut self, names: [&str; N]) {
        for name in names {
            self.list::<&str>(name, &[]);
        }
    }

    /// A size, as `99 GB (106,300,440,576 bytes)`; none is `Unlimited`.
    pub(crate) fn size(&mut self, name: &str, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => self.lazy(name, || size_text(bytes)),
            None => self.text(name, "Unlimited"),
        }
    }

    /// Whether any of these properties is wanted.
    pub(crate) fn wants<const N: usize>(&self, names: [&str; N]) -> bool {
        names.iter().any(|name| self.open(name))
    }

    fn open(&self, name: &str) -> bool {
        self.select.has(name)
    }

    fn annotation(&mut self, name: &str, kind: &str, value: &str) {
        if self.select.bare {
            return;
        }
        self.separate();
        for part in ["\"", name, "@", kind, "\":\"", value, "\""] {
            self.out.extend_from_slice(part.as_bytes());
        }
    }

    fn key(&mut self, name: &str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn separate(&mut self) {
        if self.started {
            self.out.push(b',');
        }
        self.started = true;
    }
}

/// A JSON string, with everything beyond ASCII escaped.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\') {
        out.extend_from_slice(text.as_bytes());
    } else {
        for c in text.chars() {
            push_char(out, c);
        }
    }
    out.push(b'"');
}

fn push_char(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        ' '..='~' => out.extend(u8::try_from(c)),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = char::from_digit(u32::from(*unit >> shift) & 0xF, 16);
                    out.extend(digit.and_then(|d| u8::try_from(d.to_ascii_uppercase()).ok()));
                }
            }
        }
    }
}

pub(crate) fn push_number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// A size in its two forms, the first rounded to four digits.
pub(crate) fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> (10 * (unit + 1)) > 0 {
        unit += 1;
    }
    let mut text = rounded(bytes, 1 << (10 * unit));
    text.push(' ');
    text.push_str(UNITS[unit]);
    text.push_str(" (");
    let plain = bytes.to_string();
    for (place, digit) in plain.chars().enumerate() {
        if place > 0 && (plain.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(" bytes)");
    text
}

fn rounded(bytes: u64, unit: u64) -> String {
    let whole = bytes / unit;
    let decimals: usize = match whole {
        0..10 => 3,
        10..100 => 2,
        100..1000 => 1,
        _ => 0,
    };
    let scale = 10_u64.pow(u32::try_from(decimals).unwrap_or(0));
    let scaled = (bytes.saturating_mul(scale) + unit / 2) / unit;
    let (whole, part) = (scaled / scale, scaled % scale);
    if part == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{part:0decimals$}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(select: Option<&str>, fill: impl FnOnce(&mut Row<'_>)) -> String {
        let (mut out, select) = (Vec::new(), Select::parse(select));
        let mut row = Row::begin(&mut out, &select);
        fill(&mut row);
        row.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn annotations_stand_before_their_property() {
        let guid = Guid::parse("5b0d3a3e-4a53-4f6e-9d0c-1e5c2a7f9b10").unwrap();
        let text = written(None, |row| {
            row.int32("Priority", 0);
            row.guid("Guid", guid);
            row.date("WhenChanged", Some(1_772_439_330), Zone::Local);
            row.date("Ended", None, Zone::Local);
            row.list::<&str>("ExcludedDomains", &[]);
        });
        assert_eq!(
            text,
            concat!(
                r##"{"Priority@data.type":"System.Int32","Priority":0,"##,
                r##""Guid@data.type":"System.Guid","Guid@odata.type":"#Guid","##,
                r##""Guid":"5b0d3a3e-4a53-4f6e-9d0c-1e5c2a7f9b10","##,
                r##""WhenChanged@data.type":"System.DateTime","##,
                r##""WhenChanged":"2026-03-02T08:15:30.0000000+00:00","Ended":null,"##,
                r##""ExcludedDomains@odata.type":"#Collection(String)","ExcludedDomains":[]}"##
            )
        );
    }

    #[test]
    fn select_takes_the_annotations_along() {
        let text = written(Some("priority, Name"), |row| {
            row.text("Name", "Zo\u{eb} \"x\"\\ \u{1F4E7}\n");
            row.text("Other", "y");
            row.int32("Priority", 7);
        });
        assert_eq!(
            text,
            r#"{"Name":"Zo\u00EB \"x\"\\ \uD83D\uDCE7\u000A","Priority@data.type":"System.Int32","Priority":7}"#
        );
    }

    #[test]
    fn sizes_are_rounded_to_four_digits() {
        assert_eq!(size_text(106_300_440_576), "99 GB (106,300,440,576 bytes)");
        assert_eq!(size_text(53_150_220_288), "49.5 GB (53,150,220,288 bytes)");
        assert_eq!(size_text(0), "0 B (0 bytes)");
        assert_eq!(size_text(262_144), "256 KB (262,144 bytes)");
        assert_eq!(size_text(1_554_321), "1.482 MB (1,554,321 bytes)");
    }
}
