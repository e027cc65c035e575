//! Limits over several specs: budgets in USD per month, quotas in GPUs.

use crate::catalog::is_gpu_of;
use crate::model::{OnExceed, Organisation, SharedBudget, SharedQuota, Whose};
use crate::planning::plan::{Plan, PlannedStage, ProjectSummary};
use crate::review::verdict::{Severity, Status, Verdict};
use crate::units::{Millionths, Money};

use super::rules::holds_nodes;

/// What each limit says of the plans together, and the indices of the plans that it covers. A limit
/// that covers none says nothing.
pub(super) fn verdicts(plans: &[&Plan], organisation: &Organisation) -> Vec<(Verdict, Vec<usize>)> {
    let budgets = organisation.budgets.iter();
    let budgets =
        budgets.map(|(name, budget)| (budget_verdict(name, budget, plans), &budget.whose));
    let quotas = organisation.quotas.iter();
    let quotas = quotas.map(|(name, quota)| (quota_verdict(name, quota, plans), &quota.whose));
    let verdicts = budgets.chain(quotas);
    let covered = |(verdict, whose): (Verdict, &Whose)| {
        let indices = 0..plans.len();
        let covered: Vec<usize> = indices
            .filter(|index| whose.stages(plans[*index]).next().is_some())
            .collect();
        (!covered.is_empty()).then_some((verdict, covered))
    };
    verdicts.filter_map(covered).collect()
}

impl Whose {
    /// The stages of a plan that a limit is about.
    fn stages<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = &'p PlannedStage> {
        let ours = self.is_about(&plan.project);
        plan.stages.iter().filter(move |stage| {
            let named = self.stage.as_ref();
            ours && named.is_none_or(|name| *name == stage.name)
        })
    }

    fn is_about(&self, project: &ProjectSummary) -> bool {
        let asked = |asked: &Option<String>, is: Option<&String>| {
            asked.as_ref().is_none_or(|asked| is == Some(asked))
        };
        asked(&self.team, project.team.as_ref())
            && asked(&self.owner, project.owner.as_ref())
            && asked(&self.project, Some(&project.name))
    }
}

fn budget_verdict(name: &str, budget: &SharedBudget, plans: &[&Plan]) -> Verdict {
    let stages = plans.iter().flat_map(|plan| budget.whose.stages(plan));
    // As with a spec's own budgets, what commitments cover is use all the same.
    let used: Money = stages.map(|s| s.costs.total + s.costs.covered).sum();
    let exceeded = used > budget.limit;
    let near = used >= budget.limit.share(budget.warn_at);
    let severity = match budget.on_exceed {
        // A budget that is nearly used denies nothing.
        OnExceed::Deny if exceeded || !near => Severity::Deny,
        OnExceed::Deny | OnExceed::Warn => Severity::Warn,
    };
    let message = format!(
        "{} USD {} of the USD {} per month of budget `{name}`.",
        take(plans.len()),
        used.cents(),
        budget.limit.cents()
    );
    let hint = "ask those who keep the policy files for a higher limit";
    verdict("budget", name, severity, exceeded || near, (message, hint))
}

fn quota_verdict(name: &str, quota: &SharedQuota, plans: &[&Plan]) -> Verdict {
    let stages = plans.iter().flat_map(|plan| quota.whose.stages(plan));
    let used: u64 = stages
        .filter(|stage| counts(quota, stage))
        .map(gpus)
        .fold(0, u64::saturating_add);
    let exceeded = used > u64::from(quota.max).saturating_mul(Millionths::ONE.get());
    let what = quota
        .gpu
        .as_ref()
        .map_or(String::new(), |gpu| format!(" of name `{}`", gpu.value));
    let message = format!(
        "{} {} of the {} GPUs{what} at once of quota `{name}`.",
        take(plans.len()),
        Millionths::new(used),
        quota.max
    );
    let hint = "ask those who keep the policy files for a larger quota";
    verdict("quota", name, Severity::Deny, exceeded, (message, hint))
}

fn counts(quota: &SharedQuota, stage: &PlannedStage) -> bool {
    let place = &stage.placement.location;
    let gpu = |asked: &str| {
        let is = stage.placement.gpu.as_deref();
        is.is_some_and(|is| is_gpu_of(is, asked))
    };
    holds_nodes(stage)
        && quota.gpu.as_ref().is_none_or(|asked| gpu(&asked.value))
        && quota.provider.is_none_or(|p| p.as_str() == place.provider)
        && quota.region.as_ref().is_none_or(|r| *r == place.region)
}

/// Millionths of GPUs at a stage's busiest. All stages count as if they ran at once: of several specs
/// nobody knows when their runs meet.
fn gpus(stage: &PlannedStage) -> u64 {
    let per_node = stage.placement.gpus_per_node.map_or(0, Millionths::get);
    per_node.saturating_mul(stage.placement.nodes.into())
}

fn take(specs: usize) -> String {
    match specs {
        1 => "The spec takes".to_owned(),
        more => format!("The {more} specs together take"),
    }
}

fn verdict(
    rule: &str,
    name: &str,
    severity: Severity,
    broken: bool,
    (message, hint): (String, &str),
) -> Verdict {
    Verdict {
        rule: rule.to_owned(),
        severity,
        status: if broken { Status::Broken } else { Status::Kept },
        subject: Some(format!("{rule}.{name}")),
        message,
        hint: broken.then(|| hint.to_owned()),
        place: None,
    }
}
