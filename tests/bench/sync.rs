//! Runs whole syncs of made-up tenants as a process, each twice into one file, and prints what they
//! cost.
//!
//! `cargo bench --bench sync` measures tenants of about 10 k, 100 k, 1 M and 3 M grants with an
//! `op` that answers at once, and the 100 k one with an `op` that takes 20 ms a call. `cargo bench
//! --bench sync -- 1M` measures one of them; `-- 1M 20 8` with 20 ms a call and 8 workers. CPU is
//! the connector's own; `op` is listed beside it. The figures depend on the machine, so nothing is
//! asserted but that the sync succeeds with the calls that it may make.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

mod measure;
mod tenant;

use measure::Measured;
use tenant::Size;

const fn size(users: usize, groups: usize, vaults: usize) -> Size {
    Size {
        users,
        groups,
        members: 40,
        vaults,
        vault_users: 8,
        vault_groups: 3,
    }
}

/// Name, size. The third is the tenant of the README's figures.
const TENANTS: [(&str, Size); 4] = [
    ("10k", size(200, 20, 10)),
    ("100k", size(500, 40, 103)),
    ("1M", size(2_000, 100, 1_000)),
    ("3M", size(4_000, 200, 3_100)),
];

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    println!("{}", Measured::HEADER);
    match arguments.as_slice() {
        [] => {
            for (name, size) in TENANTS {
                measure::syncs(name, &size, 0, 4);
            }
            measure::syncs("100k", &TENANTS[1].1, 20, 8);
        }
        [wanted, rest @ ..] => {
            let number = |i: usize, default| rest.get(i).map_or(default, |n| n.parse().unwrap());
            let found = TENANTS.into_iter().find(|(name, _)| name == wanted);
            let (name, size) = found.expect("10k, 100k, 1M or 3M");
            measure::syncs(name, &size, number(0, 0), number(1, 4));
        }
    }
}
