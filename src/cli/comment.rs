//! `mlinfra comment`: what a change costs, on its pull request.

mod drafts;
mod github;
mod gitlab;
mod refusal;
mod reviews;
mod tell;
mod when;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Io, Outcome};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, forge};
use crate::forge::{Comment, Done, Failure, Forge, How, Posted, Token, post};
use crate::review::SpecReview;
use crate::store::append;
use refusal::Kind;
use reviews::Reviewed;

/// Say on a pull request what a change costs
///
/// Makes a comment of each spec in reviews that `mlinfra diff --json` wrote. Later runs find it by a
/// line that readers don't see and by its author, and change it in place.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    forge: At,
}

#[derive(Debug, Subcommand)]
enum At {
    Github(github::Args),
    Gitlab(gitlab::Args),
}

/// What is said, and when.
#[derive(Debug, clap::Args)]
pub(super) struct What {
    /// A review that `mlinfra diff --json` wrote; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    path: Vec<PathBuf>,
    #[command(flatten)]
    when: when::When,
    /// Keep these comments apart from those with another text here: for jobs that each review a part
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    tag: String,
    /// Where the whole report is; else the page of the CI job
    #[arg(long, value_name = "URL")]
    report_url: Option<String>,
    /// The login whose comments are ours; else that of the token
    #[arg(long, value_name = "LOGIN")]
    author: Option<String>,
    /// Print what would be said and done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    match &args.forge {
        At::Github(args) => github::run(args, io),
        At::Gitlab(args) => gitlab::run(args, io),
    }
}

/// Where it is said.
pub(super) struct Place<'p> {
    forge: &'p dyn Forge,
    kind: Kind,
    behaviour: crate::forge::Behaviour,
    report: Option<String>,
    /// A file that the texts are appended to.
    summary: Option<PathBuf>,
    /// Why nothing can be read at the forge, for dry runs.
    unknown: Option<&'static str>,
}

/// Says it, and tells what was done.
fn say(what: &What, place: &Place<'_>, reviews: &[Reviewed], io: &mut Io) -> Outcome {
    let drafts = drafts::drafts(what, place, reviews);
    if let Some(path) = place.summary.as_ref().filter(|_| !what.dry_run) {
        // First, for those whose token can't comment.
        let texts: Vec<&str> = drafts.iter().map(|draft| draft.text.trim_end()).collect();
        append::append(path, &format!("{}\n", texts.join("\n\n")))?;
    }
    if let Some(why) = place.unknown {
        io.note(&format!("{why}\n\n"));
    }
    let refused = |failure: Failure| refusal::diagnostic(&failure, place.kind);
    let (author, comments) = known(what, place).map_err(refused)?;
    let how = How {
        author: &author,
        tag: &what.tag,
        valid_at: reviews::newest(reviews),
        behaviour: place.behaviour,
        withdrawn: &drafts::withdrawn,
        dry_run: what.dry_run,
    };
    let mut left = Diagnostics::new();
    let mut tell = |posted: Posted| {
        if let Done::Left(why) = &posted.done {
            left.push(refusal::left(why, posted.url.as_deref(), place.kind));
        } else {
            io.print(&tell::line(&posted, what.dry_run));
        }
    };
    let made = post(place.forge, &comments, &drafts, &how, &mut tell);
    if !left.is_empty() {
        io.show(&left, &Sources::new());
    }
    made.map_err(refused)?;
    let denied: Vec<&SpecReview> = reviews.iter().map(|r| &r.spec).collect();
    match refusal::denied(&denied) {
        Some(diagnostic) => Err(diagnostic.into()),
        None => Ok(0),
    }
}

/// Whose comments are ours, and all that there are.
fn known(what: &What, place: &Place<'_>) -> Result<(String, Vec<Comment>), Failure> {
    if place.unknown.is_some() {
        return Ok((String::new(), Vec::new()));
    }
    let author = match &what.author {
        Some(login) => login.clone(),
        None => place.forge.author()?,
    };
    Ok((author, place.forge.comments()?))
}

/// A number of a pull request.
fn number(text: &str, from: &str) -> Result<u64, Diagnostic> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| {
        Diagnostic::error(&forge::NO_PULL_REQUEST)
            .detail(format!("`{text}`, from {from}, isn't a number from 1 on."))
    })
}

/// The address of an API: an argument, a variable, or the public one.
fn api<'a>(
    argument: Option<&'a str>,
    (name, variable): (&str, Option<&'a str>),
    public: &'a str,
) -> Result<&'a str, Diagnostic> {
    let (url, from) = match (argument, variable) {
        (Some(url), _) => (url, "`--api-url`"),
        (None, Some(url)) => (url, name),
        (None, None) => return Ok(public),
    };
    let host = url.strip_prefix("https://").or(url.strip_prefix("http://"));
    let plain = |host: &str| {
        !host.starts_with(['/', ':']) && !host.is_empty() && !host.contains(['?', '#', '@', ' '])
    };
    if host.is_some_and(plain) {
        return Ok(url);
    }
    Err(Diagnostic::error(&forge::NO_PULL_REQUEST).detail(format!(
        "`{url}`, from {from}, isn't an address like `{public}`."
    )))
}

/// The value of a variable that isn't empty.
fn told<'i>(io: &'i Io, name: &str) -> Option<&'i str> {
    io.env(name).filter(|value| !value.is_empty())
}

/// The token of the environment. Where nothing is sent, any will do: then there is something `unknown`.
fn token(told: Option<&str>, dry_run: bool, unknown: &mut Option<&'static str>) -> Option<Token> {
    told.and_then(Token::new).or_else(|| {
        let any = Token::new("-").filter(|_| dry_run)?;
        let why = "Without a token it isn't known which comments there are.";
        unknown.get_or_insert(why);
        Some(any)
    })
}
