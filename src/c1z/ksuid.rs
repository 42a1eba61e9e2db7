//! Ids of syncs: KSUID, 4 bytes of seconds since 2014-05-13 and 16 random bytes, in base 62.

use jiff::Timestamp;

const EPOCH: i64 = 1_400_000_000;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 27;

/// The id of a sync that starts at `moment`. Outside 2014 to 2150 the nearest moment counts.
pub(crate) fn new(moment: Timestamp, random: [u8; 16]) -> String {
    let seconds = (moment.as_second() - EPOCH).clamp(0, i64::from(u32::MAX)) as u32;
    let mut number = [&seconds.to_be_bytes()[..], &random].concat();
    let mut text = [0; LENGTH];
    for character in text.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            rest = rest << 8 | usize::from(*byte);
            *byte = (rest / 62) as u8;
            rest %= 62;
        }
        *character = DIGITS[rest];
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// When the sync of an id started, to the second; None when it is no KSUID.
pub(crate) fn moment(id: &str) -> Option<Timestamp> {
    let mut number = [0_u8; 20];
    for character in id.bytes().take(LENGTH) {
        let mut carry = DIGITS.iter().position(|digit| *digit == character)?;
        for byte in number.iter_mut().rev() {
            carry += usize::from(*byte) * 62;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    let seconds = u32::from_be_bytes(*number.first_chunk()?);
    let moment = Timestamp::from_second(EPOCH + i64::from(seconds)).ok();
    moment.filter(|_| id.len() == LENGTH)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `src/c1z/format.md`, Checklist 19
    #[test]
    fn matches_known_ids() {
        let vectors = [
            (0, 0, "000000000000000000000000000"),
            (u32::MAX, u128::MAX, "aWgEPTl1tmebfsQzFP4bxwgy80V"),
            (
                107_608_047,
                0xB5A1_CD34_B5F9_9D11_54FB_6853_345C_9735,
                "0ujtsYcgvSTl8PAuAdqWYSMnLOv",
            ),
            (
                107_610_780,
                0x73FC_1AA3_B244_6246_D6E8_9FCD_909E_8FE8,
                "0ujzPyRiIAffKhBux4PvQdDqMHY",
            ),
        ];
        for (seconds, random, text) in vectors {
            let moment = Timestamp::from_second(EPOCH + i64::from(seconds)).unwrap();
            assert_eq!(new(moment, random.to_be_bytes()), text);
            assert_eq!(super::moment(text), Some(moment));
        }
    }

    #[test]
    fn what_is_no_ksuid_has_no_moment() {
        for text in [
            "",
            "short",
            "zzzzzzzzzzzzzzzzzzzzzzzzzzz",
            "0ujtsYcgvSTl8PAuAdqWYSMnLO-",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn moments_out_of_range_still_make_an_id() {
        let zeros = [0; 16];
        let early = new(Timestamp::from_second(0).unwrap(), zeros);
        assert_eq!(early, "000000000000000000000000000");
        let late = new(Timestamp::MAX, [255; 16]);
        assert_eq!(late, "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }
}
