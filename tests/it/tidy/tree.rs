//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file and its path from the repository's root, with `/` between folders.
pub(super) struct TextFile {
    pub path: String,
    pub text: String,
}

impl TextFile {
    /// What follows the last dot of the name; empty when there is none.
    pub(super) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file that has to be there.
#[track_caller]
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All text files below a folder, by path; what git ignores and what isn't UTF-8 is left out.
pub(super) fn text_files(folder: &str) -> Vec<TextFile> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut |path| {
        let relative = path.strip_prefix(root()).unwrap();
        if let Ok(text) = fs::read_to_string(path) {
            files.push(TextFile {
                path: relative.to_str().unwrap().replace('\\', "/"),
                text,
            });
        }
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Folders directly in a folder, by name; none when it doesn't exist.
pub(super) fn folders_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Kept in step with `.gitignore`.
fn is_ignored(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    let pending = name.ends_with(".snap.new") || name.ends_with(".pending-snap");
    pending || name.ends_with(".rs.bk") || matches!(name, ".git" | "target" | ".mlinfra")
}

fn walk(path: &Path, visit: &mut impl FnMut(&Path)) {
    if is_ignored(path) {
        return;
    }
    if path.is_dir() {
        let entries: Vec<PathBuf> = fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.iter().for_each(|entry| walk(entry, visit));
    } else if path.is_file() {
        visit(path);
    }
}

/// A source file in two parts.
pub(super) struct Parts {
    /// What is built in, without comment lines.
    pub code: String,
    /// Modules for tests, whole.
    pub tests: String,
}

/// Takes the modules for tests out of a source file.
pub(super) fn parts_of(text: &str) -> Parts {
    let (mut code, mut tests) = (String::new(), String::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            let opens = lines.peek().is_some_and(|next| next.ends_with('{'));
            // rustfmt puts the end of a top-level item at the start of a line.
            let is_last = |line: &str| {
                if opens {
                    line == "}"
                } else {
                    line.ends_with(';')
                }
            };
            for line in lines.by_ref() {
                tests.extend([line, "\n"]);
                if is_last(line) {
                    break;
                }
            }
        } else if !line.trim_start().starts_with("//") {
            code.extend([line, "\n"]);
        }
    }
    Parts { code, tests }
}

#[test]
fn a_source_file_is_divided_into_code_and_tests() {
    let text = "//! a\nuse b;\n#[cfg(test)]\nmod tests;\nfn c() {} // d\n\
                #[cfg(test)]\nmod e {\n    f\n}\nfn g() {}\n";
    let parts = parts_of(text);
    assert_eq!(parts.code, "use b;\nfn c() {} // d\nfn g() {}\n");
    assert_eq!(parts.tests, "mod tests;\nmod e {\n    f\n}\n");
}
