"""The part of GitLab that notes on merge requests need. python-gitlab, which others wrote, is driven
against it as well, so that it isn't only our idea of GitLab."""

import json
import re
from urllib.parse import unquote, urlencode

LIMIT = 1_000_000

NOTES = re.compile(r"/api/v4/projects/([^/]+)/merge_requests/(\d+)/notes(?:/(\d+))?")


class GitLab:
    def __init__(self, world, base):
        self.world, self.base = world, base

    def call(self, method, path, query, headers, token, text):
        return (*self.answer(method, path, query, token, text), [])

    def answer(self, method, path, query, token, text):
        who = self.world.tokens.get(token)
        if who is None:
            return 401, {}, {"message": "401 Unauthorized"}
        if path == "/api/v4/user" and method == "GET":
            return 200, {}, {"id": self.world.user(who["login"]), "username": who["login"],
                             "name": who["login"], "state": "active"}
        match = NOTES.fullmatch(path)
        thread = match and f"{unquote(match[1])}!{match[2]}"
        if thread not in self.world.threads or who["may"] == "nothing":
            return 404, {}, {"message": "404 Not found"}
        notes = self.world.threads[thread]
        if match[3] is None:
            return self.page(path, notes, query) if method == "GET" else self.create(who, thread, method, text)
        note = next((note for note in notes if note["id"] == int(match[3])), None)
        if note is None:
            return 404, {}, {"message": "404 Note Not Found"}
        if method == "GET":
            return 200, {}, self.note(note)
        if who["may"] != "write" or note["author"] != who["login"]:
            return 403, {}, {"message": "403 Forbidden"}
        if method == "DELETE":
            notes.remove(note)
            return 204, {}, None
        body = self.body(text)
        if body is None:
            return 400, {}, {"message": "400 Bad request - Note is too long or empty"}
        note["body"] = body
        return 200, {}, self.note(note)

    def create(self, who, thread, method, text):
        if method != "POST":
            return 405, {}, {"error": "405 Not Allowed"}
        if who["may"] != "write":
            return 403, {}, {"message": "403 Forbidden"}
        body = self.body(text)
        if body is None:
            return 400, {}, {"message": "400 Bad request - Note is too long or empty"}
        return 201, {}, self.note(self.world.add(thread, who["login"], who["kind"], body))

    def body(self, text):
        body = json.loads(text).get("body", "")
        return body if body.strip() and len(body) <= LIMIT else None

    def page(self, path, notes, query):
        reverse = query.get("sort", "desc") == "desc"
        notes = sorted(notes, key=lambda note: note["id"], reverse=reverse)
        size, number = min(int(query.get("per_page", 20)), 100), int(query.get("page", 1))
        last = max(1, -(-len(notes) // size))
        link = lambda page, rel: f'<{self.base}{path}?{urlencode({**query, "page": page})}>; rel="{rel}"'
        links = [link(number + 1, "next")] if number < last else []
        headers = {"x-page": number, "x-per-page": size, "x-total": len(notes), "x-total-pages": last,
                   "x-next-page": number + 1 if number < last else "",
                   "x-prev-page": number - 1 if number > 1 else "",
                   "link": ", ".join([*links, link(1, "first"), link(last, "last")])}
        shown = notes[(number - 1) * size:number * size]
        return 200, {name: str(value) for name, value in headers.items()}, [self.note(n) for n in shown]

    def note(self, note):
        author = {"id": self.world.user(note["author"]), "username": note["author"],
                  "name": note["author"], "state": "active"}
        return {"id": note["id"], "type": None, "body": note["body"], "author": author,
                "created_at": note["created"], "updated_at": note["updated"],
                "system": note["kind"] == "System", "noteable_type": "MergeRequest",
                "resolvable": False, "confidential": False, "internal": False}
