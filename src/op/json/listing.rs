//! What every `list` verb answers.

use crate::op::Error;

/// The answer of a `list` verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows that carry an id, in the order of the answer.
    pub rows: Vec<T>,
    /// How many rows were `null` or carried no id.
    pub skipped: usize,
    /// The answer was JSON `null` instead of an array.
    pub null: bool,
}

impl<T> Listing<T> {
    /// The rows, for those to whom `null` is not the same as none: `command` is then an error.
    ///
    /// # Errors
    /// [`ErrorKind::NullAnswer`](crate::op::ErrorKind::NullAnswer).
    pub fn rows_or_error(self, command: &str) -> Result<Vec<T>, Error> {
        if self.null {
            return Err(Error::null_answer(command));
        }
        Ok(self.rows)
    }
}
