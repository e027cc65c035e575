//! GitLab, hosted by whoever.

use serde_json::{Value, json};

use super::client::{Client, Repeat};
use super::failure::Failure;
use super::github::{next_page, unlike};
use super::place::{Comment, Forge};

/// The most that GitLab takes.
const LIMIT: usize = 1_000_000;

/// Notes on a page; the most that GitLab gives.
const PAGE: u32 = 100;

/// The notes of a merge request at GitLab.
pub struct GitLab<'c> {
    client: Client<'c>,
    /// `/projects/…/merge_requests/…/notes`.
    notes: String,
    /// Where people see the merge request; empty when that isn't known.
    page: String,
}

impl<'c> GitLab<'c> {
    /// Of a merge request in a project, which is named by its number or its path; `page` is where
    /// people see it.
    #[must_use]
    pub fn new(client: Client<'c>, project: &str, number: u64, page: Option<&str>) -> Self {
        let project = escaped(project);
        Self {
            client,
            notes: format!("/projects/{project}/merge_requests/{number}/notes"),
            page: page.unwrap_or_default().to_owned(),
        }
    }

    fn note(&self, comment: &Comment) -> String {
        format!("{}/{}", self.notes, comment.id)
    }

    fn read(&self, value: &Value) -> Result<Comment, Failure> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = value["id"].as_u64().ok_or_else(|| unlike("a note"))?;
        let page = &self.page;
        let url = if page.is_empty() {
            format!("note {id}")
        } else {
            format!("{page}#note_{id}")
        };
        Ok(Comment {
            id,
            node: String::new(),
            author: text(&value["author"]["username"]),
            body: text(&value["body"]),
            url,
            hidden: false,
        })
    }
}

impl Forge for GitLab<'_> {
    fn limit(&self) -> usize {
        LIMIT
    }

    fn inert(&self, text: String) -> String {
        without_actions(&text)
    }

    fn author(&self) -> Result<String, Failure> {
        let user = self.client.json("GET", "/user", None, Repeat::Freely)?;
        let name = user["username"].as_str().map(str::to_owned);
        name.ok_or_else(|| unlike("a user"))
    }

    fn comments(&self) -> Result<Vec<Comment>, Failure> {
        let first = format!(
            "{}?per_page={PAGE}&sort=asc&order_by=created_at",
            self.notes
        );
        let mut next = Some(first.clone());
        let mut all = Vec::new();
        while let Some(page) = next {
            let answer = self.client.call("GET", &page, None, Repeat::Freely)?;
            let listed = self.client.read(&answer)?;
            let listed = listed.as_array().ok_or_else(|| unlike("a list of notes"))?;
            // What GitLab itself notes, such as pushes, is no comment.
            for note in listed.iter().filter(|note| note["system"] != true) {
                all.push(self.read(note)?);
            }
            let number = answer.header("x-next-page").filter(|page| !page.is_empty());
            next = match number {
                Some(number) => Some(format!("{first}&page={}", escaped(number))),
                None => answer.header("link").and_then(next_page),
            };
        }
        all.sort_by_key(|comment| comment.id);
        Ok(all)
    }

    fn create(&self, body: &str) -> Result<Comment, Failure> {
        let body = json!({ "body": body });
        let never = Repeat::Never;
        let note = self.client.json("POST", &self.notes, Some(&body), never)?;
        self.read(&note)
    }

    fn edit(&self, comment: &Comment, body: &str) -> Result<(), Failure> {
        let (path, body) = (self.note(comment), json!({ "body": body }));
        let changed = self.client.call("PUT", &path, Some(&body), Repeat::Freely);
        changed.map(drop)
    }

    fn delete(&self, comment: &Comment) -> Result<(), Failure> {
        let path = self.note(comment);
        match self.client.call("DELETE", &path, None, Repeat::Freely) {
            Ok(_) | Err(Failure::NotFound(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    fn hide(&self, _: &Comment) -> Result<(), Failure> {
        Err(Failure::Unexpected("GitLab can't hide notes.".to_owned()))
    }

    fn back_off(&self, failed: u32) -> bool {
        self.client.back_off(failed)
    }

    fn nonce(&self) -> String {
        self.client.nonce()
    }
}

/// A text where a part of a path or the value of a query may stand.
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let each = text.bytes().map(|b| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    });
    each.collect()
}

/// A text of which GitLab carries nothing out: lines of notes that begin with `/merge` and the like
/// are orders to it. The slash is written as HTML, which reads the same.
fn without_actions(body: &str) -> String {
    let line = |line: &str| match line.trim_start().strip_prefix('/') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let indent = &line[..line.len() - rest.len() - 1];
            format!("{indent}&#47;{rest}")
        }
        _ => line.to_owned(),
    };
    let lines: Vec<String> = body.split('\n').map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_path_is_one_part_of_the_address() {
        assert_eq!(escaped("group/sub group/ä"), "group%2Fsub%20group%2F%C3%A4");
        assert_eq!(escaped("42"), "42");
    }

    #[test]
    fn orders_to_gitlab_become_text() {
        let body = "/merge\n  /close now\na /close\n//x\n/ x\n/1\n\n";
        let inert = "&#47;merge\n  &#47;close now\na /close\n//x\n/ x\n/1\n\n";
        assert_eq!(without_actions(body), inert);
    }
}
