//! The head of a plan's page: what it costs, how good that is, and what was chosen.

use maud::{Markup, html};

use super::bars::{Stretch, bar};
use super::figures::{cell, plain, said, share};
use super::verdicts::refused;
use crate::planning::plan::{BudgetStatus, BudgetUse, Plan, PlannedStage, ProjectSummary};
use crate::render::plan::{
    legend, nodes_of, place, proof, rides_with, sentences, stage_mark, time, total_mark, used_up,
};
use crate::review::verdict::{Verdict, is_denied};

/// The project, and the one figure.
pub(super) fn header(plan: &Plan, verdicts: &[Verdict]) -> Markup {
    let about = if plan.costs.estimated { "about " } else { "" };
    html! {
        p.what { "Plan" }
        h1 { (plan.project.name) }
        (whose(&plan.project))
        p.figure { (about) strong { "USD " (plan.costs.total.cents()) } " per month" }
        @if is_denied(&plan.budgets, verdicts) { (refused()) }
    }
}

/// Who pays, who answers, and the labels.
pub(super) fn whose(project: &ProjectSummary) -> Markup {
    let mut parts = Vec::new();
    parts.extend(project.team.iter().map(|team| format!("team {team}")));
    parts.extend(project.owner.iter().map(|owner| format!("owner {owner}")));
    parts.extend(
        project
            .labels
            .iter()
            .map(|(name, value)| format!("{name} {value}")),
    );
    html! {
        @if !parts.is_empty() { p.whose { (parts.join(" · ")) } }
    }
}

/// What a reader must know to trust the figure.
pub(super) fn facts(plan: &Plan) -> Markup {
    let mut facts = vec![("Proof", proof(plan))];
    if let Some(pass) = sentences::pass(plan) {
        facts.push(("Pass", pass));
    }
    if let Some(alone) = plan.each_alone {
        facts.push(("Alone", sentences::each_alone(alone, plan.costs.total)));
    }
    if let Some(sharing) = &plan.sharing {
        facts.push(("Sharing", sentences::shared(sharing, plan.costs.total)));
        facts.extend(sentences::outgrown(plan).map(|text| ("Growth", text)));
    }
    if let Some(used) = plan.commitments {
        facts.push(("Committed", sentences::committed(used)));
    }
    html! {
        (budgets(&plan.budgets))
        dl.facts {
            @for (name, text) in &facts {
                div { dt { (name) } dd { (said(text)) } }
            }
        }
    }
}

/// How much of each budget is used; nothing when there is none.
pub(super) fn budgets(budgets: &[BudgetUse]) -> Markup {
    html! {
        @if !budgets.is_empty() {
            table.chart.budgets {
                caption { "Budgets, USD per month; the line is the limit" }
                thead { tr {
                    th scope="col" { "Budget" }
                    th.num scope="col" { "Used" }
                    th.num scope="col" { "Limit" }
                    th.num scope="col" { "Share" }
                    td.bars aria-hidden="true" {}
                } }
                tbody { @for budget in budgets { (budget_row(budget)) } }
            }
        }
    }
}

fn budget_row(budget: &BudgetUse) -> Markup {
    let (class, sign) = match budget.status {
        BudgetStatus::Within => ("good", "\u{2713} within"),
        BudgetStatus::Warning => ("warn", "! nearly used"),
        BudgetStatus::ExceededAllowed => ("warn", "! exceeded (allowed)"),
        BudgetStatus::ExceededDenied => ("bad", "\u{2717} exceeded: this plan is refused"),
    };
    let [used, limit] = [budget.used, budget.limit].map(|usd| usd.micro_usd().unsigned_abs());
    // A tenth is left free at the right, so that the limit's line is seen.
    let whole = used.max(limit).saturating_mul(11) / 10;
    let fill = Stretch {
        from: 0,
        length: share(used, whole),
        class,
    };
    html! {
        tr {
            th scope="row" { (budget.name) " " span class={ "verdict " (class) } { (sign) } }
            (cell(budget.used, ""))
            (cell(budget.limit, ""))
            (plain(&used_up(budget).unwrap_or_else(|| "\u{2013}".into())))
            td.bars { (bar(&[fill], Some(share(limit, whole)))) }
        }
    }
}

/// One row for each stage: what was chosen and what that costs. `href` names a stage's section.
pub(super) fn choice(plan: &Plan, href: impl Fn(usize) -> String) -> Markup {
    let rows = plan.stages.iter().enumerate();
    html! {
        table.sortable.choices {
            caption { "What each stage runs on, and its bill in USD per month" }
            thead { tr {
                th scope="col" { "Stage" }
                th scope="col" { "Runs on, where, for how long" }
                th.num scope="col" { "USD" }
            } }
            tbody { @for (i, stage) in rows { (choice_row(stage, &href(i))) } }
            tfoot { tr {
                th scope="row" colspan="2" { "Total" }
                (cell(plan.costs.total, total_mark(plan)))
            } }
        }
        @for mark in legend(plan) { p.legend { (mark) } }
    }
}

fn choice_row(stage: &PlannedStage, href: &str) -> Markup {
    let shared = rides_with(stage).is_some();
    html! {
        tr {
            th scope="row" { a href=(href) { (stage.name) } " " span.more { (stage.kind.as_str()) } }
            td { span.chosen {
                span { (nodes_of(stage)) }
                span.where { (place(&stage.placement)) }
                span.for { @if !shared { (time(&stage.placement, &stage.usage)) } }
            } }
            (cell(stage.costs.total, stage_mark(stage)))
        }
    }
}
