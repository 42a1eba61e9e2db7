//! The README and what it leads to are true: what they name exists, and what they tell the reader
//! to paste works.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use crate::support::{Sandbox, fixture};
use baton_1password::exit;
use baton_1password::settings::{flags, grammar};
use clap::Command;

/// The pages, from the top of the repository.
const PAGES: [(&str, &str); 6] = [
    ("README.md", include_str!("../README.md")),
    (".github/GUIDE.md", include_str!("../.github/GUIDE.md")),
    (
        ".github/SETTINGS.md",
        include_str!("../.github/SETTINGS.md"),
    ),
    (
        ".github/COMPARISON.md",
        include_str!("../.github/COMPARISON.md"),
    ),
    (
        ".github/SECURITY.md",
        include_str!("../.github/SECURITY.md"),
    ),
    (
        ".github/CONTRIBUTING.md",
        include_str!("../.github/CONTRIBUTING.md"),
    ),
];

fn texts() -> impl Iterator<Item = &'static str> {
    PAGES.into_iter().map(|(_, text)| text)
}

/// The commands that this program is called by in the README.
const PROGRAMS: [&str; 2] = ["baton-1password ", "cargo run --release -- "];

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let mut blocks = Vec::new();
    for text in texts() {
        let rest = text.split(start.as_str()).skip(1);
        blocks.extend(rest.map(|block| block.split("```").next().unwrap()));
    }
    blocks
}

/// The commands in shell blocks, continued lines joined.
fn shell_commands() -> Vec<String> {
    let joined = blocks("sh").join("\n").replace("\\\n", " ");
    joined
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect()
}

/// The arguments of a call of this program; quotes keep a word together.
fn arguments(command: &str) -> Option<Vec<String>> {
    let rest = PROGRAMS.iter().find_map(|program| {
        format!("{command} ")
            .strip_prefix(program)
            .map(str::to_owned)
    })?;
    let words = rest
        .split('"')
        .enumerate()
        .flat_map(|(place, part)| match place % 2 {
            0 => part
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        });
    Some(words.collect())
}

/// Text in single backquotes, outside of fenced blocks.
fn code_spans() -> Vec<&'static str> {
    let prose = texts().flat_map(|text| text.split("```").step_by(2));
    prose
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// The cells of the table rows that start with `first`.
fn rows(first: &str) -> Vec<Vec<&'static str>> {
    let rows = texts().flat_map(str::lines);
    let rows = rows.filter(|line| line.starts_with(first));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// All flags, those of subcommands too.
fn flags(command: &Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(str::to_owned));
    own.chain(command.get_subcommands().flat_map(flags))
        .chain(["help".to_owned()])
        .collect()
}

/// But for code marks, the tables say what the rows of the program say, in their order.
#[test]
fn flag_tables_are_those_of_the_command_line() {
    let row = |flag: &flags::Flag| {
        let short = flag.short.map(|short| format!("-{short}, "));
        let default = flag.default.filter(|_| flag.kind != flags::Kind::Bool);
        format!(
            "| {}--{} | {} | {} | {} |",
            short.unwrap_or_default(),
            flag.name,
            flag.variable(),
            default.unwrap_or_default(),
            flag.about
        )
    };
    let shown = flags::all().iter().filter(|flag| flag.refused.is_none());
    let documented = PAGES[2].1.lines().filter(|line| line.starts_with("| `-"));
    let documented: Vec<String> = documented.map(|line| line.replace('`', "")).collect();
    assert_eq!(documented, shown.map(row).collect::<Vec<_>>());
}

#[test]
fn every_flag_that_is_named_exists() {
    let known = flags(&grammar::command(exit::TABLE));
    let named = code_spans()
        .into_iter()
        .filter_map(|span| span.strip_prefix("--"));
    for name in named {
        let name = name.split([' ', '=']).next().unwrap();
        assert!(known.contains(name), "there is no flag --{name}");
    }
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let documented = rows("| ")
        .into_iter()
        .filter(|cells| cells.len() == 2 && cells[0].parse::<u8>().is_ok());
    let documented: Vec<(&str, &str)> = documented.map(|cells| (cells[0], cells[1])).collect();
    assert_eq!(documented, exit::TABLE);
}

#[test]
fn every_command_is_understood() {
    let ours: Vec<String> = shell_commands();
    let ours = ours
        .iter()
        .filter_map(|command| Some((command, arguments(command)?)));
    let mut count = 0;
    for (command, arguments) in ours {
        let argv = ["baton-1password".to_owned()]
            .into_iter()
            .chain(arguments)
            .map(OsString::from);
        grammar::parse(grammar::command(exit::TABLE), argv)
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        count += 1;
    }
    assert!(count >= 2, "only {count} commands were found");
}

