//! Verdicts and budgets as JUnit XML, which CI servers show as tests.
//!
//! A case that is denied is a failure, one that was waived is skipped, and all others pass: warnings
//! and notes say what they found as output of the test. A suite is a spec.
//!
//! ```text
//! <testcase classname="specs/ranker" name="gpu-without-lifetime stage.train" file="specs/ranker/main.mlinfra.hcl">
//!   <failure type="deny" message="Stage `train` has GPUs …"></failure>
//! </testcase>
//! ```

use super::sarif::in_repository;
use super::text::inert_line;
use crate::planning::plan::{BudgetStatus, BudgetUse};
use crate::review::verdict::{Severity, Status, Verdict};

/// What was judged of one spec.
#[derive(Debug, Clone, Copy)]
pub struct Suite<'s> {
    /// The spec's path.
    pub spec: &'s str,
    /// What policies say.
    pub verdicts: &'s [Verdict],
    /// The spec's own budgets.
    pub budgets: &'s [BudgetUse],
}

/// Renders suites.
#[must_use]
pub fn junit(suites: &[Suite<'_>]) -> String {
    let suites: Vec<(&str, Vec<Case>)> = suites
        .iter()
        .map(|suite| (suite.spec, cases(suite)))
        .collect();
    let all = suites.iter().flat_map(|(_, cases)| cases);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mlinfra\" {}>\n",
        Counts::of(all)
    );
    for (spec, cases) in &suites {
        out.push_str(&format!(
            "  <testsuite name=\"{}\" {}>\n",
            escape(spec),
            Counts::of(cases)
        ));
        out.extend(cases.iter().map(|case| case.xml(spec)));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// A rule and what came of it.
struct Case {
    name: String,
    file: Option<String>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// With words before the message: what the severity is called.
    Told(&'static str, String),
    Waived(String),
    Failed(String),
}

fn cases(suite: &Suite<'_>) -> Vec<Case> {
    let verdicts = suite.verdicts.iter().map(of_verdict);
    verdicts
        .chain(suite.budgets.iter().map(of_budget))
        .collect()
}

fn of_verdict(verdict: &Verdict) -> Case {
    let (subject, place) = (verdict.subject.as_ref(), verdict.place.as_ref());
    let message = verdict.message.clone();
    Case {
        name: subject.map_or_else(
            || verdict.rule.clone(),
            |subject| format!("{} {subject}", verdict.rule),
        ),
        file: place.map(|place| in_repository(&place.file).to_owned()),
        outcome: match (&verdict.status, verdict.severity) {
            (Status::Kept, _) => Outcome::Passed,
            (Status::Waived { reason, until }, _) => {
                Outcome::Waived(format!("waived until {until}: {reason}"))
            }
            (Status::Broken, Severity::Deny) => Outcome::Failed(message),
            (Status::Broken, Severity::Warn) => Outcome::Told("warning", message),
            (Status::Broken, Severity::Note) => Outcome::Told("note", message),
        },
    }
}

fn of_budget(budget: &BudgetUse) -> Case {
    let message = format!(
        "The plan takes USD {} of the USD {} per month.",
        budget.used.cents(),
        budget.limit.cents()
    );
    Case {
        name: format!("budget {}", budget.name),
        file: None,
        outcome: match budget.status {
            BudgetStatus::Within => Outcome::Passed,
            BudgetStatus::Warning | BudgetStatus::ExceededAllowed => {
                Outcome::Told("warning", message)
            }
            BudgetStatus::ExceededDenied => Outcome::Failed(message),
        },
    }
}

impl Case {
    fn xml(&self, spec: &str) -> String {
        let file = self.file.as_ref();
        let file = file.map_or(String::new(), |f| format!(" file=\"{}\"", escape(f)));
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\"{file}",
            escape(spec),
            escape(&self.name)
        );
        let inner = match &self.outcome {
            Outcome::Passed => return format!("{head}/>\n"),
            Outcome::Told(word, message) => {
                format!("<system-out>{word}: {}</system-out>", escape(message))
            }
            Outcome::Waived(why) => format!("<skipped message=\"{}\"/>", escape(why)),
            Outcome::Failed(message) => {
                format!("<failure type=\"deny\" message=\"{}\"/>", escape(message))
            }
        };
        format!("{head}>{inner}</testcase>\n")
    }
}

/// The attributes that count.
struct Counts;

impl Counts {
    fn of<'c>(cases: impl IntoIterator<Item = &'c Case>) -> String {
        let (mut tests, mut failures, mut skipped) = (0, 0, 0);
        for case in cases {
            tests += 1;
            match case.outcome {
                Outcome::Failed(_) => failures += 1,
                Outcome::Waived(_) => skipped += 1,
                Outcome::Passed | Outcome::Told(..) => {}
            }
        }
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
    }
}

/// Text without markup, and without what XML 1.0 can't hold even escaped.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in inert_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_inert() {
        assert_eq!(
            escape("]]><a b=\"c\">&\u{1b}[0m\u{202e}\u{ffff}\n"),
            "]]&gt;&lt;a b=&quot;c&quot;&gt;&amp;\\u{1b}[0m\\u{202e}\\u{ffff}\\n"
        );
    }
}
