"""Cuts GitHub's own descriptions of its API down to what the fake has.

    python3 cut.py FOLDER

FOLDER has the archives of the npm packages `@octokit/openapi` and `@octokit/graphql-schema`, as
`npm pack` fetches them. Written beside them are `github.json`, an OpenAPI description with the
operations below and what they refer to, and `github.graphql`, a schema with the fields below.
"""

import json
import sys
import tarfile
from pathlib import Path

OPERATIONS = {
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch", "delete"],
}


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def member(folder, archive, name):
    """The text of a file in an archive."""
    [path] = folder.glob(archive)
    with tarfile.open(path) as packed:
        return packed.extractfile(name).read().decode()


def description(text, target):
    whole = json.loads(text)
    out = {"openapi": whole["openapi"], "info": whole["info"], "components": {}, "paths": {}}
    for path, methods in OPERATIONS.items():
        out["paths"][path] = {method: whole["paths"][path][method] for method in methods}
    waiting, seen = list(references(out["paths"])), set()
    # What answers are made from.
    waiting += ["#/components/examples/issue-comment"]
    while waiting:
        reference = waiting.pop()
        if reference in seen:
            continue
        seen.add(reference)
        _, _, kind, name = reference.split("/", 3)
        part = whole["components"][kind][name]
        out["components"].setdefault(kind, {})[name] = part
        waiting += references(part)
    target.write_text(json.dumps(out), encoding="utf-8")


FIELDS = {"Query": ["viewer"], "Mutation": ["minimizeComment"]}


def graphql(text, target):
    """The schema with only those fields at its roots, and of other types only plain fields."""
    from graphql import build_schema, parse
    from graphql.language import ast

    document = parse(text)
    named = {d.name.value: d for d in document.definitions}
    leaves = (ast.ScalarTypeDefinitionNode, ast.EnumTypeDefinitionNode)
    words = lambda node: text[node.loc.start:node.loc.end]

    def name_of(node):
        while not isinstance(node, ast.NamedTypeNode):
            node = node.type
        return node.name.value

    def plain(node):
        return name_of(node) in BUILT_IN or isinstance(named.get(name_of(node)), leaves)

    kept, waiting = {}, ["Query", "Mutation"]
    while waiting:
        name = waiting.pop()
        if name in kept or name in BUILT_IN:
            continue
        definition = named[name]
        kept[name] = words(definition)
        if isinstance(definition, (ast.ObjectTypeDefinitionNode, ast.InterfaceTypeDefinitionNode)):
            wanted = FIELDS.get(name)
            fields = [f for f in definition.fields or [] if (f.name.value in wanted if wanted
                                                       else name.endswith("Payload") or plain(f.type))]
            kind = "type" if isinstance(definition, ast.ObjectTypeDefinitionNode) else "interface"
            kept[name] = f"{kind} {name} {{\n" + "\n".join(map(words, fields)) + "\n}"
            for field in fields:
                waiting += [name_of(field.type), *(name_of(a.type) for a in field.arguments or [])]
        elif isinstance(definition, ast.InputObjectTypeDefinitionNode):
            waiting += [name_of(field.type) for field in definition.fields or []]
    for definition in document.definitions:
        if isinstance(definition, ast.DirectiveDefinitionNode):
            kept[f"@{definition.name.value}"] = words(definition)
            waiting += [name_of(a.type) for a in definition.arguments or []]
    kept.update({name: words(named[name]) for name in waiting if name not in BUILT_IN})
    cut = "\n\n".join(kept.values()) + "\n"
    build_schema(cut)
    target.write_text(cut, encoding="utf-8")


BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}

FOLDER = Path(sys.argv[1])
description(member(FOLDER, "octokit-openapi-*.tgz", "package/generated/api.github.com.json"),
            FOLDER / "github.json")
graphql(member(FOLDER, "octokit-graphql-schema-*.tgz", "package/schema.graphql"), FOLDER / "github.graphql")
