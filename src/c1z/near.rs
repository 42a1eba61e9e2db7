//! Ids that look like a mistyped one.

/// Most suggestions that help anyone.
const SUGGESTIONS: usize = 3;

/// Collects the ids nearest to the one that was asked for.
pub(crate) struct Nearest<'w> {
    wanted: &'w [u8],
    /// More edits than this make another word: a third of the id, at most 4.
    most: usize,
    found: Vec<(usize, String)>,
    rows: [Vec<usize>; 2],
}

impl<'w> Nearest<'w> {
    pub(crate) fn new(wanted: &'w str) -> Self {
        Self {
            wanted: wanted.as_bytes(),
            most: (wanted.len() / 3).clamp(1, 4),
            found: Vec::new(),
            rows: Default::default(),
        }
    }

    /// Considers an id of the file.
    pub(crate) fn consider(&mut self, id: &str) {
        let Some(edits) = self.edits(id.as_bytes()) else {
            return;
        };
        let place = self.found.partition_point(|(other, _)| *other <= edits);
        self.found.insert(place, (edits, id.to_owned()));
        self.found.truncate(SUGGESTIONS);
        if self.found.len() == SUGGESTIONS {
            self.most = self.found[SUGGESTIONS - 1].0;
        }
    }

    /// The nearest ids, the nearest first.
    pub(crate) fn into_ids(self) -> Vec<String> {
        self.found.into_iter().map(|(_, id)| id).collect()
    }

    /// Inserted, removed and replaced bytes, letter case aside; None when there are too many.
    fn edits(&mut self, id: &[u8]) -> Option<usize> {
        if id.len().abs_diff(self.wanted.len()) > self.most {
            return None;
        }
        let [above, row] = &mut self.rows;
        above.clear();
        above.extend(0..=self.wanted.len());
        for (byte, line) in id.iter().zip(1..) {
            row.clear();
            row.push(line);
            for (place, wanted) in self.wanted.iter().enumerate() {
                let replaced = above[place] + usize::from(!byte.eq_ignore_ascii_case(wanted));
                row.push(replaced.min(above[place + 1] + 1).min(row[place] + 1));
            }
            // Edits never become fewer further down.
            if row.iter().min() > Some(&self.most) {
                return None;
            }
            std::mem::swap(above, row);
        }
        above.last().copied().filter(|edits| *edits <= self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(wanted: &str, ids: &[&str]) -> Vec<String> {
        let mut nearest = Nearest::new(wanted);
        ids.iter().for_each(|id| nearest.consider(id));
        nearest.into_ids()
    }

    #[test]
    fn the_nearest_come_first_and_strangers_not_at_all() {
        let ids = [
            "vault:abc:member",
            "vault:abd:manage vault",
            "group:x:member",
            "vault:abc:managing",
        ];
        assert_eq!(
            nearest("vault:abc:manage vaul", &ids),
            ["vault:abd:manage vault"]
        );
        assert_eq!(nearest("VAULT:abc:membre", &ids), ["vault:abc:member"]);
        assert_eq!(nearest("nothing like it at all", &ids), [] as [String; 0]);
        assert_eq!(nearest("", &["", "a", "ab"]), ["", "a"]);
    }

    #[test]
    fn no_more_than_three() {
        let ids = ["user:1", "user:2", "user:3", "user:4", "user:42"];
        assert_eq!(
            nearest("user:42", &ids).first().map(String::as_str),
            Some("user:42")
        );
        assert_eq!(nearest("user:9", &ids), ["user:1", "user:2", "user:3"]);
    }
}
