//! SQLite's record format: a header of types, then the values (file format §2.1).

use rusqlite::types::ValueRef;

/// Replaces the content of `out` by the record of `values`, of which there are at most 14: their
/// header then stays under 128 bytes, and its length in one.
pub(super) fn encode(values: &[ValueRef<'_>], out: &mut Vec<u8>) {
    out.clear();
    out.push(0);
    for value in values {
        let serial_type = match value {
            ValueRef::Null => 0,
            ValueRef::Integer(number) => integer(*number).0,
            ValueRef::Real(_) => 7,
            ValueRef::Text(bytes) => 2 * bytes.len() as u64 + 13,
            ValueRef::Blob(bytes) => 2 * bytes.len() as u64 + 12,
        };
        varint(serial_type, out);
    }
    out[0] = out.len() as u8;
    for value in values {
        match value {
            ValueRef::Integer(n) => out.extend_from_slice(&n.to_be_bytes()[8 - integer(*n).1..]),
            ValueRef::Real(n) => out.extend_from_slice(&n.to_be_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => out.extend_from_slice(bytes),
            ValueRef::Null => {}
        }
    }
}

/// Type of a whole number and how many bytes it takes.
fn integer(number: i64) -> (u64, usize) {
    match number {
        0 => (8, 0),
        1 => (9, 0),
        -0x80..=0x7F => (1, 1),
        -0x8000..=0x7FFF => (2, 2),
        -0x80_0000..=0x7F_FFFF => (3, 3),
        -0x8000_0000..=0x7FFF_FFFF => (4, 4),
        -0x8000_0000_0000..=0x7FFF_FFFF_FFFF => (5, 6),
        _ => (6, 8),
    }
}

/// Appends `number`, below 2⁵⁶, in groups of seven bits, highest first, all but the last marked.
#[inline]
pub(super) fn varint(number: u64, out: &mut Vec<u8>) {
    match number {
        0..0x80 => return out.push(number as u8),
        0x80..0x4000 => {
            return out.extend_from_slice(&[(number >> 7) as u8 | 0x80, number as u8 & 0x7F]);
        }
        _ => {}
    }
    let mut shift = (number | 1).ilog2() / 7 * 7;
    while shift > 0 {
        out.push((number >> shift) as u8 | 0x80);
        shift -= 7;
    }
    out.push(number as u8 & 0x7F);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_have_the_shortest_form() {
        let cases: [(u64, &[u8]); 7] = [
            (0, &[0]),
            (0x7F, &[0x7F]),
            (0x80, &[0x81, 0x00]),
            (0x3FFF, &[0xFF, 0x7F]),
            (0x4000, &[0x81, 0x80, 0x00]),
            (0xFFFF_FFFF, &[0x8F, 0xFF, 0xFF, 0xFF, 0x7F]),
            (
                (1 << 56) - 1,
                &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            ),
        ];
        for (number, expected) in cases {
            let mut out = Vec::new();
            varint(number, &mut out);
            assert_eq!(out, expected, "{number}");
        }
    }

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        let cases: [(i64, &[u8]); 9] = [
            (0, &[2, 8]),
            (1, &[2, 9]),
            (-1, &[2, 1, 0xFF]),
            (127, &[2, 1, 127]),
            (128, &[2, 2, 0, 128]),
            (-8_388_608, &[2, 3, 0x80, 0, 0]),
            (8_388_608, &[2, 4, 0, 0x80, 0, 0]),
            (1 << 31, &[2, 5, 0, 0, 0x80, 0, 0, 0]),
            (1 << 47, &[2, 6, 0, 0, 0x80, 0, 0, 0, 0, 0]),
        ];
        for (number, expected) in cases {
            let mut out = Vec::new();
            encode(&[ValueRef::Integer(number)], &mut out);
            assert_eq!(out, expected, "{number}");
        }
    }
}
