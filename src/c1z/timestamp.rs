//! Timestamps of the file: local wall clock, no zone, trailing zeros of the fraction removed (contract c1z §4.2).

use jiff::civil::{Date, DateTime};
use jiff::{ToSpan, ZonedDateTime};

/// The wall clock of `moment` in its own zone.
pub(crate) fn text(moment: &ZonedDateTime) -> String {
    civil_text(moment.datetime())
}

/// When a sync ends: at `now`, but never before it `started`, and above `greatest`, the greatest end
/// in the file, because readers take the greatest as the latest, and local clocks jump back.
pub(crate) fn end(now: &ZonedDateTime, started: &str, greatest: Option<&str>) -> String {
    let now = text(now);
    let end = now.as_str().max(started);
    match greatest {
        Some(greatest) if end <= greatest => above(greatest).unwrap_or(now),
        _ => end.to_owned(),
    }
}

/// The next timestamp after `greatest`, which may come from a tool with a habit of its own.
fn above(greatest: &str) -> Option<String> {
    let next = |time: DateTime| time.checked_add(1.nanosecond()).ok().map(civil_text);
    let exact = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", greatest).ok();
    let next_day = || {
        let date: Date = greatest.get(..10)?.parse().ok()?;
        Some(civil_text(date.tomorrow().ok()?.at(0, 0, 0, 0)))
    };
    exact
        .and_then(next)
        .filter(|next| next.as_str() > greatest)
        .or_else(next_day)
}

fn civil_text(time: DateTime) -> String {
    let whole = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    match time.subsec_nanosecond() {
        0 => whole,
        nanoseconds => {
            let fraction = format!("{nanoseconds:09}");
            format!("{whole}.{}", fraction.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> ZonedDateTime {
        text.parse().unwrap()
    }

    /// checklist c1z 20
    #[test]
    fn local_wall_clock_without_zone_and_trailing_zeros() {
        let cases = [
            ("2026-11-23T22:11:23+05:30[+05:30]", "2026-11-23 22:11:23"),
            ("2026-11-23T22:11:23.5+00:00[UTC]", "2026-11-23 22:11:23.5"),
            (
                "2026-11-23T22:11:23.000000010-05:00[-05:00]",
                "2026-11-23 22:11:23.00000001",
            ),
            (
                "2026-01-02T03:04:05.123456789+00:00[UTC]",
                "2026-01-02 03:04:05.123456789",
            ),
        ];
        for (moment, expected) in cases {
            assert_eq!(text(&at(moment)), expected);
        }
    }

    #[test]
    fn an_end_is_never_below_the_start_nor_at_or_below_an_older_end() {
        let now = at("2026-11-23T10:00:00+00:00[UTC]");
        let started = "2026-11-23 09:59:00";
        let cases = [
            (started, None, "2026-11-23 10:00:00"),
            (started, Some("2026-11-23 09:00:00"), "2026-11-23 10:00:00"),
            ("2026-11-23 10:30:00", None, "2026-11-23 10:30:00"),
            (
                started,
                Some("2026-11-23 10:00:00"),
                "2026-11-23 10:00:00.000000001",
            ),
            (
                started,
                Some("2099-12-31 23:59:59.999999999"),
                "2100-01-01 00:00:00",
            ),
            (started, Some("2026-11-23T12:00:00Z"), "2026-11-24 00:00:00"),
            (
                started,
                Some("2026-11-23 12:00:00+01:00"),
                "2026-11-24 00:00:00",
            ),
            (started, Some("nonsense"), "2026-11-23 10:00:00"),
        ];
        for (started, greatest, expected) in cases {
            let end = end(&now, started, greatest);
            assert_eq!(end, expected);
            if let Some(greatest) = greatest.filter(|text| *text != "nonsense") {
                assert!(end.as_str() > greatest, "{end} must sort after {greatest}");
            }
        }
    }
}
