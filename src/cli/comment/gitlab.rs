//! `mlinfra comment gitlab`.

use clap::ValueEnum;

use super::refusal::Kind;
use super::{Place, What, api, number, reviews, say, token, told};
use crate::cli::{Io, Outcome};
use crate::diagnostics::{Diagnostic, cli, forge};
use crate::forge::{Behaviour, Client, GitLab, System, Web};

/// Say on a merge request at GitLab what a change costs
///
/// The token is that of the environment's GITLAB_TOKEN, and needs the scope `api`. In GitLab CI all else
/// is known.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// The project's number or path; else that of CI_MERGE_REQUEST_PROJECT_ID or CI_PROJECT_ID
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// The merge request's number in its project; else that of CI_MERGE_REQUEST_IID
    #[arg(long, value_name = "N")]
    merge_request: Option<String>,
    /// GitLab's API; else that of CI_API_V4_URL, or of gitlab.com
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// What becomes of an older comment
    #[arg(long, value_name = "HOW", default_value = "update")]
    behavior: How,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// It is changed
    Update,
    /// It stays, and a new one is made
    New,
    /// It is deleted, and a new one is made
    DeleteAndNew,
}

/// Where the API is when nobody says.
const PUBLIC: &str = "https://gitlab.com/api/v4";

/// Runs the command.
pub(super) fn run(args: &Args, io: &mut Io) -> Outcome {
    if let Some(mistake) = args.what.when.mistake() {
        return Err(Diagnostic::error(&cli::USAGE).detail(mistake).into());
    }
    let reviews = reviews::read(&args.what.path)?;
    let mut unknown = None;
    let (project, request) = match (project(args, io), merge_request(args, io)) {
        (Ok(project), Ok(request)) => (project, request),
        (Err(error), _) | (_, Err(error)) if !args.what.dry_run => return Err(error.into()),
        _ => {
            unknown = Some("Without a merge request it isn't known which comments there are.");
            (String::new(), 0)
        }
    };
    let token = token(told(io, "GITLAB_TOKEN"), args.what.dry_run, &mut unknown);
    let token = token.ok_or_else(|| no_token(io))?;
    let (web, clock) = (Web::default(), System);
    let variable = ("CI_API_V4_URL", told(io, "CI_API_V4_URL"));
    let api = api(args.api_url.as_deref(), variable, PUBLIC)?;
    let client = Client::new(api, &token, &web, &clock);
    let page = page(io, request);
    let gitlab = GitLab::new(client, &project, request, page.as_deref());
    let job = told(io, "CI_JOB_URL").map(str::to_owned);
    let place = Place {
        forge: &gitlab,
        kind: Kind::GitLab,
        behaviour: match args.behavior {
            How::Update => Behaviour::Update,
            How::New => Behaviour::New,
            How::DeleteAndNew => Behaviour::DeleteAndNew,
        },
        report: args.what.report_url.clone().or(job),
        summary: None,
        unknown,
    };
    say(&args.what, &place, &reviews, io)
}

fn no_token(io: &Io) -> Diagnostic {
    let job = told(io, "CI_JOB_TOKEN").is_some();
    let why = if job {
        " The job's own CI_JOB_TOKEN isn't used, since GitLab doesn't let it write comments."
    } else {
        ""
    };
    Diagnostic::error(&forge::NO_TOKEN)
        .detail(format!("The variable GITLAB_TOKEN isn't set, or holds no token.{why}"))
        .hint("make a project access token with the scope `api` and the role Reporter or higher, and give it to jobs as a masked variable")
        .hint("to see what would be said without one, use `--dry-run`")
}

fn project(args: &Args, io: &Io) -> Result<String, Diagnostic> {
    // In a pipeline of a fork, CI_PROJECT_ID is the fork, and the merge request isn't in it.
    let variables = ["CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID"];
    let from_job = || variables.iter().find_map(|name| told(io, name));
    let project = args.project.as_deref().or_else(from_job);
    project.map(str::to_owned).ok_or_else(|| {
        Diagnostic::error(&forge::NO_PULL_REQUEST)
            .detail("Neither `--project` nor CI_PROJECT_ID says which project it is in.")
    })
}

fn merge_request(args: &Args, io: &Io) -> Result<u64, Diagnostic> {
    match (&args.merge_request, told(io, "CI_MERGE_REQUEST_IID")) {
        (Some(text), _) => number(text, "`--merge-request`"),
        (None, Some(text)) => number(text, "CI_MERGE_REQUEST_IID"),
        (None, None) => Err(Diagnostic::error(&forge::NO_PULL_REQUEST)
            .detail("Neither `--merge-request` nor CI_MERGE_REQUEST_IID says which it is.")
            .hint("run it in a job with `rules: [{ if: $CI_PIPELINE_SOURCE == \"merge_request_event\" }]`, or give the number")),
    }
}

/// Where people see the merge request.
fn page(io: &Io, request: u64) -> Option<String> {
    let project = ["CI_MERGE_REQUEST_PROJECT_URL", "CI_PROJECT_URL"];
    let project = project.iter().find_map(|name| told(io, name))?;
    Some(format!("{project}/-/merge_requests/{request}"))
}
