//! What somebody means by an id, a name or an e-mail address, and a list of what may be meant.

use std::borrow::Cow;

use crate::text::plain;

/// Most candidates that are listed.
const CANDIDATES: usize = 20;

/// Something that can be named.
#[derive(Debug)]
pub struct Named<'s, T> {
    /// What it is.
    pub what: T,
    /// Its id.
    pub id: &'s str,
    /// Its name, as it is stored.
    pub name: &'s str,
    /// Its e-mail address; empty where there is none.
    pub email: &'s str,
    /// Its name as it is shown.
    pub label: Cow<'s, str>,
}

impl<T: Copy> Named<'_, T> {
    /// The one that is meant: an id first, else a whole name or address, letter case aside.
    ///
    /// # Errors
    /// Lines that say that several have that name, and which.
    pub fn choose(all: &[Self], text: &str) -> Result<Option<T>, Vec<String>> {
        if let Some(one) = all.iter().find(|one| one.id == text) {
            return Ok(Some(one.what));
        }
        let lower = text.to_lowercase();
        let is = |one: &&Self| {
            let own = [one.name, one.email, &one.label];
            !text.is_empty() && own.iter().any(|own| own.to_lowercase() == lower)
        };
        let some: Vec<_> = all.iter().filter(is).collect();
        if some.len() > 1 {
            let (text, several) = (plain(text), some.len());
            let head = format!("{text:?} is the name of {several}; ask by id:");
            return Err(Self::list(head, &some));
        }
        Ok(some.first().map(|one| one.what))
    }

    /// A line, and one for each of them: id, name and address.
    pub fn list(head: String, some: &[&Self]) -> Vec<String> {
        let lines = some.iter().take(CANDIDATES).map(|one| {
            let email = match one.email {
                "" => String::new(),
                email => format!(" <{}>", plain(email)),
            };
            format!("  {}  {}{email}", plain(one.id), one.label)
        });
        std::iter::once(head).chain(lines).collect()
    }
}
