"""Formats: what machines read."""

from __future__ import annotations

import json

import jsonschema
import pytest

from bandeau.policyfile import Problem
from bandeau.policyfile.formats import as_github, as_json, as_sarif
from tests.policyfile.samples import GOOD, changed, problems_of

BAD = changed("otherwise", "othervise").replace("bit = 1", "bit = 0")

#: The parts of SARIF 2.1.0 that code scanning requires (OASIS, sections 3.13 to 3.30).
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}},
    },
    "additionalProperties": False,
    "definitions": {
        "text": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "properties": {
                "tool": {
                    "required": ["driver"],
                    "properties": {"driver": {"$ref": "#/definitions/driver"}},
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}},
            },
        },
        "driver": {
            "required": ["name", "rules"],
            "properties": {
                "rules": {
                    "items": {
                        "required": ["id", "shortDescription", "help"],
                        "properties": {
                            "shortDescription": {"$ref": "#/definitions/text"},
                            "defaultConfiguration": {
                                "properties": {"level": {"$ref": "#/definitions/level"}}
                            },
                        },
                    }
                }
            },
        },
        "result": {
            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
            "properties": {
                "message": {"$ref": "#/definitions/text"},
                "level": {"$ref": "#/definitions/level"},
                "locations": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/location"}},
                "partialFingerprints": {"additionalProperties": {"type": "string"}},
            },
        },
        "location": {
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "required": ["artifactLocation", "region"],
                    "properties": {
                        "artifactLocation": {
                            "required": ["uri"],
                            "properties": {
                                "uri": {"type": "string", "pattern": "^(?![/.]|[a-zA-Z]+:)[^\\s\\\\]+$"}
                            },
                        },
                        "region": {
                            "required": ["startLine"],
                            "additionalProperties": {"type": "integer", "minimum": 1},
                        },
                    },
                }
            },
        },
    },
}


def _at(filename: str) -> list[Problem]:
    from dataclasses import replace

    return [replace(problem, filename=filename) for problem in problems_of(BAD)]


def test_json_holds_every_documented_key() -> None:
    """One document, with place, remedy and fix."""
    document = json.loads(as_json(problems_of(BAD)))
    assert document["errors"] == 2
    record = document["problems"][1]
    assert record["code"] == "BND106"
    assert set(record) == {
        *("code", "level", "file", "line", "column", "end_column", "message", "help", "fix", "url"),
    }
    assert record["fix"]["text"] == "otherwise"
    assert record["url"] == "docs/reference/rules.md#bnd106"
    assert record["fix"]["range"]["start"] == {"line": record["line"], "column": record["column"]}


def test_json_of_a_clean_policy_is_a_document_too() -> None:
    """A pipe never meets an empty input."""
    assert json.loads(as_json(problems_of(GOOD))) == {"problems": [], "errors": 0, "warnings": 0}


def test_github_commands_escape_what_would_end_them() -> None:
    """Per cent, line ends, and in properties colon and comma."""
    (line, *_) = as_github(_at("a,b:c%.toml")).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25.toml,line=")
    assert "::" in line[2:]


@pytest.mark.parametrize(
    "filename", ["bandeau.toml", "/srv/site/bandeau.toml", "../x/bandeau.toml", "a b.toml"]
)
def test_sarif_has_the_shape_of_its_standard(filename: str) -> None:
    """One absolute location, and code scanning refuses the whole log."""
    jsonschema.validate(json.loads(as_sarif(_at(filename), version="0.1.0")), SARIF)


def test_sarif_of_a_clean_policy_is_valid() -> None:
    """No results, no rules, still a log."""
    jsonschema.validate(json.loads(as_sarif([], version="0.1.0")), SARIF)


def test_sarif_results_point_into_their_rules() -> None:
    """ruleIndex is that of ruleId."""
    run = json.loads(as_sarif(problems_of(BAD), version="0.1.0"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_sarif_fingerprint_survives_a_line_above() -> None:
    """An alert stays the same alert when the file grows."""

    def prints(text: str) -> list[str]:
        results = json.loads(as_sarif(problems_of(text), version="0"))["runs"][0]["results"]
        return [result["partialFingerprints"]["bandeau/v1"] for result in results]

    assert prints("# one more line\n" + BAD) == prints(BAD)
