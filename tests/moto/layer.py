"""moto with what it lacks: a server on loopback that stands in for AWS in tests.

    python3 layer.py [--port PORT]

It prints one line, {"port": …}, when it is ready, and ends when its standard input does, so that it
never outlives the test that started it.

moto answers for all services. Before it, EC2's calls get client tokens, permissions, quotas,
capacity, placement groups and the checks that moto skips (ec2.py); fixes.py mends what moto answers
otherwise than EC2. Requests to other services, such as S3, go through untouched but for faults.

A test controls it by three addresses:

    POST /_faults   a script in JSON; what it doesn't name stays as it is
    POST /_reset    forgets the script, all objects and all calls
    GET  /_calls    the calls so far, in order, as they were answered

A script:

    {
      "faults": [{
        "service": "ec2",            whose calls; any without it. S3 is "s3"
        "action": "RunInstances",    which; for S3 a method such as "PUT"; * and ? are any characters
        "region": "us-east-1",
        "path": "/bucket/*",         for services with paths
        "when": {"InstanceType": "p4*"},   parameters of an EC2 call
        "skip": 1, "times": 2,       of those: the second and third; all without it
        "do": one of
          {"error": {"code": "InternalError", "message": "…", "status": 500}}
          {"error": {…}, "after": true}    it is done, and the answer is an error
          "throttle"                 RequestLimitExceeded (S3: SlowDown), 503
          "lose-answer"              it is done, and the connection closed without an answer
          "lose-request"             the connection is closed, and nothing done
          {"delay_ms": 200}          it is done later
      }],
      "capacity": [{"zone": "use1-az4", "instance_type": "p4d.24xlarge", "market": "spot", "most": 3}],
      "quotas": {"L-417A185B": 96},  vCPUs by code of Service Quotas
      "denied": ["ec2:RunInstances", "iam:PassRole"],
      "pending_ms": 300,             how long an instance is pending; 0 at first
      "shutting_down_ms": 300,
      "page": 2                      reservations on a page of DescribeInstances
    }

The first fault that fits is taken, and delays besides.
"""

import argparse
import json
import os
import socket
import sys
import threading
import time
from fnmatch import fnmatchcase
from io import BytesIO
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

import fixes
from ec2 import XMLNS, Ec2, Refusal
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

PLACEMENT_GROUPS = ("CreatePlacementGroup", "DescribePlacementGroups", "DeletePlacementGroup")


def read_body(environ):
    """All of a request's body."""
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


class Call:
    """A request, as far as faults and the log need to know it."""

    def __init__(self, environ):
        self.environ = environ
        self.method = environ["REQUEST_METHOD"]
        self.path = environ.get("PATH_INFO", "/")
        self.service, self.region = self.scope(environ.get("HTTP_AUTHORIZATION", ""))
        self.params = {}
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            self.set_params(dict(parse_qsl(read_body(environ).decode(), keep_blank_values=True)))
        elif target:
            body = read_body(environ)
            environ["wsgi.input"] = BytesIO(body)
            self.params = json.loads(body or b"{}")
        self.action = self.params.get("Action") or target.rpartition(".")[2] or self.method

    def set_params(self, params):
        """Makes moto see these parameters."""
        self.params = params
        body = urlencode(params).encode()
        self.environ["wsgi.input"] = BytesIO(body)
        self.environ["CONTENT_LENGTH"] = str(len(body))

    @staticmethod
    def scope(authorization):
        """Service and region of a signature: …Credential=KEY/DATE/REGION/SERVICE/aws4_request, …"""
        parts = authorization.partition("Credential=")[2].split(",")[0].split("/")
        return (parts[3].lower(), parts[2]) if len(parts) == 5 else ("", "")

    def fits(self, fault):
        forms = [("service", self.service), ("action", self.action), ("region", self.region)]
        forms.append(("path", self.path))
        if not all(fnmatchcase(value, fault.get(name, "*")) for name, value in forms):
            return False
        when = fault.get("when", {}).items()
        return all(fnmatchcase(str(self.params.get(name, "")), form) for name, form in when)


