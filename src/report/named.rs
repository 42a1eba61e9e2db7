//! What somebody means by an id, a name or an e-mail address, and how those that may be meant are
//! shown.

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

impl<'s, T: Copy> Named<'s, T> {
    /// The one that is meant: an id first, else a whole name or address, letter case aside.
    ///
    /// # Errors
    /// All of that name, when it is not one.
    pub fn choose<'n>(all: &'n [Self], text: &str) -> Result<T, Vec<&'n Self>> {
        if let Some(one) = all.iter().find(|one| one.id == text) {
            return Ok(one.what);
        }
        let text = text.to_lowercase();
        let is = |one: &&Self| {
            let own = [one.name, one.email, &one.label];
            !text.is_empty() && own.iter().any(|own| own.to_lowercase() == text)
        };
        match all.iter().filter(is).collect::<Vec<_>>() {
            one if one.len() == 1 => Ok(one[0].what),
            others => Err(others),
        }
    }

    /// Whether the text, in lower case, is part of it.
    pub fn has(&self, text: &str) -> bool {
        let own = [self.name, self.email, self.id];
        !text.is_empty() && own.iter().any(|own| own.to_lowercase().contains(text))
    }

    /// Lines that say that a name is not one's alone.
    pub fn ambiguous(text: &str, all: &[&Self]) -> Vec<String> {
        let head = format!("{:?} is the name of {}; ask by id:", plain(text), all.len());
        Self::list(head, all)
    }

    /// A line, and one for each of them: id, name and address.
    pub fn list(head: String, some: &[&Self]) -> Vec<String> {
        let lines = some.iter().take(CANDIDATES).map(|one| one.line());
        std::iter::once(head).chain(lines).collect()
    }

    fn line(&self) -> String {
        let email = match self.email {
            "" => String::new(),
            email => format!(" <{}>", plain(email)),
        };
        format!("  {}  {}{email}", plain(self.id), self.label)
    }
}
