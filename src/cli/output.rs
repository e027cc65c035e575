//! A stream that commands can write to without handling errors at each line.

use std::io::{self, BufWriter, ErrorKind, Write};

/// Standard output or error. Writing never fails; what failed is reported once, at the end.
///
/// A reader that has gone away (`mlinfra catalog show | head`) isn't a failure: the rest is dropped
/// and the program ends as if all had been read.
pub(crate) struct Output {
    inner: BufWriter<Box<dyn Write>>,
    state: State,
}

enum State {
    Open,
    /// The reader has gone.
    Closed,
    Failed(io::Error),
}

impl Output {
    pub(crate) fn new(inner: impl Write + 'static) -> Self {
        Self {
            inner: BufWriter::new(Box::new(inner)),
            state: State::Open,
        }
    }

    /// Flushes, and returns what went wrong since the beginning, once.
    pub(crate) fn failure(&mut self) -> Option<io::Error> {
        let result = self.inner.flush();
        self.note(result);
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Failed(error) => Some(error),
            State::Open => {
                self.state = State::Open;
                None
            }
            State::Closed => None,
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        if let (State::Open, Err(error)) = (&self.state, result) {
            self.state = if error.kind() == ErrorKind::BrokenPipe {
                State::Closed
            } else {
                State::Failed(error)
            };
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.state, State::Open) {
            let result = self.inner.write_all(bytes);
            self.note(result);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if matches!(self.state, State::Open) {
            let result = self.inner.flush();
            self.note(result);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails every write with one kind of error.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let mut output = Output::new(Failing(ErrorKind::BrokenPipe));
        output.write_all(&[b'x'; 100_000]).unwrap();
        assert!(output.failure().is_none());
    }

    #[test]
    fn a_full_disk_is_reported_once() {
        let mut output = Output::new(Failing(ErrorKind::StorageFull));
        output.write_all(b"x").unwrap();
        output.flush().unwrap();
        assert_eq!(output.failure().unwrap().kind(), ErrorKind::StorageFull);
        assert!(output.failure().is_none());
    }
}
