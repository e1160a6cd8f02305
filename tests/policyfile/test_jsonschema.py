"""The JSON Schema: the same shape as the loader's."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from bandeau.policyfile.jsonschema import schema_text
from tests.policyfile.samples import GOOD, changed

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(schema_text())


def test_committed_schema_is_the_generated_one() -> None:
    """`bandeau schema > spec/policy.schema.json` writes it anew."""
    assert (ROOT / "spec" / "policy.schema.json").read_text(encoding="utf-8") == schema_text()


def test_schema_is_a_schema() -> None:
    """Editors refuse a broken one silently."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_good_policy_is_valid() -> None:
    """What loads clean is not marked red by an editor."""
    jsonschema.validate(tomllib.loads(GOOD), SCHEMA)


@pytest.mark.parametrize("path", sorted(ROOT.glob("gazette/**/bandeau.toml")), ids=str)
def test_policies_of_the_repository_are_valid(path: Path) -> None:
    """The newspaper's too."""
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("otherwise", "othervise"),
        ('kind = "embed"', 'kind = "embedd"'),
        ("bit = 1", 'bit = "1"'),
        ("bit = 1", "bit = 64"),
        ("version = 1", "version = 2"),
        ("revision = 3\n", ""),
        ('id = "player"\n', ""),
        ("[vendors.tube]", '[vendors."Tube SA"]'),
        ('title.fr = "Vidéos"', 'title.FR = "Vidéos"'),
    ],
)
def test_mistakes_of_shape_are_invalid(old: str, new: str) -> None:
    """The editor says it before the loader does."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(changed(old, new)), SCHEMA)
