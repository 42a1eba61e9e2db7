//! Figures and times as people read them.

use jiff::{Timestamp, ZonedDateTime};

use crate::text::plain;

/// A time of a file, to the minute, in the zone of `now`; the text as stored where it is no time.
pub(super) fn local_time(time: Option<Timestamp>, stored: &str, now: &ZonedDateTime) -> String {
    match time {
        Some(time) => time
            .to_zoned_datetime(now.time_zone().clone())
            .strftime(LOCAL)
            .to_string(),
        None => plain(stored).into_owned(),
    }
}

/// How a local time is written: its zone is part of it.
pub(super) const LOCAL: &str = "%Y-%m-%d %H:%M local time (UTC%:z)";

/// "1 person", "2 people".
pub(super) fn number(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
