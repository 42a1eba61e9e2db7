//! What the matrix and its changes are written with.

use serde_json::{Value, json};

use super::model::{Principal, SignIn};

/// Name, id, e-mail, status, state, kind, last sign-in.
pub(super) fn row(principal: &Principal) -> Value {
    let email = crate::text::plain(&principal.email);
    let (status, state) = (principal.status.word(), principal.status_text());
    json!([
        principal.label,
        principal.id,
        email,
        status,
        state,
        principal.sort.word(),
        sign_in(principal.signed_in),
    ])
}

/// The day, `never`, or nothing where the file does not say.
fn sign_in(signed_in: SignIn) -> String {
    match signed_in {
        SignIn::Unknown => String::new(),
        SignIn::Never => "never".to_owned(),
        SignIn::At(at) => at.strftime("%F").to_string(),
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
