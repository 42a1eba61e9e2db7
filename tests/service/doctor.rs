//! `doctor` with C1's credentials given.

use crate::service::agent::Agent;
use crate::support::c1_server::{C1, Method, TokenAnswer};
use crate::support::{Run, Started};

fn row(run: &Run) -> &str {
    let mut lines = run.stdout.lines();
    lines
        .find(|line| line.contains(" C1 "))
        .unwrap_or_else(|| panic!("{}", run.stdout))
}

#[test]
fn good_credentials_get_a_mark_and_c1_is_told_nothing() {
    let c1 = C1::start();
    let run = Agent::new(&c1).run(&["doctor"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(
        row(&run).starts_with('✓') && row(&run).contains("localhost"),
        "{}",
        run.stdout
    );
    let methods: Vec<_> = c1
        .events()
        .iter()
        .map(|event| event.what.method())
        .collect();
    assert_eq!(methods, [Method::Token]);
}

#[test]
fn refused_credentials_and_a_closed_port_are_failures_of_c1() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let refusal = TokenAnswer {
        status: 401,
        body: String::new(),
        headers: Vec::new(),
    };
    c1.script(|script| script.tokens.push_back(refusal));
    let refused = agent.run(&["doctor"]);
    let mut command = agent.command(&["doctor"]);
    command.env("BATON_C1_API_HOST", "localhost:1");
    let closed = Started::new(command).wait();
    for run in [refused, closed] {
        assert_eq!(run.code, Some(6), "{}{}", run.stdout, run.stderr);
        assert!(row(&run).starts_with('✗'), "{}", run.stdout);
        assert!(run.stdout.contains("✓ sign-in"), "{}", run.stdout);
    }
}

#[test]
fn credentials_that_make_no_sense_are_a_matter_of_settings() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["doctor"]);
    command.env("BATON_CLIENT_ID", "nonsense");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    let words = "✗ settings      BATON_CLIENT_ID: invalid client id";
    assert!(run.stdout.contains(words), "{}", run.stdout);
    assert!(c1.events().is_empty());
}
