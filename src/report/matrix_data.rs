//! What the matrix and its changes are written with.

use std::borrow::Cow;

use serde::Serialize;

use crate::text::plain;

use super::model::Principal;

/// Name, id, e-mail, status, state, kind, and the day of the last sign-in.
#[derive(Serialize)]
pub(super) struct Row<'r>(
    &'r str,
    &'r str,
    Cow<'r, str>,
    &'static str,
    String,
    &'static str,
    String,
);

impl<'r> Row<'r> {
    pub(super) fn new(who: &'r Principal) -> Self {
        Self(
            &who.label,
            &who.id,
            plain(&who.email),
            who.status.word(),
            who.status_text(),
            who.sort.word(),
            who.signed_in.day(""),
        )
    }
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        let mut bytes = Vec::new();
        for number in [0, 127, 128, 300, 1 << 21] {
            put(&mut bytes, number);
        }
        assert_eq!(bytes, [0, 0x7f, 0x80, 1, 0xac, 2, 0x80, 0x80, 0x80, 1]);
    }
}
