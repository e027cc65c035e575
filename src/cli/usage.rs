//! Wrong command lines, in the form of all other errors.

use clap::error::ErrorKind;

use super::Report;
use super::arguments::Arguments;
use crate::diagnostics::{Diagnostic, cli};

/// Turns clap's error into ours: its message as the detail, its tips as hints, and the command
/// whose help tells more.
///
/// The text is taken apart, since clap offers the sentence only as part of it. What isn't
/// recognised stays in the detail, so nothing is lost should clap word things differently.
pub(super) fn report(error: &clap::Error, arguments: &Arguments) -> Report {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut diagnostic = Diagnostic::error(&cli::USAGE);
    let mut detail: Vec<&str> = Vec::new();
    for line in text.lines() {
        let closing = line.starts_with("For more information");
        let only_help = line.starts_with("Usage: ") && line.ends_with("--help");
        if let Some(tip) = line.strip_prefix("  tip: ") {
            diagnostic = diagnostic.hint(tip);
        } else if !closing && !only_help {
            detail.push(line);
        }
    }
    for variable in &arguments.from_env {
        diagnostic = diagnostic.hint(format!("arguments were also taken from `{variable}`"));
    }
    let help = format!("{} --help", arguments.command);
    let diagnostic = diagnostic
        .detail(sentence(&detail))
        .hint_command("To see all arguments, run:", help);
    Report {
        json: arguments.argv.iter().any(|arg| arg == "--json"),
        ..Report::from(diagnostic)
    }
}

/// Whether the error is a request for help or for the version, which is no error.
pub(super) fn is_request(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    )
}

/// Whether a command was named without the part that says what to do: its help is the answer.
pub(super) fn wants_command(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The help page that clap answers with, without the spaces that it leaves at the ends of lines.
pub(super) fn help(answer: &clap::Error) -> String {
    let page = answer.render().ansi().to_string();
    page.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Joins lines, with no empty ones at either end and never two in a row, and a capital in front.
fn sentence(lines: &[&str]) -> String {
    let mut text = lines.join("\n");
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    let mut chars = text.trim().chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().chars()).collect()
}
