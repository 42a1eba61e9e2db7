//! Ids of syncs: KSUID, 4 bytes of seconds since 2014-05-13 and 16 random bytes, in base 62.

use jiff::Timestamp;

const EPOCH: i64 = 1_400_000_000;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 27;

/// The id of a sync that starts at `moment`. Outside 2014 to 2150 the nearest moment counts.
pub(crate) fn new(moment: Timestamp, random: [u8; 16]) -> String {
    let seconds = (moment.as_second() - EPOCH).clamp(0, i64::from(u32::MAX)) as u32;
    // Five digits of base 2^32, the most significant first.
    let mut number = [seconds, 0, 0, 0, 0];
    for (digit, bytes) in number[1..].iter_mut().zip(random.as_chunks().0) {
        *digit = u32::from_be_bytes(*bytes);
    }
    let mut text = [b'0'; LENGTH];
    for character in text.iter_mut().rev() {
        *character = DIGITS[divide_by_62(&mut number)];
    }
    text.iter()
        .map(|&character| char::from(character))
        .collect()
}

/// When the sync of an id started, to the second; None when it is no KSUID.
pub(crate) fn moment(id: &str) -> Option<Timestamp> {
    if id.len() != LENGTH {
        return None;
    }
    let mut number = [0_u32; 5];
    for character in id.bytes() {
        let mut carry = DIGITS.iter().position(|digit| *digit == character)? as u64;
        for digit in number.iter_mut().rev() {
            carry += u64::from(*digit) * 62;
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            return None;
        }
    }
    Timestamp::from_second(EPOCH + i64::from(number[0])).ok()
}

/// Divides in place and returns the remainder.
fn divide_by_62(number: &mut [u32; 5]) -> usize {
    let mut remainder = 0_u64;
    for digit in number {
        let value = (remainder << 32) | u64::from(*digit);
        *digit = (value / 62) as u32;
        remainder = value % 62;
    }
    remainder as usize
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
