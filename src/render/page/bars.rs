//! Bars beside figures. What they show stands beside them in digits, so readers of the text alone
//! lose nothing.

use maud::{Markup, html};

/// A stretch of a bar, in hundredths of a percent of its width.
pub(super) struct Stretch {
    pub from: u32,
    pub length: u32,
    /// How it is drawn: a class of the style sheet.
    pub class: &'static str,
}

/// A bar of some stretches; `limit` shows its whole room too, with a line across it.
pub(super) fn bar(stretches: &[Stretch], limit: Option<u32>) -> Markup {
    html! {
        svg.bar aria-hidden="true" focusable="false" height="12" {
            @if limit.is_some() { rect.track x="0" y="1" width="100%" height="10" {} }
            @for stretch in stretches {
                @if stretch.length > 0 {
                    rect class=(stretch.class) x=(percent(stretch.from)) y="1"
                        width=(percent(stretch.length)) height="10" {}
                }
            }
            @if let Some(limit) = limit {
                line.limit x1=(percent(limit)) x2=(percent(limit)) y1="0" y2="12" {}
            }
        }
    }
}

/// A bar of one stretch from the left.
pub(super) fn simple(length: u32, class: &'static str) -> Markup {
    bar(
        &[Stretch {
            from: 0,
            length,
            class,
        }],
        None,
    )
}

/// `41.5%`, for attributes.
fn percent(hundredths: u32) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
