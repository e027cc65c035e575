"""Holds requests and answers against an OpenAPI description."""

import copy
import json
import re

from jsonschema import Draft4Validator, FormatChecker


def plain(value):
    """A schema of OpenAPI 3.0 as JSON schema: `nullable` is a further type."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    out = {name: plain(part) for name, part in value.items() if name != "nullable"}
    if value.get("nullable") is not True:
        return out
    if isinstance(out.get("type"), str) and "enum" not in out:
        return {**out, "type": [out["type"], "null"]}
    return {"anyOf": [out, {"type": "null"}]}


class Described:
    # Declared for hardly any operation, and answered by all.
    EVERYWHERE = {401, 403, 404, 429, 500, 502, 503, 504}

    def __init__(self, path):
        self.document = json.load(open(path, encoding="utf-8"))
        self.components = plain(self.document["components"])
        self.validators = {}

    def example(self, name):
        return copy.deepcopy(self.document["components"]["examples"][name]["value"])

    def errors(self, schema, value, where):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            # `$ref` makes the keywords beside it void, so it stands alone.
            whole = {"allOf": [plain(schema)], "components": self.components}
            self.validators[key] = Draft4Validator(whole, format_checker=FormatChecker())
        found = self.validators[key].iter_errors(value)
        return [f"{where}{''.join(f'[{p!r}]' for p in e.absolute_path)}: {e.message[:300]}" for e in found]

    def look_up(self, value):
        while "$ref" in value:
            _, _, kind, name = value["$ref"].split("/", 3)
            value = self.document["components"][kind][name]
        return value

    def operation(self, method, path):
        """The operation at a path, and the values of the path's parameters."""
        for template, operations in self.document["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path)
            if match and method.lower() in operations:
                return operations[method.lower()], match.groupdict()
        return None, {}

    def request(self, method, path, query, text):
        operation, parts = self.operation(method, path)
        if operation is None:
            return [f"there is no {method} {path}"]
        found, known = [], set()
        for parameter in map(self.look_up, operation.get("parameters", [])):
            name, values = parameter["name"], {"path": parts, "query": query}.get(parameter["in"], {})
            known.add((parameter["in"], name))
            if name not in values:
                found += [f"{name} is missing"] if parameter.get("required") else []
                continue
            value = values[name]
            if self.look_up(parameter["schema"]).get("type") == "integer":
                value = int(value) if value.isdigit() else value
            found += self.errors(parameter["schema"], value, name)
        found += [f"there is no parameter {name}" for name in query if ("query", name) not in known]
        described = operation.get("requestBody")
        if described is None:
            return found + (["a body where none is described"] if text else [])
        try:
            body = json.loads(text)
        except ValueError:
            return found + ["the body isn't JSON"]
        schema = self.look_up(described["content"]["application/json"]["schema"])
        unknown = set(body) - set(schema.get("properties", {}))
        found += [f"the body has {name}, which isn't described" for name in sorted(unknown)]
        return found + self.errors(schema, body, "body")

    def answer(self, method, path, status, headers, body):
        operation, _ = self.operation(method, path)
        described = operation["responses"].get(str(status))
        if described is None:
            return [] if status in self.EVERYWHERE else [f"{status} isn't described"]
        described = self.look_up(described)
        found = [f"the header {name} isn't described" for name in headers
                 if name == "link" and "Link" not in described.get("headers", {})]
        content = described.get("content", {}).get("application/json")
        if content is None:
            return found + (["a body where none is described"] if body is not None else [])
        return found + self.errors(content["schema"], body, "answer")
