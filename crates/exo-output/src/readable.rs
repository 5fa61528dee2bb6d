//! Sizes, times and spans as people read them.

use std::borrow::Cow;

/// `1610612736` is `1.5 GB`, by 1024 as Exchange counts; what is no whole number stays as it is.
pub(crate) fn size(cell: &str) -> Cow<'_, str> {
    let Ok(bytes) = cell.parse::<i64>() else { return Cow::Borrowed(cell) };
    if bytes.unsigned_abs() < 1024 {
        return Cow::Owned(format!("{bytes} B"));
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KB", "MB", "GB", "TB", "PB", "EB"] {
        // What would be shown as 1024.0 belongs to the next unit.
        if value.abs() < 1023.95 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    Cow::Owned(format!("{value:.1} {unit}"))
}

/// `2026-08-21T10:11:12.5Z` is `2026-08-21 10:11:12Z`; what is no time in UTC stays as it is.
pub(crate) fn time(text: &str) -> Cow<'_, str> {
    let shown = || {
        let (date, rest) = text.strip_suffix('Z')?.split_once('T')?;
        let whole = rest.split_once('.').map_or(rest, |(whole, _)| whole);
        (date.len() == 10 && whole.len() == 8).then(|| format!("{date} {whole}Z"))
    };
    shown().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// `93784` is `1d 2h`: the two largest units of days, hours, minutes and seconds.
pub(crate) fn duration(cell: &str) -> Cow<'_, str> {
    let whole = cell.split_once('.').map_or(cell, |(whole, _)| whole);
    let Ok(seconds) = whole.parse::<i64>() else { return Cow::Borrowed(cell) };
    let sign = if cell.starts_with('-') { "-" } else { "" };
    let all = seconds.unsigned_abs();
    let units = [(all / 86_400, "d"), (all / 3_600 % 24, "h"), (all / 60 % 60, "m"), (all % 60, "s")];
    let Some(first) = units.iter().position(|(count, _)| *count > 0) else {
        return Cow::Owned(if whole == cell { "0s".to_owned() } else { format!("{cell}s") });
    };
    let parts = units.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    Cow::Owned(format!("{sign}{}", parts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (cell, expected) in [
            ("0", "0 B"),
            ("1023", "1023 B"),
            ("1024", "1.0 KB"),
            ("1610612736", "1.5 GB"),
            ("1048575", "1.0 MB"),
            ("-2048", "-2.0 KB"),
            ("9223372036854775807", "8.0 EB"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            assert_eq!(size(cell), expected);
        }
    }

    #[test]
    fn times() {
        for (cell, expected) in [
            ("2026-08-21T10:11:12Z", "2026-08-21 10:11:12Z"),
            ("2026-08-21T10:11:12.123Z", "2026-08-21 10:11:12Z"),
            ("2026-08-21T10:11:12+02:00", "2026-08-21T10:11:12+02:00"),
            ("never", "never"),
        ] {
            assert_eq!(time(cell), expected);
        }
    }

    #[test]
    fn durations() {
        for (cell, expected) in [
            ("0", "0s"),
            ("0.25", "0.25s"),
            ("59", "59s"),
            ("3600", "1h"),
            ("93784", "1d 2h"),
            ("-61", "-1m 1s"),
            ("61.9", "1m 1s"),
            ("1e3", "1e3"),
        ] {
            assert_eq!(duration(cell), expected);
        }
    }
}
