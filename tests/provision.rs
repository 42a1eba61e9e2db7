//! Grants and revocations: the real program or the library, against a fake `op` that holds a whole
//! account.

mod calls;
mod failures;
mod groups;
mod inherited;
mod losses;
mod names;
mod odd_answers;
mod refusals;
mod review;
mod round_trip;
mod vaults;
mod world;
