//! The real program, a fake `op`, and one thing that goes wrong, over and over: afterwards the exit
//! code is right, the output file is the old one or a complete new one, and nothing is left behind
//! or told to anybody.
//!
//! `FAULT_CASES=10000` runs so many seeded cases, `FAULT_SEED=17` that one alone.

mod case;
mod chance;
#[cfg(target_os = "linux")]
mod core_files;
mod expected;
mod run;
mod tenants;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, Fault, GARBAGE};
use tenants::{Means, prepared};
use words::{Class, WORDS};

/// Seeds that `cargo test` runs.
const CASES: u64 = 1000;
/// Cases at a time: most of them wait for something.
const THREADS: usize = 8;

/// Among other things, no failure exits with 0.
#[test]
fn seeded_faults_lose_leak_and_leave_nothing() {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().unwrap())
    };
    let seeds: Vec<u64> = match number("FAULT_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("FAULT_CASES").unwrap_or(CASES)).collect(),
    };
    let cases = seeds
        .into_iter()
        .map(|seed| (format!("seed {seed}"), Case::of_seed(seed)));
    run_all(cases.collect());
}

/// Every call of a sync fails once for good, by each means, and hangs once.
#[test]
fn every_call_may_fail_or_hang() {
    let mut cases = Vec::new();
    let refused = WORDS
        .iter()
        .position(|words| words.text.starts_with("(403)"))
        .unwrap();
    for (tenant, means) in [(4, Means::Unlocked), (3, Means::Service), (5, Means::User)] {
        for call in 0..prepared(tenant).calls[means as usize].len() {
            let words = Fault::Words {
                call,
                words: refused,
                once: false,
            };
            for fault in [
                words,
                Fault::Hang {
                    call,
                    helper: false,
                },
            ] {
                cases.push(Case {
                    tenant,
                    means,
                    old: true,
                    again: false,
                    fault,
                });
            }
        }
    }
    run_all(named(cases));
}

/// Every class of words that `op` fails with, and every kind of useless answer, at a call that is
/// needed and one that is not.
#[test]
fn every_class_of_failure_is_told_apart() {
    let mut cases = Vec::new();
    let at = |start: &str| {
        let calls = &prepared(4).calls[Means::Unlocked as usize];
        calls
            .iter()
            .position(|call| call.starts_with(start))
            .unwrap()
    };
    let needed = [
        "account get",
        "user list",
        "vault list --format",
        "group user list",
        "vault user list",
        "vault group list",
    ];
    for (words, row) in WORDS.iter().enumerate() {
        let once = row.class == Class::Passing;
        let service = &prepared(4).calls[Means::Service as usize];
        let members = service
            .iter()
            .position(|call| call.starts_with("group user list"));
        for (means, call) in [
            (Means::Unlocked, at(needed[words % needed.len()])),
            (Means::Unlocked, at("vault list --permission")),
            (Means::Unlocked, at("connect server")),
            (Means::Service, members.unwrap()),
        ] {
            let fault = Fault::Words { call, words, once };
            cases.push(Case {
                tenant: 4,
                means,
                old: true,
                again: false,
                fault,
            });
        }
    }
    for text in GARBAGE {
        for call in needed.map(at).into_iter().chain([at("connect token")]) {
            let fault = Fault::Garbage { call, text };
            cases.push(Case {
                tenant: 4,
                means: Means::Unlocked,
                old: true,
                again: false,
                fault,
            });
        }
    }
    run_all(named(cases));
}

fn named(cases: Vec<Case>) -> Vec<(String, Case)> {
    cases
        .into_iter()
        .map(|case| (String::new(), case))
        .collect()
}

/// Runs the cases a few at a time and fails with all that went wrong.
fn run_all(cases: Vec<(String, Case)>) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((name, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run::check(case))) {
                        let text = panic.downcast_ref::<String>().cloned();
                        let text = text
                            .or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
                        let text = text.unwrap_or_default();
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{name} {case:?}: {text}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
