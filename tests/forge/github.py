"""The part of GitHub that comments need. Answers are made from the description's own example."""

import json
import re

from described import Described

# Where GitHub's documentation says what was refused.
DOCUMENTATION = "https://docs.github.com/rest/issues/comments"

# What GitHub says it takes. It takes 262,144 bytes, which are never fewer characters.
LIMIT = 65536

THREAD = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)/comments")
COMMENT = re.compile(r"/repos/([^/]+/[^/]+)/issues/comments/(\d+)")
# How GitHub itself names repositories in links to further pages.
BY_NUMBER = re.compile(r"/repositories/(\d+)(/.*)")


class GitHub:
    def __init__(self, world, base, folder):
        self.world, self.base = world, base
        self.described = Described(f"{folder}/github.json") if folder else None
        self.repositories = []
        self.schema = None
        if folder:
            from graphql import build_schema
            self.schema = build_schema(open(f"{folder}/github.graphql", encoding="utf-8").read())

    def call(self, method, path, query, headers, token, text):
        """Status, headers, body, and what is against the description."""
        if path == "/graphql":
            return self.graphql(method, token, text)
        by_number = BY_NUMBER.fullmatch(path)
        if by_number:
            path = f"/repos/{self.repositories[int(by_number[1])]}{by_number[2]}"
        violations = self.described.request(method, path, query, text) if self.described else []
        if headers.get("accept") != "application/vnd.github+json":
            violations.append("Accept isn't what GitHub recommends")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", headers.get("x-github-api-version", "")):
            violations.append("there is no version of the API")
        if not headers.get("user-agent"):
            violations.append("there is no User-Agent, without which GitHub refuses")
        if violations:
            return 500, {}, {}, violations
        status, out, body = self.answer(method, path, query, token, text)
        if self.described:
            violations = self.described.answer(method, path, status, out, body)
        return status, out, body, violations

    def answer(self, method, path, query, token, text):
        who = self.world.tokens.get(token)
        if who is None:
            return self.refuse(401, "Bad credentials")
        thread, comment = None, None
        if match := THREAD.fullmatch(path):
            thread = f"{match[1]}#{match[2]}"
        elif match := COMMENT.fullmatch(path):
            thread, comment = self.world.find(int(match[2]))
            if thread is not None and thread.split("#")[0] != match[1]:
                thread = None
        if thread not in self.world.threads or who["may"] == "nothing":
            return self.refuse(404, "Not Found")
        if method == "GET":
            return (200, {}, self.comment(thread, comment)) if comment else self.page(thread, query)
        if who["may"] != "write":
            return self.refuse(403, "Resource not accessible by integration")
        if method == "DELETE":
            self.world.threads[thread].remove(comment)
            return 204, {}, None
        body = json.loads(text)["body"]
        if not body.strip() or len(body) > LIMIT:
            return self.invalid("Body can't be blank" if not body.strip() else
                                f"Body is too long (maximum is {LIMIT} characters)")
        if method == "PATCH":
            comment["body"] = body
            return 200, {}, self.comment(thread, comment)
        made = self.world.add(thread, who["login"], who["kind"], body)
        shown = self.comment(thread, made)
        return 201, {"location": shown["url"]}, shown

    def page(self, thread, query):
        comments = self.world.threads[thread]
        size, number = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        last = max(1, -(-len(comments) // size))
        repository, issue = thread.split("#")
        if repository not in self.repositories:
            self.repositories.append(repository)
        where = f"{self.base}/repositories/{self.repositories.index(repository)}/issues/{issue}/comments"
        link = lambda page, rel: f'<{where}?per_page={size}&page={page}>; rel="{rel}"'
        links = [link(number - 1, "prev"), link(1, "first")] if number > 1 else []
        links += [link(number + 1, "next"), link(last, "last")] if number < last else []
        headers = {"link": ", ".join(links)} if links else {}
        shown = comments[(number - 1) * size:number * size]
        return 200, headers, [self.comment(thread, comment) for comment in shown]

    def comment(self, thread, comment):
        repository, issue = thread.split("#")
        number = comment["id"]
        out = self.described.example("issue-comment") if self.described else {"user": {}}
        out.update(
            id=number, node_id=f"IC_{number}", body=comment["body"],
            url=f"{self.base}/repos/{repository}/issues/comments/{number}",
            html_url=f"https://github.example/{repository}/pull/{issue}#issuecomment-{number}",
            issue_url=f"{self.base}/repos/{repository}/issues/{issue}",
            created_at=comment["created"], updated_at=comment["updated"],
            minimized=comment["hidden"] and {"reason": comment["hidden"]},
        )
        out["user"].update(login=comment["author"], id=self.world.user(comment["author"]), type=comment["kind"])
        return out

    def refuse(self, status, message):
        return status, {}, {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}

    def invalid(self, message):
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}
        return 422, {}, {"message": "Validation Failed", "documentation_url": DOCUMENTATION,
                         "errors": [error]}

    def graphql(self, method, token, text):
        asked = json.loads(text)
        if method != "POST" or set(asked) - {"query", "variables", "operationName"}:
            return 500, {}, {}, ["that isn't a request of GraphQL"]
        who = self.world.tokens.get(token)
        if who is None:
            return (*self.refuse(401, "Bad credentials"), [])
        violations = self.validated(asked) if self.schema else []
        if violations:
            return 500, {}, {}, violations
        if "viewer" in asked["query"]:
            return 200, {}, {"data": {"viewer": {"login": who["login"]}}}, []
        number = int(asked["variables"]["id"].removeprefix("IC_"))
        _, comment = self.world.find(number)
        if comment is None:
            return self.errors("NOT_FOUND", "Could not resolve to a node with the global id")
        if who["may"] != "write":
            return self.errors("FORBIDDEN", "Resource not accessible by integration")
        comment["hidden"] = "outdated"
        return 200, {}, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}, []

    def validated(self, asked):
        """What is against GitHub's own schema; the variables too."""
        from graphql import parse, validate
        from graphql.execution.values import get_variable_values

        document = parse(asked["query"])
        found = [str(error) for error in validate(self.schema, document)]
        if found:
            return found
        definitions = document.definitions[0].variable_definitions or []
        values = get_variable_values(self.schema, definitions, asked.get("variables") or {})
        return [str(error) for error in values] if isinstance(values, list) else []

    def errors(self, kind, message):
        return 200, {}, {"data": None, "errors": [{"type": kind, "message": message}]}, []
