"""Problems for machines: JSON, GitHub annotations, SARIF 2.1.0."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from bandeau.core.canonical import Json
from bandeau.policyfile.problem import Fix, Level, Problem
from bandeau.policyfile.rules import RULES

#: Where a rule is explained, below the folder of Bandeau's sources.
RULE_PAGE = "docs/reference/rules.md#{code}"
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(problems: Sequence[Problem]) -> str:
    """Return one JSON document: ``{"problems": […], "errors": n, "warnings": n}``."""
    errors = sum(problem.level is Level.ERROR for problem in problems)
    document: dict[str, Json] = {
        "problems": [_record(problem) for problem in problems],
        "errors": errors,
        "warnings": len(problems) - errors,
    }
    return _dump(document)


def as_github(problems: Sequence[Problem]) -> str:
    """Return one workflow command per problem."""
    return _encodable("\n".join(_command(problem) for problem in problems))


def as_sarif(problems: Sequence[Problem], *, version: str) -> str:
    """Return a SARIF log; every result lies at a line of the policy file, by a relative URI."""
    used = sorted({problem.code for problem in problems})
    driver: dict[str, Json] = {
        "name": "bandeau",
        "version": version,
        "rules": [sarif_rule(code) for code in used],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, used.index(problem.code)) for problem in problems],
    }
    return _dump({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _dump(document: dict[str, Json]) -> str:
    return _encodable(json.dumps(document, ensure_ascii=False, indent=2))


def _encodable(text: str) -> str:
    """Replace lone surrogates, which file names and refused texts may hold and no output can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _record(problem: Problem) -> dict[str, Json]:
    return {
        "code": problem.code,
        "level": str(problem.level),
        "file": problem.filename,
        "line": problem.line,
        "column": problem.column,
        "end_column": problem.end_column,
        "message": problem.message,
        "help": problem.help,
        "fix": None if problem.fix is None else _fix(problem.fix),
        "url": RULE_PAGE.format(code=problem.code.lower()),
    }


def _fix(fix: Fix) -> dict[str, Json]:
    start: dict[str, Json] = {"line": fix.range.line, "column": fix.range.column}
    end: dict[str, Json] = {"line": fix.range.end_line, "column": fix.range.end_column}
    return {"range": {"start": start, "end": end}, "text": fix.text}


def _command(problem: Problem) -> str:
    place = {
        "file": problem.filename,
        "line": problem.line,
        "col": problem.column,
        "endColumn": problem.end_column - 1,
        "title": f"{problem.code} {RULES[problem.code].title}",
    }
    properties = ",".join(f"{key}={_escape(str(value), ':,')}" for key, value in place.items())
    text = problem.message + (f"\n{problem.help}" if problem.help else "")
    return f"::{problem.level} {properties}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    """Escape as the runner expects: per cent first, then line ends, in properties : and , too."""
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def sarif_rule(code: str) -> dict[str, Json]:
    """Return a rule as a reportingDescriptor (SARIF §3.49)."""
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        # No helpUri: SARIF wants an absolute address there (§3.49.12).
        "help": {"text": " ".join(filter(None, (rule.remedy, rule.source, f"See: bandeau rule {code}")))},
        "defaultConfiguration": {"level": str(rule.level)},
    }


def _sarif_result(problem: Problem, index: int) -> dict[str, Json]:
    region: dict[str, Json] = {
        "startLine": problem.line,
        "startColumn": problem.column,
        "endLine": problem.line,
        "endColumn": problem.end_column,
    }
    location: dict[str, Json] = {
        "physicalLocation": {"artifactLocation": {"uri": relative_uri(problem.filename)}, "region": region}
    }
    identity = _encodable(f"{problem.code}\n{problem.source.strip()}\n{problem.message}")
    return {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": str(problem.level),
        "message": {"text": problem.message + (f" ({problem.help})" if problem.help else "")},
        "locations": [location],
        "partialFingerprints": {"bandeau/v1": hashlib.sha256(identity.encode()).hexdigest()[:32]},
    }


def relative_uri(filename: str) -> str:
    """Return a file's name as the relative URI of a location."""
    # Code scanning refuses a whole log for one absolute location.
    path = PurePath(filename)
    parts = path.parts[1:] if path.is_absolute() else path.parts
    return quote(_encodable("/".join(part for part in parts if part != "..") or "bandeau.toml"))
