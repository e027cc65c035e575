//! `mlinfra comment github`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use super::refusal::Kind;
use super::{Place, What, api, number, reviews, say, token, told};
use crate::cli::{Io, Outcome};
use crate::diagnostics::{Diagnostic, cli, forge};
use crate::forge::{Behaviour, Client, GitHub, System, Web};
use crate::store::plans;

/// Say on a pull request at GitHub what a change costs
///
/// The token is that of the environment's GITHUB_TOKEN, and needs the permission `pull-requests: write`.
/// In GitHub Actions all else is known.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// The repository; else that of GITHUB_REPOSITORY
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// The pull request's number; else that of GITHUB_EVENT_PATH or GITHUB_REF
    #[arg(long, value_name = "N")]
    pull_request: Option<String>,
    /// GitHub's API; else that of GITHUB_API_URL, or of github.com
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// What becomes of an older comment
    #[arg(long, value_name = "HOW", default_value = "update")]
    behavior: How,
    /// Add nothing to the job's summary, which is the file of GITHUB_STEP_SUMMARY
    #[arg(long)]
    no_step_summary: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// It is changed
    Update,
    /// It stays, and a new one is made
    New,
    /// It is hidden as outdated, and a new one is made
    HideAndNew,
    /// It is deleted, and a new one is made
    DeleteAndNew,
}

/// Where the API is when nobody says.
const PUBLIC: &str = "https://api.github.com";

/// Runs the command.
pub(super) fn run(args: &Args, io: &mut Io) -> Outcome {
    if let Some(mistake) = args.what.when.mistake() {
        return Err(Diagnostic::error(&cli::USAGE).detail(mistake).into());
    }
    let reviews = reviews::read(&args.what.path)?;
    let repository = repository(args, io);
    let request = pull_request(args, io);
    let mut unknown = None;
    let (repository, request) = match (repository, request) {
        (Ok(repository), Ok(request)) => (repository, request),
        // What would be said can be shown without knowing where.
        (Err(error), _) | (_, Err(error)) if !args.what.dry_run => return Err(error.into()),
        _ => {
            unknown = Some("Without a pull request it isn't known which comments there are.");
            (String::new(), 0)
        }
    };
    let token = token(told(io, "GITHUB_TOKEN"), args.what.dry_run, &mut unknown);
    let token = token.ok_or_else(no_token)?;
    let (web, clock) = (Web::default(), System);
    let variable = ("GITHUB_API_URL", told(io, "GITHUB_API_URL"));
    let api = api(args.api_url.as_deref(), variable, PUBLIC)?;
    let client = Client::new(api, &token, &web, &clock);
    let graphql = told(io, "GITHUB_GRAPHQL_URL").filter(|_| args.api_url.is_none());
    let github = GitHub::new(client, &repository, request, graphql);
    let summary = told(io, "GITHUB_STEP_SUMMARY").filter(|_| !args.no_step_summary);
    let place = Place {
        forge: &github,
        kind: Kind::GitHub,
        behaviour: args.behavior.into(),
        report: args.what.report_url.clone().or_else(|| job_page(io)),
        summary: summary.map(PathBuf::from),
        unknown,
    };
    say(&args.what, &place, &reviews, io)
}

impl From<How> for Behaviour {
    fn from(how: How) -> Self {
        match how {
            How::Update => Self::Update,
            How::New => Self::New,
            How::HideAndNew => Self::HideAndNew,
            How::DeleteAndNew => Self::DeleteAndNew,
        }
    }
}

fn no_token() -> Diagnostic {
    Diagnostic::error(&forge::NO_TOKEN)
        .detail("The variable GITHUB_TOKEN isn't set, or holds no token.")
        .hint("in GitHub Actions, give the step `env: { GITHUB_TOKEN: ${{ github.token }} }`")
        .hint("to see what would be said without one, use `--dry-run`")
}

fn repository(args: &Args, io: &Io) -> Result<String, Diagnostic> {
    let (name, from) = match (&args.repo, told(io, "GITHUB_REPOSITORY")) {
        (Some(name), _) => (name.as_str(), "`--repo`"),
        (None, Some(name)) => (name, "GITHUB_REPOSITORY"),
        (None, None) => {
            return Err(Diagnostic::error(&forge::NO_PULL_REQUEST)
                .detail("Neither `--repo` nor GITHUB_REPOSITORY says which repository it is in."));
        }
    };
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        !part.is_empty() && part.chars().all(plain) && part.chars().any(|c| c != '.')
    };
    match name.split_once('/') {
        Some((owner, repo)) if part(owner) && part(repo) => Ok(name.to_owned()),
        _ => Err(Diagnostic::error(&forge::NO_PULL_REQUEST).detail(format!(
            "`{name}`, from {from}, isn't a repository like `acme/pipelines`."
        ))),
    }
}

fn pull_request(args: &Args, io: &Io) -> Result<u64, Diagnostic> {
    if let Some(text) = &args.pull_request {
        return number(text, "`--pull-request`");
    }
    if let Some(path) = told(io, "GITHUB_EVENT_PATH") {
        let event = plans::read(Path::new(path), &forge::NO_PULL_REQUEST)?;
        if let Some(number) = in_event(&event) {
            return Ok(number);
        }
    }
    let of_ref = told(io, "GITHUB_REF").and_then(|r| r.strip_prefix("refs/pull/"));
    if let Some(rest) = of_ref {
        let text = rest.split('/').next().unwrap_or_default();
        return number(text, "GITHUB_REF");
    }
    Err(Diagnostic::error(&forge::NO_PULL_REQUEST)
        .detail("Neither `--pull-request` nor the event that started the job says which it is.")
        .hint("run it in a job of the event `pull_request`, or give the number"))
}

/// The pull request of a job's event: that itself, one that was commented on, or one whose run
/// started this one.
fn in_event(event: &Value) -> Option<u64> {
    let commented = || {
        let issue = event.get("issue")?;
        issue.get("pull_request")?;
        issue["number"].as_u64()
    };
    let own = event["pull_request"]["number"].as_u64();
    own.or_else(commented)
        .or_else(|| event["workflow_run"]["pull_requests"][0]["number"].as_u64())
}

fn job_page(io: &Io) -> Option<String> {
    let server = told(io, "GITHUB_SERVER_URL")?;
    let (repository, run) = (told(io, "GITHUB_REPOSITORY")?, told(io, "GITHUB_RUN_ID")?);
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_number_is_found_in_each_kind_of_event() {
        assert_eq!(in_event(&json!({"pull_request": {"number": 7}})), Some(7));
        let comment = json!({"issue": {"number": 8, "pull_request": {}}});
        assert_eq!(in_event(&comment), Some(8));
        assert_eq!(in_event(&json!({"issue": {"number": 8}})), None);
        let run = json!({"workflow_run": {"pull_requests": [{"number": 9}]}});
        assert_eq!(in_event(&run), Some(9));
        assert_eq!(
            in_event(&json!({"workflow_run": {"pull_requests": []}})),
            None
        );
        assert_eq!(in_event(&json!([])), None);
    }
}
