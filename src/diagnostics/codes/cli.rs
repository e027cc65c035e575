//! Mistakes on the command line and around files.

codes! {
    /// The arguments aren't what the command takes.
    USAGE = "cli::usage", "wrong command line", Usage;
    /// The folder of `--chdir` can't be entered.
    CANNOT_ENTER = "cli::cannot-enter", "can't enter a folder", Error;
    /// A file can't be read.
    CANNOT_READ = "cli::cannot-read", "can't read a file", Error;
    /// A change of `--what-if` isn't one, or there is nothing that it could change.
    WRONG_CHANGE = "cli::wrong-change", "change that can't be made", Usage;
    /// A file can't be written.
    CANNOT_WRITE = "cli::cannot-write", "can't write a file", Error;
}
