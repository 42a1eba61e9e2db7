//! No file of a room leans on one that leans on it: what two files need stands in a third.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::sources;

/// `src/op/error/mod.rs` is `["op", "error"]`.
type Module = Vec<String>;

/// Every module and the paths that its code names: those that it publishes under a name of its own,
/// and the others.
struct Code {
    paths: BTreeMap<Module, BTreeSet<String>>,
    names: BTreeMap<Module, BTreeMap<String, String>>,
}

fn module(path: &Path) -> Module {
    let path = path.strip_prefix("src").unwrap().with_extension("");
    let mut parts: Module = path
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.pop_if(|last| last == "mod");
    parts
}

/// The code of a file without comments, texts and unit tests.
fn code(text: &str) -> String {
    let tests = ["\n#[cfg(test)]", "\n#[cfg(all(test", "\n#[cfg(fuzzing)]"];
    let end = tests.iter().filter_map(|mark| text.find(mark)).min();
    let lines = text[..end.unwrap_or(text.len())]
        .lines()
        .map(str::trim_start);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
    let mut parts = lines.join("\n").replace("\\\"", "").replace("'\"'", "");
    parts.push('"');
    parts.split('"').step_by(2).collect()
}

/// The paths of a tree of imports: `a::{b, c::d as e}` is `a::b` and `a::c::d`.
fn tree(prefix: &str, tree: &str, paths: &mut BTreeSet<String>) {
    let (mut depth, mut start) = (0, 0);
    let ends = tree.char_indices().chain([(tree.len(), ',')]);
    for (at, c) in ends {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = tree[start..at].trim();
                start = at + 1;
                match item.split_once('{') {
                    Some((before, rest)) => {
                        let inner = rest.trim_end().trim_end_matches('}');
                        self::tree(&format!("{prefix}{before}"), inner, paths);
                    }
                    None if item.is_empty() => {}
                    None => {
                        let path = item.split(" as ").next().unwrap_or_default();
                        paths.insert(format!("{prefix}{path}").replace("::self", ""));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Code {
    fn read(files: impl Iterator<Item = (Module, String)>) -> Self {
        let mut read = Self {
            paths: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for (module, text) in files {
            let text = code(&text);
            let (mut all, mut names) = (BTreeSet::new(), BTreeMap::new());
            let (mut rest, mut others) = (text.as_str(), String::new());
            while let Some(at) = rest.find("use ") {
                let published = rest[..at].ends_with("pub ") || rest[..at].ends_with(") ");
                let is_word = rest[..at].ends_with(['\n', ' ']) || at == 0;
                let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
                others.push_str(&rest[..if is_word { at } else { end }]);
                if is_word {
                    let mut paths = BTreeSet::new();
                    tree("", &rest[at + 4..end], &mut paths);
                    for path in paths {
                        let name = path.rsplit("::").next().unwrap_or_default().to_owned();
                        names.insert(name, path.clone());
                        if !published {
                            all.insert(path);
                        }
                    }
                }
                rest = &rest[end..];
            }
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            others.push_str(rest);
            let inline = others
                .split(|c| !is_path(c))
                .filter(|path| path.contains("::"));
            all.extend(inline.map(|path| path.trim_end_matches(':').to_owned()));
            read.paths.insert(module.clone(), all);
            read.names.insert(module, names);
        }
        read
    }

    /// The file that a path of a module leads to.
    fn file(
        &self,
        from: &Module,
        path: &str,
        seen: &mut BTreeSet<(Module, String)>,
    ) -> Option<Module> {
        let mut parts = path.split("::").peekable();
        let mut at = match parts.peek()? {
            &"crate" => Module::new(),
            &"self" | &"super" => from.clone(),
            first => {
                let child = [&from[..], &[(*first).to_owned()]].concat();
                self.paths.contains_key(&child).then(|| from.clone())?
            }
        };
        while let Some(word) = parts.next_if(|word| ["crate", "self", "super"].contains(word)) {
            if word == "super" {
                at.pop();
            }
        }
        while let Some(word) = parts.peek() {
            let child = [&at[..], &[(*word).to_owned()]].concat();
            if !self.paths.contains_key(&child) {
                break;
            }
            at = child;
            parts.next();
        }
        let further = parts.next().and_then(|name| self.names.get(&at)?.get(name));
        let further = further.filter(|path| seen.insert((at.clone(), (*path).clone())));
        let further = further.and_then(|path| self.file(&at, path, seen));
        further.or_else(|| self.paths.contains_key(&at).then_some(at))
    }

    /// For each file those of its room that it leans on.
    fn edges(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let edges = self.paths.iter().map(|(from, paths)| {
            let files = paths
                .iter()
                .filter_map(|path| self.file(from, path, &mut BTreeSet::new()));
            let same = |file: &Module| file != from && file.first() == from.first();
            (from, files.filter(same).collect())
        });
        edges.collect()
    }

    /// The files that lead back to themselves.
    fn cycles(&self) -> Vec<String> {
        let edges = self.edges();
        let reaches_itself = |start: &Module| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
            while let Some(file) = next.pop() {
                for other in &edges[file] {
                    if other == start {
                        return true;
                    }
                    if seen.insert(other) {
                        next.push(other);
                    }
                }
            }
            false
        };
        let files = edges.keys().filter(|file| reaches_itself(file));
        files.map(|file| file.join("::")).collect()
    }
}

#[test]
fn no_file_leans_on_one_that_leans_on_it() {
    let paths = sources(Path::new("src"));
    let is_ours = |path: &&PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy();
        let is_top = path.parent() == Some(Path::new("src"));
        !is_top && !path.starts_with("src/baton/pb") && name != "tests" && !name.ends_with("_tests")
    };
    let read = |path: &PathBuf| (module(path), std::fs::read_to_string(path).unwrap());
    let code = Code::read(paths.iter().filter(is_ours).map(read));
    assert!(code.edges().values().map(BTreeSet::len).sum::<usize>() > 300);
    assert_eq!(code.cycles(), [""; 0]);
}

#[test]
fn the_check_sees_a_circle() {
    let cycles = |files: &[(&str, &str)]| {
        let split = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
        let files = files
            .iter()
            .map(|(path, text)| (split(path), (*text).to_owned()));
        Code::read(files).cycles()
    };
    let leaf = ("a::c", "pub struct C;");
    let uses = ("a::b", "use super::{c::C, d};");
    assert_eq!(
        cycles(&[("a", "pub use b::B;"), uses, leaf, ("a::d", "")]),
        [""; 0]
    );
    let back = ("a::d", "// use super::x;\nfn f() { super::B::new() }");
    assert_eq!(
        cycles(&[("a", "pub use b::B;"), uses, leaf, back]),
        ["a::b", "a::d"]
    );
    let own = ("a", "pub struct A;\nuse b::B;");
    assert_eq!(cycles(&[own, ("a::b", "use crate::a::A;")]), ["a", "a::b"]);
    let tests = (
        "a::d",
        "pub struct D;\n#[cfg(test)]\nmod tests { use super::super::b::B; }",
    );
    assert_eq!(cycles(&[("a", ""), uses, leaf, tests]), [""; 0]);
}