class Layer:
    """The application that the server runs."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        # moto's objects aren't made for threads. Delays are waited for outside of it.
        self.lock = threading.RLock()
        self.ec2 = Ec2()
        self.clear()

    def clear(self):
        self.faults, self.calls = [], []
        self.ec2.clear()

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path in ("/_faults", "/_reset", "/_calls"):
            status, headers, body = self.control(path, environ)
        else:
            status, headers, body = self.answer(Call(environ))
        if status is None:
            hang_up(environ)
            status, headers, body = "500 Lost", [], b""
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    def control(self, path, environ):
        answer = {}
        # A body that isn't read would be waited for at the end of the answer.
        body = read_body(environ)
        with self.lock:
            if path == "/_reset":
                self.clear()
                reset = {"REQUEST_METHOD": "POST", "PATH_INFO": "/moto-api/reset"}
                run_wsgi_app(self.moto, {**environ, **reset})
            elif path == "/_calls":
                answer = self.calls
            else:
                script = json.loads(body)
                if "faults" in script:
                    self.faults = [{**fault, "seen": 0} for fault in script["faults"]]
                self.ec2.configure(script)
        body = json.dumps(answer).encode()
        return "200 OK", [("Content-Type", "application/json")], body

    def answer(self, call):
        """The answer to a call; a status of None is none."""
        note = {"service": call.service, "action": call.action, "region": call.region}
        note |= {"method": call.method, "path": call.path}
        note |= {"dry_run": call.params.get("DryRun") == "true"}
        note |= {"token": call.params.get("ClientToken")}
        with self.lock:
            self.calls.append(note)
            delay, fault = self.fault(call)
        if delay:
            time.sleep(delay / 1000)
        answer = self.with_fault(call, fault)
        note["status"] = answer[0] and int(answer[0].split()[0])
        note["fault"] = fault
        return answer

    def fault(self, call):
        """How long to wait, and what else goes wrong."""
        delay, found = 0, None
        for fault in self.faults:
            if not call.fits(fault):
                continue
            seen, fault["seen"] = fault["seen"], fault["seen"] + 1
            first = fault.get("skip", 0)
            if not first <= seen < first + fault.get("times", float("inf")):
                continue
            do = fault["do"]
            if isinstance(do, dict) and "delay_ms" in do:
                delay += do["delay_ms"]
            elif found is None:
                found = do
        return delay, found

    def with_fault(self, call, fault):
        if fault == "lose-request":
            read_body(call.environ)
            return None, [], b""
        if fault == "throttle":
            read_body(call.environ)
            code = "SlowDown" if call.service == "s3" else "RequestLimitExceeded"
            return refuse(call, Refusal(code, "Request limit exceeded.", 503))
        error = fault["error"] if isinstance(fault, dict) else None
        refusal = error and Refusal(
            error["code"], error.get("message", error["code"]), error.get("status", 400)
        )
        if error and not fault.get("after"):
            read_body(call.environ)
            return refuse(call, refusal)
        answer = self.done(call)
        if fault == "lose-answer":
            return None, [], b""
        return refuse(call, refusal) if error else answer

    def done(self, call):
        with self.lock:
            try:
                if call.service == "servicequotas":
                    return self.quota(call)
                if call.service == "ec2":
                    return self.done_by_ec2(call)
                return self.done_by_moto(call)
            except Refusal as refusal:
                return refuse(call, refusal)

    def done_by_moto(self, call):
        body, status, headers = run_wsgi_app(self.moto, call.environ, buffered=True)
        body = b"".join(body)
        if call.method != "HEAD":
            headers["Content-Length"] = str(len(body))
        return status, list(headers), body

    def done_by_ec2(self, call):
        params, region, action = call.params, call.region, call.action
        self.ec2.check_permission("ec2", action)
        known = self.ec2.remembered(region, action, params)
        if known:
            return known
        if action in PLACEMENT_GROUPS:
            body = self.ec2.placement_groups(region, action, params)
            body = f'<{action}Response xmlns="{XMLNS}"><requestId>r</requestId>{body}</{action}Response>'
            return "200 OK", [("Content-Type", "text/xml")], body.encode()
        if action == "RunInstances":
            self.ec2.check_pass_role(region, params)
            call.set_params(self.ec2.launch(region, params))
        if action == "DescribeInstances" and self.ec2.page:
            call.set_params({"MaxResults": str(self.ec2.page), **params})
        if action == "DeleteSecurityGroup":
            self.ec2.check_unused_group(region, params)
        answer = self.done_by_moto(call)
        if answer[0].startswith("200"):
            self.ec2.remember(region, action, params, answer)
        return answer

    def quota(self, call):
        self.ec2.check_permission("servicequotas", call.action)
        code = call.params.get("QuotaCode")
        if call.action != "GetServiceQuota":
            raise Refusal("UnknownOperationException", f"{call.action} isn't there")
        quota = {"ServiceCode": "ec2", "QuotaCode": code, "Value": self.ec2.quota(code)}
        body = json.dumps({"Quota": quota}).encode()
        return "200 OK", [("Content-Type", "application/x-amz-json-1.1")], body


def refuse(call, refusal):
    """An error in the form of the service."""
    code, message = refusal.code, refusal.message
    if call.environ.get("HTTP_X_AMZ_TARGET"):
        kind, body = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    elif call.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        kind = "application/xml"
    else:
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"
        kind = "text/xml"
    body = "" if call.method == "HEAD" else body
    return f"{refusal.status} Refused", [("Content-Type", kind)], body.encode()


def hang_up(environ):
    """Closes the connection, so that whatever is written after is lost."""
    connection = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


class Quiet(WSGIRequestHandler):
    """One request a connection, as werkzeug reads away what comes after it. Keeps silent."""

    protocol_version = "HTTP/1.0"

    def log(self, *_):
        pass


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    fixes.install()
    server = make_server("127.0.0.1", arguments.port, Layer(), threaded=True, request_handler=Quiet)
    threading.Thread(target=end_with_input, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
