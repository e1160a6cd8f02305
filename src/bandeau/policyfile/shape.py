"""The shape of a file: unknown keys, missing keys, wrong types, words and numbers out of bounds."""

from __future__ import annotations

import re

from bandeau.policyfile.entry import Value
from bandeau.policyfile.field import Field, Table, Type
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.positions import Path
from bandeau.policyfile.suggest import listing, nearest

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_TEXT = 10_000
_NAMES = {
    bool: "true or false",
    int: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
    float: "a decimal number",
}


def check_shape(
    data: dict[str, object], table: Table, findings: Findings, *, path: Path = (), whole: bool = True
) -> dict[str, Value]:
    """Return what is well formed; report the rest.

    With ``whole`` false, lines were left out: then missing keys are not reported.
    """
    clean: dict[str, Value] = {}
    for name, value in data.items():
        field = table.field(name)
        if field is None:
            _unknown_key(name, table, (*path, name), findings)
            continue
        checked = _check(value, field, (*path, name), findings, whole=whole)
        if checked is not None:
            clean[name] = checked
    if whole:
        for field in table.fields:
            if field.required and field.name not in data:
                _missing(field, table, path, findings)
    return clean


def _unknown_key(name: str, table: Table, path: Path, findings: Findings) -> None:
    known = [field.name for field in table.fields]
    guess = nearest(name, known)
    findings.add(
        "BND106",
        path,
        f'unknown key "{name}"' + (f" in {table.heading}" if table.heading else ""),
        note=f"not one of: {listing(known, 20)}",
        help=f'did you mean "{guess}"?  (bandeau check --fix applies it)' if guess else "",
        fix=guess,
        on_key=True,
    )
    if guess:
        findings.refuse((*path[:-1], guess))


def _missing(field: Field, table: Table, path: Path, findings: Findings) -> None:
    code = {("[controller]", "name"): "BND305", ("[controller]", "contact"): "BND306"}.get(
        (table.heading, field.name), "BND108"
    )
    where = table.heading.replace("<id>", str(path[-1])) if path else "the file"
    message = f'{where} has no "{field.name}"'
    help = f"add {field.name}: {field.doc}"
    findings.add(code, path, message, on_key=True, help=help, unless=(*path, field.name))


def _check(value: object, field: Field, path: Path, findings: Findings, *, whole: bool) -> Value | None:
    """Return a value of the right type, or None after reporting it."""
    if field.type is Type.STRING:
        return _check_string(value, field, path, findings)
    if field.type is Type.INTEGER:
        return _check_integer(value, field, path, findings)
    if field.type is Type.BOOLEAN:
        if isinstance(value, bool):
            return value
        _wrong(value, field, path, findings)
        return None
    if field.type in (Type.STRINGS, Type.INTEGERS):
        return _check_list(value, field, path, findings)
    if field.type is Type.NAME and not isinstance(value, dict):
        return _check_string(value, field, path, findings)
    if field.type in (Type.TEXTS, Type.NAME):
        return _check_texts(value, field, path, findings)
    return _check_tables(value, field, path, findings, whole=whole)


def _wrong(value: object, field: Field, path: Path, findings: Findings, expected: str = "") -> None:
    expected = expected or f"a {field.type}" if field.type is not Type.BOOLEAN else field.type
    found = _NAMES.get(type(value), "a date or time")
    fix = None
    if field.type is Type.BOOLEAN and value in ("true", "false"):
        fix = str(value)
    elif (
        field.type in (Type.INTEGER, Type.INTEGERS)
        and isinstance(value, str)
        and re.fullmatch(r"[0-9]{1,9}", value)
    ):
        fix = str(int(value))
    elif (
        field.type is Type.STRINGS
        and isinstance(value, str)
        and value.isprintable()
        and not set('"\\') & set(value)
    ):
        fix = f'["{value}"]'
    help = "bandeau check --fix writes it so" if fix else f"write {expected}"
    if field.type is Type.TEXTS and isinstance(value, str):
        expected, help = "a text for each language", f"write {field.name}.fr = …, and so for each language"
    findings.add(
        "BND107",
        path,
        f'"{_label(field, path)}" must be {expected}, not {found}',
        note=f"this is {found}",
        help=help,
        fix=fix,
    )


