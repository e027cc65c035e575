//! Mistakes on the command line and around files.

codes! {
    /// A file can't be read.
    CANNOT_READ = "cli::cannot-read", "can't read a file", Error;
    /// A file can't be written.
    CANNOT_WRITE = "cli::cannot-write", "can't write a file", Error;
}