/// A folder like a fresh clone, as far as the commands need it.
fn clone() -> Sandbox {
    let sandbox = Sandbox::canned(&fixture("demo/answers"));
    std::os::unix::fs::symlink(fixture(""), sandbox.path("work/fixtures")).unwrap();
    sandbox
}

/// The commands for a fresh clone work there one after the other, and the first prints what the
/// README shows, but for how long it took and the size of the file.
#[test]
fn the_demo_works_and_prints_what_is_shown() {
    let commands = shell_commands();
    let demos = commands
        .iter()
        .filter(|command| command.starts_with("cargo run "));
    let demos: Vec<Vec<String>> = demos.filter_map(|command| arguments(command)).collect();
    let sandbox = clone();
    let mut printed = Vec::new();
    for arguments in &demos {
        // The demo's `op` is a shell script and needs a shell's tools.
        let output = sandbox
            .command()
            .env("PATH", "/usr/bin:/bin")
            // As at a terminal.
            .env("BATON_LOG_FORMAT", "console")
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        printed.push(stderr);
    }
    assert!(sandbox.path("work/sync.c1z").exists());
    let folder = sandbox.path("work").canonicalize().unwrap();
    let first = printed[0].replace(folder.to_str().unwrap(), "/home/ada/baton-1password");
    let varies =
        |word: &&str| word.contains('.') && word.trim_start_matches('(').parse::<f64>().is_ok();
    let lasting = |line: &str| {
        let words = line.split_whitespace().filter(|word| !varies(word));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let first: Vec<_> = first.lines().map(lasting).collect();
    for line in blocks("text")[0].lines() {
        assert!(first.contains(&lasting(line)), "not printed: {line}");
    }
}

/// Variables without a flag have their place in the table and in `settings`.
#[test]
fn the_variables_of_the_table_are_those_that_settings_shows() {
    let table = PAGES[2].1.split("Variables without a flag:").nth(1);
    let table = table.unwrap();
    let table = table.split("\n## ").next().unwrap();
    let names = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            line.split(" | ")
                .next()
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2)
        });
    let names: Vec<String> = names.map(|name| name.replace('…', "x")).collect();
    assert!(names.len() > 10, "{names:?}");
    let sandbox = clone();
    for name in &names {
        let mut command = sandbox.command();
        command.arg("settings").env(name, "hunter2:pass@1");
        let run = crate::support::Started::new(command).wait();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains(name.as_str()), "{name}: {}", run.stdout);
        let account = name == "OP_ACCOUNT" || name == "BATON_TMPDIR";
        assert!(
            account || !run.stdout.contains("hunter2"),
            "{name}: {}",
            run.stdout
        );
    }
}

#[test]
fn the_configuration_file_is_accepted() {
    for example in blocks("yaml") {
        let sandbox = clone();
        sandbox.write("work/.baton.yaml", example);
        let run = sandbox.run(&["settings"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains(".baton.yaml"), "{}", run.stdout);
    }
}

/// The tests that are named as proof exist.
#[test]
fn named_tests_exist() {
    let named: Vec<(&str, &str)> = code_spans()
        .into_iter()
        .filter_map(|span| span.split_once(".rs::"))
        .collect();
    assert!(named.len() > 20, "only {} tests are named", named.len());
    for (file, test) in named {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{file}.rs"));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            text.contains(&format!("fn {test}(")),
            "{file}.rs has no test {test}"
        );
    }
}

#[test]
fn named_paths_and_headings_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src/", "tests/", "fixtures/", "proto/", ".ci/", ".github/"];
    for span in code_spans() {
        if folders.iter().any(|folder| span.starts_with(folder)) && !span.contains("::") {
            assert!(root.join(span).exists(), "there is no {span}");
        }
    }
    let slug = |heading: &str| heading.to_lowercase().replace(' ', "-");
    let headings = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("## "));
        lines.map(slug).collect()
    };
    for (page, text) in PAGES {
        let folder = root.join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if target.starts_with("https://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let there = match file {
                "" => text.to_owned(),
                file => {
                    let path = folder.join(file);
                    assert!(path.exists(), "{page}: there is no {target}");
                    std::fs::read_to_string(path).unwrap_or_default()
                }
            };
            let is_there = heading.is_empty() || headings(&there).contains(heading);
            assert!(is_there, "{page}: there is no heading {target}");
        }
    }
}

/// What a newcomer reads first stays short; all else is a page of its own.
#[test]
fn the_readme_is_short() {
    let lines = PAGES[0].1.lines().count();
    assert!(lines <= 250, "{lines} lines");
}

/// Tables, links and pictures cannot be broken; the rest fits beside the code.
#[test]
fn prose_is_at_most_a_hundred_columns_wide() {
    for (page, text) in PAGES {
        for line in text.lines().filter(|line| !line.starts_with(['|', '!'])) {
            assert!(line.chars().count() <= 100, "{page}: {line}");
        }
    }
}
