//! GitHub and GitHub Enterprise.

use serde_json::{Value, json};

use super::client::{Client, Repeat};
use super::failure::Failure;
use super::place::{Comment, Forge};

/// The most that GitHub says it takes. It takes 262,144 bytes, which are never fewer characters.
const LIMIT: usize = 65_536;

/// Comments on a page; the most that GitHub gives.
const PAGE: u32 = 100;

/// The version of the API that this is written for.
const VERSION: &str = "2022-11-28";

/// The one question that tokens of people, apps and Actions may all ask: `GET /user` is refused to
/// those of apps.
const WHO: &str = "query { viewer { login } }";

const HIDE: &str = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) \
                    { minimizedComment { isMinimized } } }";

/// The conversation of a pull request at GitHub.
pub struct GitHub<'c> {
    client: Client<'c>,
    /// `owner/name`.
    repository: String,
    number: u64,
    graphql: String,
}

impl<'c> GitHub<'c> {
    /// Of a pull request in a repository `owner/name`. GraphQL has an address of its own; without one
    /// it is where GitHub and GitHub Enterprise have it.
    #[must_use]
    pub fn new(client: Client<'c>, repository: &str, number: u64, graphql: Option<&str>) -> Self {
        let base = client.base();
        let usual = || match base.strip_suffix("/v3") {
            Some(api) => format!("{api}/graphql"),
            None => format!("{base}/graphql"),
        };
        let graphql = graphql.map_or_else(usual, str::to_owned);
        Self {
            client: client
                .with_header("accept", "application/vnd.github+json")
                .with_header("x-github-api-version", VERSION),
            repository: repository.to_owned(),
            number,
            graphql,
        }
    }

    fn thread(&self) -> String {
        format!("/repos/{}/issues/{}/comments", self.repository, self.number)
    }

    fn comment(&self, comment: &Comment) -> String {
        format!("/repos/{}/issues/comments/{}", self.repository, comment.id)
    }

    /// GraphQL answers 200 to what it refuses.
    fn ask(&self, query: &str, variables: &Value) -> Result<Value, Failure> {
        let body = json!({ "query": query, "variables": variables });
        let freely = Repeat::Freely;
        let answer = self
            .client
            .json("POST", &self.graphql, Some(&body), freely)?;
        let errors = answer.get("errors").and_then(Value::as_array);
        let Some(error) = errors.and_then(|errors| errors.first()) else {
            return Ok(answer);
        };
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        Err(match error["type"].as_str() {
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => Failure::Forbidden(message),
            Some("NOT_FOUND") => Failure::NotFound(message),
            _ => Failure::Refused {
                status: 200,
                message,
            },
        })
    }
}

impl Forge for GitHub<'_> {
    fn limit(&self) -> usize {
        LIMIT
    }

    fn author(&self) -> Result<String, Failure> {
        let answer = self.ask(WHO, &json!({}))?;
        let login = answer["data"]["viewer"]["login"].as_str();
        login.map(str::to_owned).ok_or_else(|| {
            Failure::Unexpected("GitHub doesn't say whom the token belongs to.".to_owned())
        })
    }

    fn comments(&self) -> Result<Vec<Comment>, Failure> {
        let mut next = Some(format!("{}?per_page={PAGE}", self.thread()));
        let mut all = Vec::new();
        while let Some(page) = next {
            let answer = self.client.call("GET", &page, None, Repeat::Freely)?;
            let listed = self.client.read(&answer)?;
            for value in listed
                .as_array()
                .ok_or_else(|| unlike("a list of comments"))?
            {
                all.push(read(value)?);
            }
            next = answer.header("link").and_then(next_page);
        }
        all.sort_by_key(|comment| comment.id);
        Ok(all)
    }

    fn create(&self, body: &str) -> Result<Comment, Failure> {
        let body = json!({ "body": body });
        let never = Repeat::Never;
        read(
            &self
                .client
                .json("POST", &self.thread(), Some(&body), never)?,
        )
    }

    fn edit(&self, comment: &Comment, body: &str) -> Result<(), Failure> {
        let (path, body) = (self.comment(comment), json!({ "body": body }));
        let changed = self
            .client
            .call("PATCH", &path, Some(&body), Repeat::Freely);
        changed.map(drop)
    }

    fn delete(&self, comment: &Comment) -> Result<(), Failure> {
        let path = self.comment(comment);
        match self.client.call("DELETE", &path, None, Repeat::Freely) {
            Ok(_) | Err(Failure::NotFound(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    fn hide(&self, comment: &Comment) -> Result<(), Failure> {
        self.ask(HIDE, &json!({ "id": comment.node })).map(drop)
    }

    fn back_off(&self, failed: u32) -> bool {
        self.client.back_off(failed)
    }

    fn nonce(&self) -> String {
        self.client.nonce()
    }
}

fn read(value: &Value) -> Result<Comment, Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(Comment {
        id: value["id"].as_u64().ok_or_else(|| unlike("a comment"))?,
        node: text(&value["node_id"]),
        // Whoever deleted the account has no login any more.
        author: text(&value["user"]["login"]),
        body: text(&value["body"]),
        url: text(&value["html_url"]),
        hidden: value["minimized"].is_object(),
    })
}

pub(super) fn unlike(what: &str) -> Failure {
    Failure::Unexpected(format!("The answer isn't {what}."))
}

/// The address of the next page from a `Link` header: `<https://…?page=2>; rel="next", <…>; …`.
pub(super) fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (address, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        let is_next = parameters.any(|p| p == "rel=\"next\"" || p == "rel=next");
        is_next.then(|| address.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let next = "<https://api.example/c?page=2>; rel=\"next\"";
        let last = "<https://api.example/c?page=9>; rel=\"last\"";
        let expected = Some("https://api.example/c?page=2".to_owned());
        assert_eq!(next_page(&format!("{next}, {last}")), expected);
        assert_eq!(next_page(&format!("{last}, {next}")), expected);
        assert_eq!(next_page(last), None);
        assert_eq!(next_page(""), None);
    }
}
