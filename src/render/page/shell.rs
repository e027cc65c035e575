//! What every page has around its content: head, style, script, ways to jump.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::policy;
use crate::render::text;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A part of a page that one can jump to.
pub(super) struct Part {
    /// Its `id`; never from a spec.
    pub id: String,
    pub title: String,
}

impl Part {
    pub(super) fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        let (id, title) = (id.into(), title.into());
        Self { id, title }
    }
}

/// A whole page.
///
/// Markup is escaped where it is made. What a terminal would obey or a reader couldn't see is made
/// visible here, for the page as a whole, as nothing of our own has such characters.
pub(super) fn page(title: &str, parts: &[Part], header: &Markup, main: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::of(STYLE, SCRIPT));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top { (header) }
                nav.parts aria-label="Parts of this page" {
                    ul {
                        @for part in parts {
                            li { a href={ "#" (part.id) } { (part.title) } }
                        }
                    }
                }
                main #main { (main) }
                footer {
                    p { "Made by mlinfra " (env!("CARGO_PKG_VERSION")) ". This page loads nothing from elsewhere." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    text::inert(&document.into_string())
}

/// A part with its heading.
pub(super) fn part(part: &Part, content: &Markup) -> Markup {
    html! {
        section id=(part.id) aria-labelledby={ (part.id) "-title" } {
            h2 id={ (part.id) "-title" } { (part.title) }
            (content)
        }
    }
}

/// A table that may be wider than a phone: it scrolls by itself, by keyboard too.
pub(super) fn wide(name: &str, table: &Markup) -> Markup {
    html! { div.wide tabindex="0" role="group" aria-label=(name) { (table) } }
}
