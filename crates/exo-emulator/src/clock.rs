//! The emulator's clock, which may be told to be wrong, and the ways to print a time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock that is a number of seconds ahead of the machine's.
#[derive(Debug)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    pub(crate) const fn ahead_by(ahead: i64) -> Self {
        Self { ahead: AtomicI64::new(ahead) }
    }

    /// Moves the clock ahead by so many seconds more; back if they are negative.
    pub(crate) fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Seconds since 1970, by this clock.
    pub(crate) fn now(&self) -> i64 {
        self.now_millis().div_euclid(1000)
    }

    /// Milliseconds since 1970, by this clock.
    #[expect(clippy::disallowed_methods, reason = "the emulator is a service: its clock is the machine's, moved")]
    pub(crate) fn now_millis(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + self.ahead.load(Ordering::Relaxed) * 1000
    }
}

/// A time taken apart, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    second_of_day: i64,
    weekday: usize,
}

impl Civil {
    pub(crate) fn from_unix(seconds: i64) -> Self {
        let days = seconds.div_euclid(86_400);
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(1970),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
            second_of_day: seconds.rem_euclid(86_400),
            weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0),
        }
    }

    fn clock_face(self) -> (i64, i64, i64) {
        (self.second_of_day / 3600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }

    /// `2026-11-20T10:11:12`, without zone.
    pub(crate) fn iso(self) -> String {
        let mut out = Vec::with_capacity(19);
        self.push_iso(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Appends the form of [`Civil::iso`].
    pub(crate) fn push_iso(self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock_face();
        let year = i64::from(self.year);
        let parts = [
            (b'\0', year / 100),
            (b'\0', year % 100),
            (b'-', i64::from(self.month)),
            (b'-', i64::from(self.day)),
            (b'T', hour),
            (b':', minute),
            (b':', second),
        ];
        for (before, number) in parts {
            if before != b'\0' {
                out.push(before);
            }
            let two = u8::try_from(number).unwrap_or(0) % 100;
            out.extend_from_slice(&[b'0' + two / 10, b'0' + two % 10]);
        }
    }

    /// `Fri, 20 Nov 2026 10:11:12 GMT`.
    pub(crate) fn http(self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (hour, minute, second) = self.clock_face();
        let Self { year, day, .. } = self;
        let weekday = DAYS[self.weekday % 7];
        let month = MONTHS[usize::from(self.month.saturating_sub(1)) % 12];
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    /// `11/20/2026 10:11:12 +00:00`, as very old hosts of managed identities print times.
    pub(crate) fn american(self) -> String {
        let (hour, minute, second) = self.clock_face();
        let Self { year, month, day, .. } = self;
        format!("{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}:{second:02} +00:00")
    }

    /// `2026-11-20 10:11:12Z`, as the token service prints times.
    pub(crate) fn token_service(self) -> String {
        format!("{}Z", self.iso().replace('T', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_in_the_three_forms() {
        let civil = Civil::from_unix(1_795_169_472);
        assert_eq!(civil.iso(), "2026-11-20T10:11:12");
        assert_eq!(civil.http(), "Fri, 20 Nov 2026 10:11:12 GMT");
        assert_eq!(civil.token_service(), "2026-11-20 10:11:12Z");
        assert_eq!(civil.american(), "11/20/2026 10:11:12 +00:00");
        assert_eq!(Civil::from_unix(951_782_400).iso(), "2000-02-29T00:00:00");
        assert_eq!(Civil::from_unix(-1).iso(), "1969-12-31T23:59:59");
    }
}
