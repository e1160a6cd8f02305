"""What `make demo` prints, and where it keeps its data."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from .conftest import MANAGE


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("gazette_demo", MANAGE.with_name("demo.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_port_has_its_data_folder(demo: ModuleType) -> None:
    """Two demonstrations share neither policy nor password."""
    assert demo._folder(8000).parts[-2:] == ("var", "gazette")
    assert demo._folder(8010).parts[-2:] == ("var", "gazette-8010")


def test_guide_prints_the_whole_command_of_the_comparison(
    demo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a port that is free."""
    monkeypatch.delenv("BANDEAU", raising=False)
    monkeypatch.setattr(demo, "_is_free", lambda port: port not in (8010, 8021))
    guide = demo._guide(8000, "secret", 1.0)
    assert "`make demo BANDEAU=off PORT=8030`" in guide
    assert "Coupez JavaScript" in guide


def test_guide_of_the_comparison_promises_nothing(demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Bandeau there is nothing to allow or refuse; another host name keeps the cookies apart."""
    monkeypatch.setenv("BANDEAU", "off")
    guide = demo._guide(8010, "secret", 1.0)
    assert "http://localhost:8010/proof" in guide
    for promise in ("rien n’est parti", "Paramétrer", "Refusez", "Coupez JavaScript"):
        assert promise not in guide
