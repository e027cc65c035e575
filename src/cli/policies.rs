//! What every command that judges plans takes and does: policy files, and verdicts by them.

mod rego;

use std::path::PathBuf;

use serde_json::Value;

use self::rego::Rego;
use super::apply::Planned;
use super::{Io, Report};
use crate::diagnostics::{Diagnostic, Diagnostics, policy};
use crate::model::Organisation;
use crate::render;
use crate::review::policy::{Judged, Judgement, SpecAtHand, judge};
use crate::review::verdict::{Severity, Status, Verdict};
use crate::store::policy_files;
use crate::units::Date;

/// Where an organisation's policy files are.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PolicyArgs {
    /// Policy files that plans must keep, or a folder of them; may be given several times; also
    /// MLINFRA_POLICY
    #[arg(long, value_name = "PATH")]
    policy: Vec<PathBuf>,
}

/// What plans are judged by, beside what their specs say.
#[derive(Default)]
pub(crate) struct Policies {
    /// What the policy files say.
    pub organisation: Organisation,
    /// sha-256 of them; `None` where there are none.
    pub sha256: Option<String>,
    rego: Rego,
}

impl PolicyArgs {
    /// Reads the policy files: those of the arguments and those of the environment, since who may give
    /// more can't take away.
    ///
    /// # Errors
    ///
    /// What can't be read, and all mistakes in what can.
    pub(crate) fn load(&self, io: &Io) -> Result<Policies, Report> {
        let set = io.env("MLINFRA_POLICY").unwrap_or_default();
        let from_env = std::env::split_paths(set).filter(|path| !path.as_os_str().is_empty());
        let paths: Vec<PathBuf> = from_env.chain(self.policy.iter().cloned()).collect();
        if paths.is_empty() {
            return Ok(Policies::default());
        }
        let files = policy_files::read(&paths)?;
        let (organisation, diagnostics) = crate::spec::organisation(&files.sources);
        let Some(organisation) = organisation else {
            return Err(Report {
                diagnostics,
                sources: files.sources,
                json: false,
            });
        };
        Ok(Policies {
            organisation,
            rego: Rego::read(&files)?,
            sha256: Some(files.sha256),
        })
    }
}

impl Policies {
    /// Judges a plan, and its JSON where there is one.
    ///
    /// # Errors
    ///
    /// `policy::rego`.
    pub(crate) fn judge(
        &self,
        planned: &Planned,
        document: &Value,
        today: Date,
    ) -> Result<Judgement, Report> {
        let loaded = &planned.loaded;
        let judged = Judged {
            plan: &planned.plan,
            spec: Some(SpecAtHand {
                project: &loaded.project,
                sources: &loaded.sources,
            }),
        };
        let mut judgement = judge(&judged, &self.organisation, today);
        self.judge_document(document, &mut judgement)?;
        Ok(judgement)
    }

    /// Adds what policies in Rego say of a plan's JSON.
    ///
    /// # Errors
    ///
    /// `policy::rego`.
    pub(crate) fn judge_document(
        &self,
        document: &Value,
        judgement: &mut Judgement,
    ) -> Result<(), Report> {
        for verdict in self.rego.judge(document)? {
            judgement.push(verdict, None);
        }
        Ok(())
    }

    /// What a plan's JSON says of a judgement.
    pub(crate) fn stated(&self, judgement: &Judgement, today: Date) -> Value {
        render::policies::json(&judgement.verdicts, today, self.sha256.as_deref())
    }

    /// Whether a saved plan may be carried out, by what was judged of it when it was made: policy files
    /// may have been at hand that aren't now, and waivers may have expired since.
    ///
    /// # Errors
    ///
    /// `policy::denied`, once for each verdict that forbids it.
    pub(crate) fn allow_stated(document: &Value, today: Date) -> Result<(), Diagnostics> {
        let stated = document.get("policies");
        let verdicts = stated.and_then(|stated| stated.get("verdicts"));
        let verdicts = verdicts
            .cloned()
            .map(serde_json::from_value::<Vec<Verdict>>);
        let mut denied = Diagnostics::new();
        for verdict in verdicts.transpose().ok().flatten().unwrap_or_default() {
            let (detail, denies) = match &verdict.status {
                Status::Waived { until, .. } if *until < today => (
                    format!(
                        "The waiver of rule `{}` counted until {until}. {}",
                        verdict.rule, verdict.message
                    ),
                    verdict.severity == Severity::Deny,
                ),
                _ => (
                    format!("By rule `{}`: {}", verdict.rule, verdict.message),
                    verdict.denies(),
                ),
            };
            if denies {
                denied.push(Diagnostic::error(&policy::DENIED).detail(detail));
            }
        }
        if denied.is_empty() {
            Ok(())
        } else {
            Err(denied)
        }
    }
}
