//! What a failure at a forge means to people, and what they can do.

use crate::diagnostics::{Diagnostic, forge};
use crate::forge::{Failure, Left};
use crate::planning::plan::BudgetStatus;
use crate::review::SpecReview;

/// Which forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    GitHub,
    GitLab,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
        }
    }

    const fn variable(self) -> &'static str {
        match self {
            Self::GitHub => "GITHUB_TOKEN",
            Self::GitLab => "GITLAB_TOKEN",
        }
    }
}

/// What ended the command.
pub(super) fn diagnostic(failure: &Failure, kind: Kind) -> Diagnostic {
    let (name, variable) = (kind.name(), kind.variable());
    match failure {
        Failure::Unauthorized(said) => Diagnostic::error(&forge::UNAUTHORIZED)
            .detail(format!(
                "{name} doesn't know the token of {variable}, or it has run out. It says: {said}"
            ))
            .hint(format!("give {variable} a token that is valid there")),
        Failure::Forbidden(said) => forbidden(said, kind),
        Failure::NotFound(said) => Diagnostic::error(&forge::NOT_FOUND)
            .detail(format!(
                "{name} has no such pull request, or doesn't show it to the token of {variable}. It says: {said}"
            ))
            .hint(not_found(kind)),
        Failure::Refused { status, message } => Diagnostic::error(&forge::REFUSED).detail(format!(
            "{name} answered {status} and did nothing. It says: {message}"
        )),
        Failure::RateLimited { until, message } => Diagnostic::error(&forge::RATE_LIMITED)
            .detail(format!(
                "{name} answers no more requests with this token before {until}. It says: {message}"
            ))
            .hint("run the job again after that; what it has said is found and not said twice"),
        Failure::Unreachable { attempts, why } => Diagnostic::error(&forge::UNREACHABLE)
            .detail(format!("{name} gave no answer that helps in {attempts}. The last: {why}"))
            .hint("run the job again later; what it has said is found and not said twice"),
        Failure::Unexpected(what) => Diagnostic::error(&forge::UNEXPECTED)
            .detail(what.clone())
            .hint(match kind {
                Kind::GitHub => "look whether GITHUB_API_URL or `--api-url` is the address of the API",
                Kind::GitLab => "look whether CI_API_V4_URL or `--api-url` is the address of the API",
            }),
    }
}

fn forbidden(said: &str, kind: Kind) -> Diagnostic {
    let diagnostic = Diagnostic::error(&forge::FORBIDDEN);
    match kind {
        Kind::GitHub => diagnostic
            .detail(format!("The token of GITHUB_TOKEN may not comment here. GitHub says: {said}"))
            .hint("give the job `permissions: { contents: read, pull-requests: write }`")
            .hint("on a pull request from a fork the token can only read: the job's summary has the text; `docs/comments.md` says how to comment there"),
        Kind::GitLab => diagnostic
            .detail(format!("The token of GITLAB_TOKEN may not comment here. GitLab says: {said}"))
            .hint("use a project access token with the scope `api` and the role Reporter or higher"),
    }
}

const fn not_found(kind: Kind) -> &'static str {
    match kind {
        Kind::GitHub => {
            "look at `--repo` and `--pull-request`; a private repository is hidden from tokens without `pull-requests: write`"
        }
        Kind::GitLab => {
            "look at `--project` and `--merge-request`; a private project is hidden from tokens without the scope `api`"
        }
    }
}

/// A comment that should be gone and isn't: the new one is there, so it is a warning.
pub(super) fn left(left: &Left, url: Option<&str>, kind: Kind) -> Diagnostic {
    let url = url.unwrap_or_default();
    let why = diagnostic(&left.failure, kind).detail;
    Diagnostic::warning(&forge::LEFT_OVER).detail(format!(
        "An older comment couldn't be {}: {url}\n{why}",
        left.wanted
    ))
}

/// That a policy or a budget forbids one of the specs; the comment says which.
pub(super) fn denied(specs: &[&SpecReview]) -> Option<Diagnostic> {
    let mut lines = Vec::new();
    for spec in specs {
        let name = &spec.spec;
        let broken = spec.verdicts.iter().filter(|verdict| verdict.denies());
        lines.extend(broken.map(|v| format!("`{name}`: `{}`: {}", v.rule, v.message)));
        let budgets = spec.head.plan().map_or(&[][..], |plan| &plan.budgets);
        let exceeded = budgets
            .iter()
            .filter(|b| b.status == BudgetStatus::ExceededDenied);
        lines.extend(exceeded.map(|budget| {
            let (used, limit) = (budget.used.cents(), budget.limit.cents());
            format!(
                "`{name}`: budget `{}`: USD {used} of {limit} per month",
                budget.name
            )
        }));
    }
    (!lines.is_empty()).then(|| Diagnostic::error(&forge::DENIED).detail(lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;

    #[track_caller]
    fn check(failure: &Failure, code: &'static Code, detail: &str) {
        let told = diagnostic(failure, Kind::GitLab);
        assert_eq!((told.code, told.detail.as_str()), (code, detail));
    }

    #[test]
    fn a_forge_without_an_answer_is_told_with_what_the_last_attempt_ended_with() {
        let failure = Failure::Unreachable {
            attempts: "6 attempts".to_owned(),
            why: "503 Service Unavailable".to_owned(),
        };
        let detail =
            "GitLab gave no answer that helps in 6 attempts. The last: 503 Service Unavailable";
        check(&failure, &forge::UNREACHABLE, detail);
    }

    #[test]
    fn each_forge_is_told_by_its_name_and_its_variable() {
        let failure = Failure::Unauthorized("401 Unauthorized".to_owned());
        let detail = "GitLab doesn't know the token of GITLAB_TOKEN, or it has run out. It says: 401 Unauthorized";
        check(&failure, &forge::UNAUTHORIZED, detail);
    }

    #[test]
    fn what_nothing_forbids_is_no_error() {
        assert!(denied(&[]).is_none());
    }
}
