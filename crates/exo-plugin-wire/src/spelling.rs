//! How the service and people write sizes, spans of time and times.

use std::fmt;

mod json;

/// The byte size that stands for `Unlimited`.
pub const UNLIMITED: u64 = u64::MAX;

/// Units of sizes: each 1,024 times the one before.
const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];

/// Reads a size: `49.5 GB (53,150,220,288 bytes)`, `Unlimited`, `40 GB`, `1024`.
///
/// Where a count of bytes stands in brackets it wins, since the number before it is rounded.
///
/// ```
/// use exo_plugin_wire::parse_byte_size;
/// assert_eq!(parse_byte_size("99 GB (106,300,440,576 bytes)"), Some(106_300_440_576));
/// assert_eq!(parse_byte_size("1.5 kb"), Some(1536));
/// assert_eq!(parse_byte_size("plenty"), None);
/// ```
pub fn parse_byte_size(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("unlimited") {
        return Some(UNLIMITED);
    }
    if let Some((_, bracket)) = text.split_once('(') {
        let digits = bracket.trim_end().strip_suffix(')')?.trim_end();
        let digits = digits.strip_suffix("bytes").or_else(|| digits.strip_suffix("byte"))?.trim_end();
        return whole(digits);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim();
    let power = if unit.is_empty() { 0 } else { UNITS.iter().position(|u| u.eq_ignore_ascii_case(unit))? };
    let (units, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.ends_with('.') || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = u128::from(whole(units)?) * scale + u128::from(if fraction.is_empty() { 0 } else { whole(fraction)? });
    let bytes = parts.checked_mul(1_u128 << (10 * power))? / scale;
    u64::try_from(bytes).ok().filter(|bytes| *bytes != UNLIMITED)
}

/// Digits, in threes with commas or without.
fn whole(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next().filter(|group| !group.is_empty())?;
    let first = unsigned(first)?;
    groups.try_fold(first, |number, group| {
        let more = unsigned(group).filter(|_| group.len() == 3)?;
        number.checked_mul(1000)?.checked_add(more)
    })
}

/// Digits and nothing else, not even a sign.
fn unsigned(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(digit.into()) }
    })
}

/// A span of time, as .NET counts it: in steps of 100 nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeSpan {
    ticks: i64,
}

const TICKS: i64 = 10_000_000;

impl TimeSpan {
    /// So many steps of 100 nanoseconds.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self { ticks }
    }

    /// So many seconds; the longest span where that is more than one can hold.
    pub const fn from_secs(seconds: i64) -> Self {
        Self { ticks: seconds.saturating_mul(TICKS) }
    }

    /// So many days.
    pub const fn from_days(days: i64) -> Self {
        Self::from_secs(days.saturating_mul(86_400))
    }

    /// So many seconds; none where that is more than a span can hold.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked before the cast")]
    pub fn from_secs_f64(seconds: f64) -> Option<Self> {
        let ticks = (seconds * 1e7).round();
        (ticks.abs() < 9.2e18).then_some(Self { ticks: ticks as i64 })
    }

    /// Seconds, as near as a float comes.
    #[expect(clippy::cast_precision_loss, reason = "as near as a float comes")]
    pub fn as_secs_f64(self) -> f64 {
        self.ticks as f64 / 1e7
    }

    /// Steps of 100 nanoseconds.
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// Whole seconds, without the rest.
    pub const fn whole_seconds(self) -> i64 {
        self.ticks / TICKS
    }

    /// What whole seconds leave, in steps of 100 nanoseconds.
    pub const fn subsec_ticks(self) -> i64 {
        self.ticks % TICKS
    }
}

/// As the service writes it: `14.00:00:00`.
impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks = self.ticks.unsigned_abs();
        let (seconds, rest) = (ticks / TICKS.unsigned_abs(), ticks % TICKS.unsigned_abs());
        let (days, seconds) = (seconds / 86_400, seconds % 86_400);
        f.write_str(if self.ticks < 0 { "-" } else { "" })?;
        if days > 0 {
            write!(f, "{days}.")?;
        }
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if rest > 0 { write!(f, ".{rest:07}") } else { Ok(()) }
    }
}

