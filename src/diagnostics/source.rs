/// A file of the spec, by its place in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A byte range in a file of the spec: where a block, an argument or a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Which file.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file of the spec, as read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name as the user would write it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// All files of one spec, in order of their names.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<SourceFile>);

impl Sources {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(SourceFile {
            name: name.into(),
            text: text.into(),
        });
        FileId(id)
    }

    /// The file with this id, if there is one.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.0.get(id.0 as usize)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.0)
    }

    /// `file:line`, for one-line mentions of a place; `None` for an unknown file.
    #[must_use]
    pub fn line_ref(&self, origin: Origin) -> Option<String> {
        let file = self.get(origin.file)?;
        Some(format!(
            "{}:{}",
            file.name,
            file.position(origin.start).line
        ))
    }
}

impl SourceFile {
    /// Where a byte offset stands. Offsets beyond the end count as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor_boundary(offset);
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The text of a line (from 1) without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or("")
    }

    fn floor_boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let file = SourceFile {
            name: "a".into(),
            text: "ä = 1\nbé = 2\n".into(),
        };
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        let second = file.text.find('=').unwrap();
        assert_eq!(file.position(second), Position { line: 1, column: 3 });
        assert_eq!(file.position(9999).line, 3);
        assert_eq!(file.line(2), "bé = 2");
    }
}
