//! A change of access, in all and path by path.

use super::model::Path;
use super::permissions::Set;

/// One path of a [`Shift`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathShift {
    /// The path, its group a place in [`super::Changes::principals`].
    pub path: Path,
    /// What it gives now and did not.
    pub gained: Set,
    /// What it gave and does not any more.
    pub lost: Set,
}

/// A changed access between a principal and a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Place in [`super::Changes::principals`].
    pub principal: u32,
    /// Place in [`super::Changes::vaults`].
    pub vault: u32,
    /// What all paths together give now and did not.
    pub gained: Set,
    /// What all paths together gave and do not any more.
    pub lost: Set,
    /// The paths that changed. When nothing was gained or lost, only the paths did.
    pub paths: Vec<PathShift>,
    /// All paths of the newer sync, with what they give.
    pub now: Vec<(Path, Set)>,
}
