//! The command line before clap sees it: arguments from the environment, and long options written
//! with one dash as Terraform's are.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::Command;

use super::Report;
use crate::diagnostics::{Diagnostic, cli};

/// The variable whose arguments every command gets.
const VARIABLE: &str = "MLINFRA_CLI_ARGS";

/// The arguments to parse, and where those that weren't typed come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// With the program's name in front.
    pub argv: Vec<OsString>,
    /// The words that name the command: `mlinfra catalog list`.
    pub command: String,
    /// `MLINFRA_CLI_ARGS` and the like that added something, as `name=value`.
    pub from_env: Vec<String>,
}

/// Adds the arguments of `MLINFRA_CLI_ARGS` and `MLINFRA_CLI_ARGS_<command>` right after the
/// command, so that those typed come last and win, and turns `-var` into `--var`.
///
/// # Errors
///
/// `cli::usage` when a variable has a quotation mark without its partner.
pub(crate) fn normalise<'a>(
    mut argv: Vec<OsString>,
    command: &Command,
    env: impl Fn(&str) -> Option<&'a str>,
) -> Result<Arguments, Report> {
    let mut from_env = Vec::new();
    let words = command_words(&argv, command);
    let named: Vec<_> = words.iter().map(|i| argv[*i].to_string_lossy()).collect();
    let named = [&["mlinfra".into()], &*named].concat().join(" ");
    if let (Some(first), Some(last)) = (words.first(), words.last()) {
        let name = argv[*first].to_string_lossy().replace('-', "_");
        let mut added = Vec::new();
        for variable in [VARIABLE.to_owned(), format!("{VARIABLE}_{name}")] {
            let Some(value) = env(&variable) else {
                continue;
            };
            added.extend(split(value).ok_or_else(|| unclosed(&variable, value))?);
            from_env.push(format!("{variable}={value}"));
        }
        argv.splice(last + 1..last + 1, added.into_iter().map(OsString::from));
    }
    let options = Options::of(command);
    let mut literal = false;
    for arg in argv.iter_mut().skip(1) {
        literal |= arg == "--";
        let long = arg
            .to_str()
            .filter(|_| !literal)
            .and_then(|a| options.long_form(a));
        if let Some(long) = long {
            *arg = long.into();
        }
    }
    Ok(Arguments {
        argv,
        command: named,
        from_env,
    })
}

/// Where the command's words stand: `[2, 3]` in `mlinfra --json catalog list`.
fn command_words(argv: &[OsString], command: &Command) -> Vec<usize> {
    let mut words = Vec::new();
    let mut current = command;
    let mut index = 1;
    while let Some(arg) = argv.get(index).and_then(|a| a.to_str()) {
        if let Some(sub) = current.find_subcommand(arg) {
            words.push(index);
            current = sub;
        } else if !words.is_empty() || !arg.starts_with('-') || arg == "--" {
            break;
        } else if takes_next(arg, command) {
            index += 1;
        }
        index += 1;
    }
    words
}

/// Whether an option takes the argument after it as its value.
fn takes_next(arg: &str, command: &Command) -> bool {
    let name = arg.trim_start_matches('-');
    command.get_arguments().any(|a| {
        let long = a.get_long() == Some(name);
        let short = a.get_short().is_some_and(|s| name.chars().eq([s]));
        (long || short) && a.get_action().takes_values()
    })
}

/// The options of all commands.
struct Options {
    longs: BTreeSet<String>,
    shorts: BTreeSet<char>,
}

impl Options {
    fn of(command: &Command) -> Self {
        let mut options = Self {
            longs: BTreeSet::new(),
            shorts: BTreeSet::new(),
        };
        options.add(command);
        options
    }

    fn add(&mut self, command: &Command) {
        for arg in command.get_arguments() {
            self.longs.extend(arg.get_long().map(str::to_owned));
            self.shorts.extend(arg.get_short());
        }
        command.get_subcommands().for_each(|sub| self.add(sub));
    }

    /// `--name` for `-name`, when that is what it must mean: `name` is a long option, or it is a
    /// word that doesn't begin with a short one. The latter lets clap name the option that was
    /// probably meant.
    fn long_form(&self, arg: &str) -> Option<String> {
        let word = arg.strip_prefix('-')?;
        let name = word.split('=').next().unwrap_or(word);
        let first = name.chars().next()?;
        let is_word = first.is_alphabetic() && name.chars().nth(1).is_some();
        let is_long = self.longs.contains(name) || !self.shorts.contains(&first);
        (is_word && is_long).then(|| format!("-{arg}"))
    }
}

