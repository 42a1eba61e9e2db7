//! Timestamps of the file: UTC without a zone, trailing zeros of the fraction removed. Other
//! writers store the wall clock of their machine: [`offset`] tells what they meant.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Zones differ from UTC by multiples of this, and by no more than 14 hours.
const QUARTER: i64 = 15 * 60;
const FARTHEST: i64 = 14 * 60 * 60;
/// How long after its id was made a sync may have noted its start.
const SLACK: i64 = 60;

/// The text of a moment.
pub(crate) fn text(moment: Timestamp) -> String {
    civil_text(Offset::UTC.to_datetime(moment))
}

/// Seconds that the clock of a writer was ahead of UTC when it noted the start `text` of a sync
/// that by its id started at `moment`. None when the two have nothing to do with each other.
pub(crate) fn offset(text: &str, moment: Timestamp) -> Option<i64> {
    let ahead = instant(text, 0)?.as_second() - moment.as_second();
    let zone = (ahead + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    ((ahead - zone).abs() <= SLACK && zone.abs() <= FARTHEST).then_some(zone)
}

/// The moment of a text whose writer's clock was so many seconds ahead of UTC. A text that names a
/// zone is taken by its word.
pub(crate) fn instant(text: &str, ahead: i64) -> Option<Timestamp> {
    if let Ok(exact) = text.parse() {
        return Some(exact);
    }
    let civil: DateTime = text.parse().ok()?;
    let moment = Offset::UTC.to_timestamp(civil).ok()?;
    moment.checked_sub(SignedDuration::from_secs(ahead)).ok()
}

/// When a sync ends: at `now`, but never before it `started`, and above `greatest`, the greatest
/// end in the file, because readers compare these texts and take the greatest for the latest.
pub(crate) fn end(now: Timestamp, started: &str, greatest: Option<&str>) -> String {
    let now = text(now);
    let end = now.as_str().max(started);
    match greatest {
        Some(greatest) if end <= greatest => above(greatest).unwrap_or(now),
        _ => end.to_owned(),
    }
}

/// The next timestamp after `greatest`, if any; that may come from a tool with habits of its own.
pub(crate) fn above(greatest: &str) -> Option<String> {
    let next = |time: DateTime| time.checked_add(1.nanosecond()).ok().map(civil_text);
    let exact = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", greatest).ok();
    let next_day = || {
        let date: Date = greatest.get(..10)?.parse().ok()?;
        Some(civil_text(date.tomorrow().ok()?.at(0, 0, 0, 0)))
    };
    let mut nexts = [exact.and_then(next), next_day()].into_iter().flatten();
    nexts.find(|next| next.as_str() > greatest)
}

fn civil_text(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S%.f").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// `src/c1z/format.md`, Checklist 20, in UTC
    #[test]
    fn utc_without_zone_and_trailing_zeros() {
        let cases = [
            ("2026-11-23T22:11:23+05:30", "2026-11-23 16:41:23"),
            ("2026-11-23T22:11:23.5Z", "2026-11-23 22:11:23.5"),
            (
                "2026-11-23T22:11:23.000000010-05:00",
                "2026-11-24 03:11:23.00000001",
            ),
            (
                "2026-01-02T03:04:05.123456789Z",
                "2026-01-02 03:04:05.123456789",
            ),
        ];
        for (moment, expected) in cases {
            assert_eq!(text(at(moment)), expected);
        }
    }

    /// Old files hold wall clocks; the id of the sync tells how far they were from UTC.
    #[test]
    fn the_zone_of_an_old_file_is_told_by_the_id_of_its_sync() {
        let moment = at("2026-11-23T16:25:26Z");
        for (text, hours) in [
            ("2026-11-23 16:25:26.123", Some(0.0)),
            ("2026-11-23 21:55:26.9", Some(5.5)),
            ("2026-11-23 11:25:40", Some(-5.0)),
            ("2026-11-24 06:25:26", Some(14.0)),
            ("2026-11-23 16:32:00", None),
            ("2026-11-24 16:25:26", None),
            ("nonsense", None),
        ] {
            let ahead = offset(text, moment);
            assert_eq!(ahead, hours.map(|hours| (hours * 3600.0) as i64), "{text}");
            if let Some(ahead) = ahead {
                let read = instant(text, ahead).unwrap().as_second();
                assert!((0..60).contains(&(read - moment.as_second())), "{text}");
            }
        }
        let named = instant("2026-11-23T21:55:26+05:30", 7200).unwrap();
        assert_eq!(named, moment, "a text with a zone needs no guess");
    }

    #[test]
    fn nothing_comes_after_nonsense_and_the_end_of_time() {
        for text in [
            "nonsense",
            "9999-12-31 23:59:59.999999999",
            "9999-12-31T00:00:00Z",
        ] {
            assert_eq!(above(text), None, "{text}");
        }
    }

    #[test]
    fn an_end_is_never_below_the_start_nor_at_or_below_an_older_end() {
        let now = at("2026-11-23T10:00:00Z");
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
            let end = end(now, started, greatest);
            assert_eq!(end, expected);
            if let Some(greatest) = greatest.filter(|text| *text != "nonsense") {
                assert!(end.as_str() > greatest, "{end} must sort after {greatest}");
            }
        }
    }
}
