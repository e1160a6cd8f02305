"""The parts of SARIF 2.1.0 that the report uses, each with the properties that the standard gives it."""

from __future__ import annotations

from typing import Any


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_TEXT = {"type": "string", "minLength": 1}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_NUMBER = {"type": "integer", "minimum": 1}
_MESSAGE = _object(["text"], text=_TEXT)  # §3.11
_REGION = _object(  # §3.30
    ["startLine"], startLine=_NUMBER, startColumn=_NUMBER, endLine=_NUMBER, endColumn=_NUMBER
)
_LOCATION = _object(  # §3.28, §3.29, §3.33
    ["physicalLocation"],
    physicalLocation=_object(
        ["artifactLocation", "region"],
        artifactLocation=_object(["uri"], uri={"type": "string", "pattern": r"^[^/:?#\\ ][^:?#\\ ]*$"}),
        region=_REGION,
    ),
    logicalLocations=_list(_object(["fullyQualifiedName"], fullyQualifiedName=_TEXT, kind=_TEXT)),
)
_RULE = _object(  # §3.49
    ["id"],
    id=_TEXT,
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object([], level=_LEVEL),
)
_RESULT = _object(  # §3.27
    ["message", "ruleId", "locations"],
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION, minItems=1, maxItems=1),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    occurrenceCount=_NUMBER,
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    properties={"type": "object"},
)
_NOTIFICATION = _object(  # §3.58
    ["message"], descriptor=_object(["id"], id=_TEXT), level=_LEVEL, message=_MESSAGE
)
_INVOCATION = _object(  # §3.20
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    startTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
    toolExecutionNotifications=_list(_NOTIFICATION),
)
_RUN = _object(  # §3.14, §3.18, §3.19
    ["tool", "results"],
    tool=_object(
        ["driver"],
        driver=_object(["name"], name=_TEXT, version=_TEXT, rules=_list(_RULE), notifications=_list(_RULE)),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=_list(_INVOCATION),
    results=_list(_RESULT),
    properties={"type": "object"},
)
SARIF = _object(  # §3.13
    ["version", "runs"],
    version={"const": "2.1.0"},
    runs=_list(_RUN),
    **{"$schema": {"type": "string", "format": "uri"}},
)
