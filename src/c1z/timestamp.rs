//! Timestamps of the file: local wall clock, no zone, trailing zeros of the fraction removed (contract c1z §4.2).

use jiff::ZonedDateTime;

/// The wall clock of `moment` in its own zone.
pub(crate) fn text(moment: &ZonedDateTime) -> String {
    let whole = moment.strftime("%Y-%m-%d %H:%M:%S").to_string();
    match moment.subsec_nanosecond() {
        0 => whole,
        nanoseconds => {
            let fraction = format!("{nanoseconds:09}");
            format!("{whole}.{}", fraction.trim_end_matches('0'))
        }
    }
}
