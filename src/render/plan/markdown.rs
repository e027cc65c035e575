//! The plan for a pull request or a wiki.

use super::{
    catalogs, cited, legend, place, proof, runs_on, stage_mark, summary, time, total_mark,
};
use crate::planning::plan::{BudgetStatus, Plan, PlannedStage, Proof};
use crate::render::text;
use crate::units::{Money, grouped};

/// Renders a plan as GitHub-flavoured Markdown. Everything from the spec is escaped.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let about = if plan.costs.estimated { "about " } else { "" };
    let mut out = format!(
        "### {}: {about}USD {} per month\n\n| Stage | Runs on | Where | For | USD per month |\n\
         | :-- | :-- | :-- | :-- | --: |\n",
        escape(&plan.project.name),
        plan.costs.total.cents()
    );
    for stage in &plan.stages {
        out.push_str(&row(stage));
    }
    out.push_str(&format!(
        "| **Total** | | | | **{}** {} |\n",
        plan.costs.total.cents(),
        total_mark(plan)
    ));
    if !plan.budgets.is_empty() {
        out.push('\n');
    }
    for budget in &plan.budgets {
        let sign = match budget.status {
            BudgetStatus::Within => "✅",
            BudgetStatus::Warning | BudgetStatus::ExceededAllowed => "⚠️",
            BudgetStatus::ExceededDenied => "❌",
        };
        let (used, limit) = (budget.used.cents(), budget.limit.cents());
        out.push_str(&format!(
            "- {sign} Budget {}: USD {used} of {limit}\n",
            escape(&budget.name)
        ));
    }
    if plan.proof != Proof::Optimal {
        out.push_str(&format!("\n- ⚠️ {}\n", proof(plan)));
    }
    for stage in &plan.stages {
        out.push_str(&details(stage));
    }
    out.push_str(&footer(plan));
    out
}

fn row(stage: &PlannedStage) -> String {
    format!(
        "| {} | {} | {} | {} | {} {} |\n",
        escape(&stage.name),
        escape(&runs_on(&stage.placement)),
        escape(&place(&stage.placement)),
        escape(&time(&stage.placement, &stage.usage)),
        stage.costs.total.cents(),
        stage_mark(stage)
    )
}

fn details(stage: &PlannedStage) -> String {
    let mut out = format!("\n<details><summary>{}</summary>\n\n", escape(&stage.name));
    let (costs, rate) = (&stage.costs, &stage.rate);
    out.push_str(&format!(
        "- compute USD {} at USD {} per node-hour, {}\n",
        costs.compute.cents(),
        rate.usd,
        escape(&cited(rate))
    ));
    for movement in &stage.movements {
        out.push_str(&format!(
            "- reads {} ({}) from {}: USD {}\n",
            escape(&movement.name),
            movement.amount,
            escape(&movement.from.to_string()),
            movement.cost.cents()
        ));
        if movement.wait_cost > Money::ZERO {
            out.push_str(&format!(
                "- waits for {}: USD {}\n",
                escape(&movement.name),
                movement.wait_cost.cents()
            ));
        }
    }
    if costs.covered > Money::ZERO {
        out.push_str(&format!(
            "- covered by commitments: USD -{}\n",
            costs.covered.cents()
        ));
    }
    for stored in &stage.storage {
        let cost = stored.rate.as_ref().map_or("not priced".into(), |_| {
            format!("USD {}", stored.cost.cents())
        });
        out.push_str(&format!(
            "- keeps {} ({}): {cost}\n",
            escape(&stored.output),
            stored.size
        ));
    }
    for note in &stage.notes {
        out.push_str(&format!("- {}\n", escape(note)));
    }
    out.push_str(&format!(
        "\n| {} offerings that … | left |\n| :-- | --: |\n",
        grouped(stage.funnel.offerings.into())
    ));
    for step in &stage.funnel.steps {
        out.push_str(&format!(
            "| {} | {} |\n",
            escape(&step.text),
            grouped(step.left.into())
        ));
    }
    out.push_str("\n</details>\n");
    out
}

fn footer(plan: &Plan) -> String {
    let mut lines = legend(plan);
    lines.push(format!(
        "Not priced: {}.",
        escape(&plan.not_priced.join("; "))
    ));
    if !plan.not_considered.is_empty() {
        let list = escape(&plan.not_considered.join("; "));
        lines.push(format!("Not yet taken into account: {list}."));
    }
    lines.push(format!("Catalogs: {}.", catalogs(plan)));
    format!("\n{}\n\n{}\n", lines.join("  \n"), summary(plan))
}

/// Text from a spec, made inert: no markup, no mention, no link, no table cell of its own.
fn escape(raw: &str) -> String {
    let mut out = String::new();
    let raw = text::inert_line(raw);
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Forges make links of bare addresses.
            ':' if chars.peek() == Some(&'/') => out.push_str("&#58;"),
            '.' if ends_with_www(&out) => out.push_str("&#46;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space after it keeps a forge from making a mention of it.
            '@' => out.push_str("@\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .last_chunk::<3>()
        .is_some_and(|last| last.eq_ignore_ascii_case(b"www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_inert() {
        assert_eq!(
            escape("a|b`</details>@all\n# x"),
            "a\\|b\\`&lt;/details&gt;@\u{200b}all\\\\n\\# x"
        );
        assert_eq!(escape("https://a.b www.c.d"), "https&#58;//a.b www&#46;c.d");
    }
}
