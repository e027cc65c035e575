"""Forges on loopback that stand in for GitHub and GitLab in tests.

    python3 server.py [--port PORT] [--description FOLDER]

It prints one line, {"port": …}, when it is ready, and ends when its standard input does, so that it
never outlives the test that started it. GitHub's API is at the root, GitHub's GraphQL at /graphql and
GitLab's API at /api/v4.

With the folder that `cut.py` fills with GitHub's own descriptions, each request to GitHub and each answer is
held against it. What differs is answered with 500 and kept as a violation.

Tests share the server; each has repositories, projects and tokens of its own:

    POST /_world    {"tokens": {"secret": {"login": "ada", "kind": "User", "may": "write"}},
                     "threads": {"acme/ml#7": [{"author": "bob", "body": "…"}]}}
                    adds; `acme/ml#7` is a pull request at GitHub, `42!7` a merge request at GitLab;
                    `may` is "write", "read" or "nothing"; `kind` is "User" or "Bot"
    POST /_faults   adds one: {"token": "secret", "method": "POST", "path": "/repos/*",
                     "skip": 1, "times": 2, "do": …}, `do` being one of
                     {"status": 503, "headers": {}, "body": {}}               instead of doing it
                     {"status": 502, "headers": {}, "body": {}, "after": true}  after it is done
                     "lose-answer"     it is done, and the connection closed without an answer
                     "lose-request"    the connection is closed, and nothing done
                     {"delay_ms": 200} it is done later
                     {"redirect": "https://…"}
    POST /_told     {"token": "secret", "thread": "acme/ml#7"}: {"calls": […], "violations": […],
                     "comments": […]}
"""

import argparse
import json
import os
import socket
import sys
import threading
import time
import traceback
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from github import GitHub
from gitlab_fake import GitLab


class World:
    """All that there is, under one lock."""

    def __init__(self):
        self.lock = threading.RLock()
        self.tokens, self.threads, self.numbers = {}, {}, {}
        self.faults, self.calls, self.violations = [], [], []
        self.last = 1000
        self.users = {}

    def user(self, login):
        """The number of a login."""
        return self.users.setdefault(login, len(self.users) + 1)

    def add(self, thread, author, kind, body):
        """A new comment at the end of a thread."""
        self.last += 1
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        comment = {"id": self.last, "author": author, "kind": kind, "body": body, "hidden": None,
                   "created": now, "updated": now}
        self.threads[thread].append(comment)
        return comment

    def find(self, number):
        """A comment and its thread."""
        for thread, comments in self.threads.items():
            for comment in comments:
                if comment["id"] == number:
                    return thread, comment
        return None, None

    def setup(self, told):
        with self.lock:
            self.tokens.update(told.get("tokens", {}))
            for thread, comments in told.get("threads", {}).items():
                self.threads[thread] = []
                for comment in comments:
                    self.add(thread, comment["author"], comment.get("kind", "User"), comment["body"])

    def fault(self, token, method, path):
        with self.lock:
            for fault in self.faults:
                fits = (fault.get("token") in (None, token) and fault.get("method") in (None, method)
                        and fnmatchcase(path, fault.get("path", "*")))
                if not fits:
                    continue
                fault["seen"] = fault.get("seen", 0) + 1
                nth = fault["seen"] - fault.get("skip", 0)
                if nth >= 1 and nth <= fault.get("times", 1 << 30):
                    return fault["do"]
        return None

    def told(self, wanted):
        with self.lock:
            own = lambda entry: entry["token"] == wanted.get("token")
            return {"calls": list(filter(own, self.calls)),
                    "violations": list(filter(own, self.violations)),
                    "comments": self.threads.get(wanted.get("thread"), [])}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers go out in one piece, or the system holds back the second.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_one(self):
        length = int(self.headers.get("content-length") or 0)
        text = self.rfile.read(length).decode()
        url = urlsplit(self.path)
        if url.path.startswith("/_"):
            return self.control(url.path, json.loads(text or "null"))
        world, path = self.server.world, url.path
        authorization = self.headers.get("authorization", "")
        token = authorization.partition(" ")[2] or self.headers.get("private-token", "")
        fault = world.fault(token, self.command, path)
        if isinstance(fault, dict) and "delay_ms" in fault:
            time.sleep(fault["delay_ms"] / 1000)
            fault = None
        if isinstance(fault, dict) and "redirect" in fault:
            fault = {"status": 307, "headers": {"location": fault["redirect"]}, "body": {}}
        if fault == "lose-request":
            return self.drop()
        if isinstance(fault, dict) and not fault.get("after"):
            return self.answer(fault["status"], fault.get("headers", {}), fault.get("body", {}), token)
        query = dict(parse_qsl(url.query))
        forge = self.server.gitlab if path.startswith("/api/v4/") else self.server.github
        headers = {name.lower(): value for name, value in self.headers.items()}
        with world.lock:
            try:
                answer = forge.call(self.command, path, query, headers, token, text)
            except Exception:
                answer = 500, {}, {}, [traceback.format_exc()]
            status, out, body, violations = answer
            for violation in violations:
                world.violations.append({"token": token, "what": violation})
        if violations:
            status, out, body = 500, {}, {"message": f"against the description: {violations}"}
        if fault == "lose-answer":
            self.log(status, token)
            return self.drop()
        if isinstance(fault, dict):
            return self.answer(fault["status"], fault.get("headers", {}), fault.get("body", {}), token)
        self.answer(status, out, body, token)

    def control(self, path, told):
        world = self.server.world
        out = {}
        if path == "/_world":
            world.setup(told)
        elif path == "/_faults":
            with world.lock:
                world.faults.append(told)
        else:
            out = world.told(told)
        self.write(200, {}, out)

    def log(self, status, token):
        with self.server.world.lock:
            call = {"token": token, "method": self.command, "path": self.path, "status": status}
            self.server.world.calls.append(call)

    def answer(self, status, headers, body, token):
        self.log(status, token)
        self.write(status, headers, body)

    def write(self, status, headers, body):
        data = b"" if body is None else json.dumps(body).encode()
        if isinstance(body, str):
            data = body.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.send_header("content-type", "application/json; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--description")
    arguments = arguments.parse_args()
    server = Server(("127.0.0.1", arguments.port), Handler)
    port = server.server_address[1]
    server.world = World()
    server.github = GitHub(server.world, f"http://127.0.0.1:{port}", arguments.description)
    server.gitlab = GitLab(server.world, f"http://127.0.0.1:{port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": port}), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