def _check_string(value: object, field: Field, path: Path, findings: Findings) -> str | None:
    if not isinstance(value, str):
        _wrong(value, field, path, findings, "a text")
        return None
    if not value.strip():
        findings.add("BND119", path, f'"{_label(field, path)}" is empty')
        return None
    if len(value) > _MAX_TEXT:
        findings.add(
            "BND120",
            path,
            f'"{_label(field, path)}" holds {len(value):,} characters, more than {_MAX_TEXT:,}',
        )
        return None
    if field.choices and value not in field.choices:
        guess = nearest(value, field.choices)
        findings.add(
            "BND109",
            path,
            f'"{field.name}" cannot be "{value}"',
            note=f"not one of: {', '.join(field.choices)}",
            help=f'did you mean "{guess}"?  (bandeau check --fix applies it)' if guess else "",
            fix=f'"{guess}"' if guess else None,
        )
        return None
    return value


def _check_integer(value: object, field: Field, path: Path, findings: Findings) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        _wrong(value, field, path, findings, "a whole number")
        return None
    if not field.low <= value <= field.high:
        range_ = f"{field.low} to {field.high}" if field.high < 2**31 - 1 else f"{field.low} or more"
        findings.add("BND111", path, f'"{field.name}" is {_short(value)}; it must be {range_}', note=range_)
        return None
    return value


def _check_list(value: object, field: Field, path: Path, findings: Findings) -> list[Value | None] | None:
    if not isinstance(value, list):
        _wrong(value, field, path, findings)
        return None
    check = _check_string if field.type is Type.STRINGS else _check_integer
    return [check(item, field, (*path, index), findings) for index, item in enumerate(value)]


def _check_texts(value: object, field: Field, path: Path, findings: Findings) -> dict[str, Value] | None:
    if not isinstance(value, dict):
        _wrong(value, field, path, findings)
        return None
    texts: dict[str, Value] = {}
    for language, text in value.items():
        if not _LANGUAGE.fullmatch(language):
            findings.add("BND117", (*path, language), f'"{language}" is not a language tag', on_key=True)
            continue
        checked = _check_string(text, field, (*path, language), findings)
        if checked is not None:
            texts[language] = checked
    return texts


def _check_tables(
    value: object, field: Field, path: Path, findings: Findings, *, whole: bool
) -> Value | None:
    table = field.table
    if table is None:
        raise ValueError(f"the grammar gives {field.name} no table")
    if field.type is Type.ROWS:
        if not isinstance(value, list):
            _wrong(value, field, path, findings)
            return None
        rows = [
            _check_table(row, field, table, (*path, index), findings, whole=whole)
            for index, row in enumerate(value)
        ]
        return list(rows)
    if field.type is Type.TABLE or not isinstance(value, dict):
        return _check_table(value, field, table, path, findings, whole=whole)
    entries: dict[str, Value] = {}
    for name, row in value.items():
        if not _ID.fullmatch(name):
            findings.add("BND112", (*path, name), f'"{name[:80]}" is not an id', on_key=True)
            continue
        checked = _check_table(row, field, table, (*path, name), findings, whole=whole)
        if checked is not None:
            entries[name] = checked
    return entries


def _check_table(
    value: object, field: Field, table: Table, path: Path, findings: Findings, *, whole: bool
) -> dict[str, Value] | None:
    if not isinstance(value, dict):
        _wrong(value, field, path, findings, "a table")
        return None
    return check_shape(value, table, findings, path=path, whole=whole)


def _label(field: Field, path: Path) -> str:
    """Return the key as a person would name it: ``hosts`` for its items, ``title.fr`` for a text."""
    return (
        f"{field.name}.{path[-1]}"
        if field.type in (Type.TEXTS, Type.NAME) and path[-1] != field.name
        else field.name
    )


def _short(number: int) -> str:
    return str(number) if abs(number) < 10**18 else "a number of more than 18 digits"


def is_id(text: str) -> bool:
    """Tell whether a text can be an id."""
    return bool(_ID.fullmatch(text))


def is_language(text: str) -> bool:
    """Tell whether a text has the form of a language tag."""
    return bool(_LANGUAGE.fullmatch(text))