/// Reads a span of time: the service's `[-][d.]hh:mm:ss[.fffffff]`, or a person's `14d`, `36h`, `90m`, `30s`.
pub fn parse_time_span(text: &str) -> Option<TimeSpan> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let ticks = if text.contains(':') { clock(text)? } else { person(text)? };
    Some(TimeSpan { ticks: ticks.checked_mul(sign)? })
}

fn person(text: &str) -> Option<i64> {
    let seconds = match text.as_bytes().last()? {
        b'd' => 86_400,
        b'h' => 3600,
        b'm' => 60,
        b's' => 1,
        _ => return None,
    };
    digits(text.get(..text.len() - 1)?)?.checked_mul(seconds)?.checked_mul(TICKS)
}

fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (head, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = head.split_once('.').unwrap_or(("0", head));
    let (seconds, rest) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let two = |text: &str, below: i64| digits(text).filter(|n| text.len() == 2 && *n < below);
    let ticks = fraction(rest, 7)?;
    let seconds = two(hours, 24)? * 3600 + two(minutes, 60)? * 60 + two(seconds, 60)?;
    let seconds = digits(days)?.checked_mul(86_400)?.checked_add(seconds)?;
    seconds.checked_mul(TICKS)?.checked_add(ticks)
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() { None } else { i64::try_from(unsigned(text)?).ok() }
}

/// The digits after a point, as a number of so many digits.
fn fraction(text: &str, width: usize) -> Option<i64> {
    let missing = width.checked_sub(text.len())?;
    Some(digits(text)? * 10_i64.pow(u32::try_from(missing).ok()?))
}

/// A time, in UTC, between the years 1 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    seconds: i64,
    nanos: u32,
}

impl DateTime {
    /// So many seconds after the beginning of 1970; none outside the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        ((days_of(1, 1, 1) * 86_400)..(days_of(10_000, 1, 1) * 86_400))
            .contains(&seconds)
            .then_some(Self { seconds, nanos: 0 })
    }

    /// The beginning of 1970.
    pub const fn epoch() -> Self {
        Self { seconds: 0, nanos: 0 }
    }

    /// Seconds since the beginning of 1970.
    pub const fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds beyond the second.
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// How much later it is than another time.
    pub const fn since(self, earlier: Self) -> TimeSpan {
        let seconds = TimeSpan::from_secs(self.seconds.saturating_sub(earlier.seconds)).ticks;
        TimeSpan { ticks: seconds.saturating_add((self.nanos as i64 - earlier.nanos as i64) / 100) }
    }
}

/// As in results: RFC 3339, in UTC.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        write!(f, "{year:04}-{month:02}-{day:02}T")?;
        write!(f, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
        if self.nanos > 0 {
            let fraction = format!("{:09}", self.nanos);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Reads a time: `2026-01-31T08:15:00.1234567Z`, with `+00:00` or another offset, or without zone, which is UTC; or a date.
pub fn parse_date_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some(parts) => parts,
        None => (text, "00:00:00Z"),
    };
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (time, offset) = offset(time)?;
    let (time, rest) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    let nanos = fraction(rest, 9)?;
    let good = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=last_day(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    let time = DateTime::from_unix(seconds).filter(|_| good)?;
    Some(DateTime { nanos: u32::try_from(nanos).ok()?, ..time })
}

fn fields(text: &str, by: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(by);
    let mut found = [0; 3];
    for (field, width) in found.iter_mut().zip(widths) {
        *field = digits(parts.next().filter(|part| part.len() == width)?)?;
    }
    parts.next().is_none().then_some(found)
}

/// Takes the zone off a time; the offset in seconds.
fn offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (time, zone) = time.split_at(at);
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str, below: i64| digits(text).filter(|n| text.len() == 2 && *n < below);
    let seconds = two(hours, 24)? * 3600 + two(minutes, 60)? * 60;
    Some((time, if zone.starts_with('-') { -seconds } else { seconds }))
}

fn last_day(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. Years begin in March, so that the leap day comes last.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests;
