use serde::{Deserialize, Serialize};

use super::life;

/// Who holds a lease. It is for people; all that is decided by it is whether the process is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process there.
    pub process: u32,
    /// The CI job, if it is one: its address where it has one.
    pub job: Option<String>,
    /// What it does: `apply`, `destroy`.
    pub command: String,
    /// What tells the process from others with its number: `life` tells how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<String>,
}

/// How a CI system tells a job: by a variable that is set in it alone, and those of which the job's
/// address and the user's name are made. `{NAME}` stands for a variable.
struct System {
    mark: &'static str,
    who: &'static str,
    job: &'static str,
}

/// As documented by each: GitHub's "Variables", GitLab's "Predefined CI/CD variables", Buildkite's
/// "Environment variables" and Jenkins's "Using environment variables".
const SYSTEMS: [System; 4] = [
    System {
        mark: "GITHUB_ACTIONS",
        who: "GITHUB_ACTOR",
        job: "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    },
    System {
        mark: "GITLAB_CI",
        who: "GITLAB_USER_LOGIN",
        job: "{CI_JOB_URL}",
    },
    System {
        mark: "BUILDKITE",
        who: "BUILDKITE_BUILD_CREATOR",
        job: "{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}",
    },
    System {
        mark: "JENKINS_URL",
        who: "BUILD_USER_ID",
        job: "{BUILD_URL}",
    },
];

impl Holder {
    /// This process, as the environment tells it. What isn't told is left empty.
    pub fn here(
        command: impl Into<String>,
        process: u32,
        host: Option<String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let told = |name: &str| environment(name).filter(|value| !value.is_empty());
        let system = SYSTEMS.iter().find(|system| told(system.mark).is_some());
        let who = system.and_then(|system| told(system.who));
        Self {
            who: who
                .or_else(|| told("USER"))
                .or_else(|| told("LOGNAME"))
                .unwrap_or_default(),
            host: host.or_else(|| told("HOSTNAME")).unwrap_or_default(),
            process,
            job: system.map(|system| filled(system.job, told).unwrap_or(system.mark.into())),
            command: command.into(),
            life: None,
        }
    }

    /// The same with what tells this process from all others, so that it is known when it is gone.
    #[must_use]
    pub fn alive(mut self) -> Self {
        self.life = life::of(self.process);
        self
    }

    /// Whether it is known that the process is gone, so that it gives nothing back.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let life = self.life.as_deref();
        life.is_some_and(|life| life::is_over(self.process, life))
    }
}

/// A text with the variables in it put in; `None` when one isn't there.
fn filled(text: &str, told: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = text.split('{');
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        whole += &told(name)?;
        whole += rest;
    }
    Some(whole)
}

/// The name of this machine.
#[must_use]
pub fn host() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_str().ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}
