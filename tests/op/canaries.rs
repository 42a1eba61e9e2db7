//! A secret in any place of any answer, in any spelling, is in nothing that the program says.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::support::{Sandbox, Started, fixture};

const SECRET: &str = "ops_Canary<9>\"ö/+Kestrel2026x";

/// The commands of a sync, each with the answer that it gets.
const COMMANDS: [&str; 7] = [
    "account get",
    "user list --format",
    "group list --format",
    "vault list --format",
    "group user list",
    "vault user list",
    "vault group list",
];

fn hexadecimal() -> String {
    SECRET.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn spellings() -> Vec<String> {
    let quoted = serde_json::to_string(SECRET).unwrap();
    vec![
        SECRET.to_owned(),
        quoted.trim_matches('"').to_owned(),
        r#"ops_Canary\u003c9\u003e\"\u00f6\/+Kestrel2026x"#.to_owned(),
        "ops_Canary<9>\\\"ö/\n  +Kestrel\n2026x".to_owned(),
        "ops_Canary%3C9%3E%22%C3%B6%2F%2BKestrel2026x".to_owned(),
        BASE64_STANDARD.encode(SECRET),
        hexadecimal(),
    ]
}

/// Places of an answer, `@` for the secret.
const PLACES: [&str; 9] = [
    "@",
    "\"@\"",
    "[\"@\"]",
    "{\"@\": [\"@\"]}",
    "[{\"id\": {\"@\": \"@\"}}]",
    "[{\"id\": \"x\", \"permissions\": [[\"@\"]], \"state\": [\"@\"]}]",
    "[{\"id\": \"x\"} @",
    "<html><body>@</body></html>",
    "{\"id\": \"A\", \"created_at\": [\"@\"], \"@\"",
];

/// Fails when the text has the end of the secret in it, however it is spelled.
fn assert_hidden(text: &str, context: &str) {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = letters.to_lowercase();
    let base64: String = BASE64_STANDARD.encode(SECRET);
    let base64: String = base64.chars().filter(|c| c.is_alphanumeric()).collect();
    for part in [
        "kestrel2026",
        &base64.to_lowercase()[8..24],
        &hexadecimal()[20..44],
    ] {
        assert!(!letters.contains(part), "{part} of {context}: {text}");
    }
}

fn run(fault: serde_json::Value) -> String {
    let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
    sandbox.write("bin/answer", fault["answer"].as_str().unwrap_or_default());
    let mut fault = fault;
    fault["stdout_file"] = json!("answer");
    sandbox.set("faults", json!([fault]));
    let mut command = sandbox.command();
    command
        .args([
            "--auth-type",
            "service",
            "--log-level",
            "debug",
            "--no-resume",
        ])
        .env("OP_SERVICE_ACCOUNT_TOKEN", SECRET);
    let run = Started::new(command).wait();
    run.stderr + &run.stdout
}

#[test]
fn no_answer_brings_a_secret_into_a_message() {
    let jobs: Vec<(&str, String, String)> = COMMANDS
        .iter()
        .flat_map(|command| {
            let places = PLACES.iter().enumerate();
            places.map(move |(at, place)| {
                // Each place with another spelling, so that each command meets all of them.
                let spellings = spellings();
                let spelling = spellings[at % spellings.len()].clone();
                (*command, place.replace('@', &spelling), spelling)
            })
        })
        .collect();
    let half = jobs.len().div_ceil(2);
    std::thread::scope(|scope| {
        for jobs in jobs.chunks(half) {
            scope.spawn(move || {
                for (words, answer, spelling) in jobs {
                    let told = run(json!({"words": words, "answer": answer}));
                    assert_hidden(&told, &format!("{words}: {answer}"));
                    let stderr =
                        format!("[ERROR] 2026/11/23 08:01:02 odd: {spelling} is not known");
                    let told = run(json!({"words": words, "exit": 1, "stderr": stderr}));
                    assert!(told.contains("odd"), "{told}");
                    assert_hidden(&told, &format!("{words}: {stderr}"));
                }
            });
        }
    });
}
