"""A small Google Cloud Storage: the XML API as far as states need it, with generation preconditions.

Emulators ignore `x-goog-if-generation-match`, on which everything depends here. What is asked in a
form that isn't known is answered 400, so that a client that asks otherwise than this was written for
is found. `python3 gcs.py PORT`; it ends when its standard input does.
"""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

# By bucket and name: content and generation. One lock, since a condition and its write are one step.
OBJECTS = {}
LOCK = threading.Lock()
NEXT = [1700000000000000]
WHEN = "Sat, 21 Nov 2026 12:00:00 GMT"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        self.answer(status, body.encode(), [("Content-Type", "application/xml")])

    def target(self):
        """Bucket, name and query; None when the request was answered already."""
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            self.refuse(401, "AuthenticationRequired", "Authentication required.")
            return None
        parts = urlsplit(self.path)
        bucket, _, name = unquote(parts.path).lstrip("/").partition("/")
        if bucket != "bucket":
            self.refuse(404, "NoSuchBucket", "The specified bucket does not exist.")
            return None
        return bucket, name, parse_qs(parts.query)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if (target := self.target()) is None:
            return
        bucket, name, query = target
        wanted = self.headers.get("x-goog-if-generation-match")
        if query or not name or (wanted is not None and not wanted.isdigit()):
            return self.refuse(400, "InvalidArgument", "This fake doesn't know such a PUT.")
        with LOCK:
            now = OBJECTS.get((bucket, name), (b"", 0))[1]
            if wanted is not None and int(wanted) != now:
                return self.refuse(412, "PreconditionFailed", "At least one precondition failed.")
            NEXT[0] += 1
            generation = NEXT[0]
            OBJECTS[bucket, name] = (body, generation)
        self.answer(200, b"", self.about(generation))

    def about(self, generation):
        return [
            ("ETag", f'"{generation}"'),
            ("x-goog-generation", str(generation)),
            ("Last-Modified", WHEN),
        ]

    def do_GET(self):
        if (target := self.target()) is None:
            return
        bucket, name, query = target
        if not name:
            return self.list(bucket, query)
        with LOCK:
            found = OBJECTS.get((bucket, name))
        if found is None:
            return self.refuse(404, "NoSuchKey", "The specified key does not exist.")
        self.answer(200, found[0], self.about(found[1]))

    def list(self, bucket, query):
        known = {"list-type", "prefix", "max-keys", "continuation-token"}
        if query.get("list-type") != ["2"] or set(query) - known:
            return self.refuse(400, "InvalidArgument", "This fake doesn't know such a list.")
        prefix = query.get("prefix", [""])[0]
        after = query.get("continuation-token", [""])[0]
        with LOCK:
            names = sorted(n for b, n in OBJECTS if b == bucket and n.startswith(prefix))
            rows = [(n, OBJECTS[bucket, n]) for n in names if n > after]
        # Few on a page, so that pages are turned.
        page, more = rows[:3], len(rows) > 3
        body = "<ListBucketResult>"
        for row, (content, generation) in page:
            body += f"<Contents><Key>{escape(row)}</Key><Size>{len(content)}</Size>"
            body += "<LastModified>2026-11-21T12:00:00.000Z</LastModified>"
            body += f"<ETag>{generation}</ETag></Contents>"
        if more:
            body += f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>"
        body += "</ListBucketResult>"
        self.answer(200, body.encode(), [("Content-Type", "application/xml")])

    def do_DELETE(self):
        if (target := self.target()) is None:
            return
        bucket, name, query = target
        if query or not name:
            return self.refuse(400, "InvalidArgument", "This fake doesn't know such a DELETE.")
        with LOCK:
            found = OBJECTS.pop((bucket, name), None)
        if found is None:
            return self.refuse(404, "NoSuchKey", "The specified key does not exist.")
        self.answer(204)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)
