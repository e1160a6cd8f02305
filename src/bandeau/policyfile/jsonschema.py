"""The JSON Schema of the policy file, for editors; drafted from the grammar."""

from __future__ import annotations

import json

from bandeau.core.canonical import Json
from bandeau.policyfile.field import Field, Table, Type
from bandeau.policyfile.grammar import ROOT, SERVICE

# Editors for TOML (Taplo) know draft 7.
_DRAFT = "http://json-schema.org/draft-07/schema#"
_ID = "^[a-z][a-z0-9_-]{0,63}$"
_LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def schema_text() -> str:
    """Return the schema as a JSON document."""
    document: dict[str, Json] = {
        "$schema": _DRAFT,
        "title": "Bandeau policy file",
        **_table(ROOT),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _table(table: Table) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "description": table.doc,
        "additionalProperties": False,
        "properties": {field.name: _field(field) for field in table.fields},
    }
    required: list[Json] = [field.name for field in table.fields if field.required]
    if required:
        schema["required"] = required
    if table is SERVICE:
        schema["anyOf"] = [{"required": ["id"]}, {"required": ["use"]}]
    return schema


def _field(field: Field) -> dict[str, Json]:
    if field.table is not None:
        return _tables(field, field.table)
    schema = _value(field)
    schema["description"] = field.doc
    if field.default is not None:
        schema["default"] = str(field.default) if isinstance(field.default, str) else field.default
    return schema


def _value(field: Field) -> dict[str, Json]:
    if field.type is Type.BOOLEAN:
        return {"type": "boolean"}
    if field.type is Type.INTEGER:
        return {"type": "integer", "minimum": field.low, "maximum": field.high}
    if field.type is Type.INTEGERS:
        return {"type": "array", "items": {"type": "integer", "minimum": field.low, "maximum": field.high}}
    if field.type is Type.TEXTS:
        return _texts(field)
    if field.type is Type.NAME:
        return {"anyOf": [_text(field), _texts(field)]}
    if field.type is Type.STRINGS:
        return {"type": "array", "items": _text(field)}
    return _text(field)


def _texts(field: Field) -> dict[str, Json]:
    return {
        "type": "object",
        "propertyNames": {"pattern": _LANGUAGE},
        "additionalProperties": _text(field),
    }


def _text(field: Field) -> dict[str, Json]:
    if field.choices:
        return {"type": "string", "enum": list[Json](field.choices)}
    return {"type": "string", "minLength": 1}


def _tables(field: Field, table: Table) -> dict[str, Json]:
    if field.type is Type.ROWS:
        return {"type": "array", "items": _table(table)}
    if field.type is Type.MAP:
        return {"type": "object", "propertyNames": {"pattern": _ID}, "additionalProperties": _table(table)}
    return _table(table)
