//! One case: a tenant, a way to be signed in, and one thing that goes wrong. A seed makes the same
//! case every time.

use crate::faults::chance::Chance;
use crate::faults::tenants::{Means, TENANTS, prepared};
use crate::faults::words::{Class, WORDS};

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The call fails with a text of `WORDS`; `once` or every time.
    Words {
        call: usize,
        words: usize,
        once: bool,
    },
    /// The call never ends.
    Hang { call: usize, helper: bool },
    /// The program gets a signal while the call runs; the call then hangs, or is answered.
    Signal {
        call: usize,
        signal: i32,
        hang: bool,
    },
    /// The call succeeds and prints something that is no answer.
    Garbage { call: usize, text: &'static str },
    /// The call prints so many bytes of noise before its answer, or in place of it.
    Flood {
        call: usize,
        stdout: bool,
        bytes: u64,
    },
    /// `op` crashes.
    Abort { call: usize },
    /// No file grows beyond so many blocks of 512 bytes; by default the kernel also sends a signal
    /// then.
    FullDisk { blocks: usize, signal: bool },
    /// The output file cannot be what it is asked to be.
    Place(Place),
    /// The output file is a link; everything works.
    Link,
    /// Somebody puts another file where the output belongs.
    TargetReplaced { call: usize },
    /// Somebody replaces `op`.
    OpReplaced { call: usize, by: Replacement },
    /// So many runs write the same file at once.
    Together { runs: usize },
    /// The old file comes from the future, and the machine has moved to another time zone.
    Clock { zone: &'static str },
    /// A helper that holds `op`'s output open is left behind.
    Leftover { call: usize },
    /// The first of `call`s of a grant that fails, hangs, or is interrupted.
    Grant { call: usize, how: Broken },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    NoFolder,
    BelowFile,
    Folder,
    Ring,
    Foreign,
    Cut,
    Version3,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    Nothing,
    NoProgram,
    Silent,
    Update,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Broken {
    Words(usize),
    Hang,
    Signal(i32),
    Abort,
}

pub(crate) const GARBAGE: [&str; 6] = [
    "",
    "<html><body>Sign in to the proxy</body></html>",
    "[{\"id\": \"USER0\"",
    "[] and more",
    "[[[[[[",
    "{\"id\": 5}",
];

const SIGNALS: [i32; 4] = [1, 2, 15, 9];

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) tenant: usize,
    pub(crate) means: Means,
    /// Whether there is a good file of an earlier state.
    pub(crate) old: bool,
    /// Whether another run follows, with nothing going wrong.
    pub(crate) again: bool,
    pub(crate) fault: Fault,
}

impl Case {
    /// The case of a seed.
    pub(crate) fn of_seed(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let tenant = chance.below(TENANTS);
        let means = chance.of(&[
            Means::Unlocked,
            Means::Unlocked,
            Means::Service,
            Means::User,
        ]);
        let calls = prepared(tenant).calls[means as usize].len();
        let call = chance.below(calls);
        Self {
            tenant,
            means,
            old: !chance.one_in(3),
            again: chance.one_in(5),
            fault: Self::fault(&mut chance, call),
        }
    }

    fn fault(chance: &mut Chance, call: usize) -> Fault {
        match chance.below(100) {
            0..40 => {
                let words = chance.below(WORDS.len());
                let quick = WORDS[words].class != Class::Passing;
                Fault::Words {
                    call,
                    words,
                    once: if quick { chance.one_in(4) } else { true },
                }
            }
            40..44 => Fault::Hang {
                call,
                helper: chance.one_in(2),
            },
            44..60 => Fault::Signal {
                call,
                signal: chance.of(&SIGNALS),
                hang: chance.one_in(2),
            },
            60..67 => Fault::Garbage {
                call,
                text: chance.of(&GARBAGE),
            },
            67..70 => Fault::Flood {
                call,
                stdout: chance.one_in(2),
                bytes: 1 << (16 + chance.below(7)),
            },
            70..73 => Fault::Abort { call },
            73..77 => Fault::FullDisk {
                blocks: 60 + chance.below(500),
                signal: chance.one_in(2),
            },
            77..82 => Fault::Place(chance.of(&[
                Place::NoFolder,
                Place::BelowFile,
                Place::Folder,
                Place::Ring,
                Place::Foreign,
                Place::Cut,
                Place::Version3,
                Place::System,
            ])),
            82..83 => Fault::Link,
            83..86 => Fault::TargetReplaced { call },
            86..89 => Fault::OpReplaced {
                call,
                by: chance.of(&[
                    Replacement::Nothing,
                    Replacement::NoProgram,
                    Replacement::Silent,
                    Replacement::Update,
                ]),
            },
            89..90 => Fault::Together {
                runs: chance.of(&[2, 5]),
            },
            90..93 => Fault::Clock {
                zone: chance.of(&[
                    "America/New_York",
                    "Pacific/Kiritimati",
                    "Asia/Kolkata",
                    "UTC",
                ]),
            },
            93..95 => Fault::Leftover { call },
            _ => Fault::Grant {
                call: chance.below(6),
                how: match chance.below(8) {
                    0 => Broken::Hang,
                    1 => Broken::Abort,
                    2 | 3 => Broken::Signal(chance.of(&SIGNALS)),
                    _ => Broken::Words(chance.below(WORDS.len())),
                },
            },
        }
    }

    /// The call that goes wrong, as `op` sees it.
    pub(crate) fn command(&self, call: usize) -> &'static str {
        &prepared(self.tenant).calls[self.means as usize][call]
    }
}
