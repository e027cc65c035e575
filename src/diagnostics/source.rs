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
    /// Where each line begins. A hostile file may have a mistake in each of its lines, and finding
    /// the place of each by reading from the top would take the square of its length.
    line_starts: Vec<usize>,
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
        self.0.push(SourceFile::new(name.into(), text.into()));
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
    fn new(name: String, text: String) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        let line_starts = std::iter::once(0).chain(ends).collect();
        Self {
            name,
            text,
            line_starts,
        }
    }

    /// Where a byte offset stands. Offsets beyond the end count as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor_boundary(offset);
        // The first line begins at 0, so at least one line begins at or before any offset.
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        Position {
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The text of a line (from 1) without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_starts.get(line.saturating_sub(1));
        let rest = start.map_or("", |start| &self.text[*start..]);
        rest.lines().next().unwrap_or("")
    }

    /// The parts of a line before and after a byte offset in it, without the line's end.
    #[must_use]
    pub fn split_line(&self, offset: usize) -> (&str, &str) {
        let offset = self.floor_boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let text = self.line(line);
        text.split_at(text.len().min(offset - self.line_starts[line - 1]))
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
        let file = SourceFile::new("a".into(), "ä = 1\nbé = 2\r\n".into());
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        let first = file.text.find('=').unwrap();
        assert_eq!(file.position(first), Position { line: 1, column: 3 });
        let second = file.text.rfind('=').unwrap();
        assert_eq!(file.position(second), Position { line: 2, column: 4 });
        assert_eq!(file.position(9999).line, 3);
        assert_eq!(file.line(1), "ä = 1");
        assert_eq!(file.line(2), "bé = 2");
        assert_eq!(file.split_line(second), ("bé ", "= 2"));
        assert_eq!(file.split_line(second + 4), ("bé = 2", ""));
        assert_eq!((file.line(3), file.line(4)), ("", ""));
    }
}