/// Splits as a shell does: at white space, except in quotes and after a backslash. `None` when a
/// quotation mark has no partner.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

fn unclosed(variable: &str, value: &str) -> Report {
    Diagnostic::error(&cli::USAGE)
        .detail(format!(
            "The environment variable `{variable}` has a quotation mark without its partner:\n\n    \
             {variable}={value}"
        ))
        .hint("close the quotation, or write a backslash before the mark")
        .into()
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    fn command() -> Command {
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let mut command = Command::new("mlinfra")
            .arg(Arg::new("chdir").long("chdir").short('C').global(true))
            .arg(flag("json").global(true))
            .subcommand(
                Command::new("plan")
                    .arg(Arg::new("path"))
                    .arg(Arg::new("var").long("var").action(ArgAction::Append))
                    .arg(Arg::new("out").long("out").short('o')),
            )
            .subcommand(Command::new("catalog").subcommand(Command::new("list")));
        command.build();
        command
    }

    #[track_caller]
    fn check(typed: &str, env: &[(&'static str, &'static str)], expect: &str) {
        let argv = format!("mlinfra {typed}")
            .split_whitespace()
            .map(OsString::from)
            .collect();
        let env = |name: &str| env.iter().find(|(k, _)| *k == name).map(|(_, v)| *v);
        let arguments = normalise(argv, &command(), env).unwrap();
        let words: Vec<&str> = arguments.argv[1..]
            .iter()
            .map(|a| a.to_str().unwrap())
            .collect();
        assert_eq!(words.join(" "), expect);
    }

    #[test]
    fn one_dash_is_enough_for_a_long_option() {
        check(
            "plan -var x=1 -out=f -json",
            &[],
            "plan --var x=1 --out=f --json",
        );
        check("-chdir=a plan -help", &[], "--chdir=a plan --help");
        check("-version", &[], "--version");
    }

    #[test]
    fn short_options_keep_their_dash() {
        check(
            "plan -o file -ofile -C dir -h",
            &[],
            "plan -o file -ofile -C dir -h",
        );
    }

    #[test]
    fn unknown_words_get_two_dashes_and_numbers_none() {
        check("plan -jsn -12 -", &[], "plan --jsn -12 -");
    }

    #[test]
    fn nothing_is_changed_after_two_dashes() {
        check("plan -- -json", &[], "plan -- -json");
    }

    #[test]
    fn arguments_from_the_environment_come_before_those_typed() {
        let env = &[
            ("MLINFRA_CLI_ARGS", "-json"),
            ("MLINFRA_CLI_ARGS_plan", "-var 'a=b c'"),
            ("MLINFRA_CLI_ARGS_catalog", "--x"),
        ];
        check(
            "-C plan plan dir",
            env,
            "-C plan plan --json --var a=b c dir",
        );
        check("catalog list -json", env, "catalog list --json --x --json");
        check("catalog -json list", env, "catalog --json --x --json list");
    }

    #[test]
    fn without_a_command_the_environment_adds_nothing() {
        let env = &[("MLINFRA_CLI_ARGS", "--json")];
        check("--help", env, "--help");
        check("nonsense", env, "nonsense");
    }

    #[test]
    fn splitting_follows_the_shell() {
        let words = |text: &str| split(text).unwrap().join("|");
        assert_eq!(words(" a  b\tc\n"), "a|b|c");
        assert_eq!(words(r#"'a b'"c d"e \' "" "#), "a bc de|'|");
        assert_eq!(words(r#"'\n' "\"x\\""#), r#"\n|"x\"#);
        assert_eq!(words(""), "");
        assert_eq!(split("'a"), None);
        assert_eq!(split("a\""), None);
    }

    #[test]
    fn an_open_quotation_is_a_usage_error() {
        let argv = vec!["mlinfra".into(), "plan".into()];
        let report = normalise(argv, &command(), |_| Some("'a")).unwrap_err();
        let error = report.diagnostics.iter().next().unwrap();
        assert_eq!(error.code, &cli::USAGE);
        assert!(
            error.detail.ends_with("\n\n    MLINFRA_CLI_ARGS='a"),
            "{}",
            error.detail
        );
    }

    proptest::proptest! {
        #[test]
        fn quoted_words_come_back_as_they_were(
            words in proptest::collection::vec("[ -~\t\né]{0,12}", 0..6),
        ) {
            let quote = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
            let line: Vec<String> = words.iter().map(quote).collect();
            proptest::prop_assert_eq!(split(&line.join(" ")), Some(words));
        }
    }
}
