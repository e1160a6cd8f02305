"""Makes what a first start needs: the policy for the ports in use, keys, store, articles, an editor."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from pathlib import Path

POLICY = Path(__file__).resolve().parent.parent / "bandeau.toml"
PORT, STANDIN_PORT = 8000, 8001  # as written in the policy file
EDITOR = "redaction"


def prepare_policy(folder: Path, *, port: int, standin_port: int) -> Path:
    """Writes a copy of the policy for these ports, with its keys and store beside it; returns its path.

    Keys and store that exist are kept: they hold the readers' choices.
    """
    from bandeau.cli.ledger.init import create_rest
    from bandeau.cli.settings import Settings
    from bandeau.policyfile import load_file

    folder.mkdir(parents=True, exist_ok=True)
    text = re.sub(rf"(127\.0\.0\.1|\blocalhost):{PORT}\b", rf"\1:{port}", POLICY.read_text(encoding="utf-8"))
    text = re.sub(rf"(\.localhost):{STANDIN_PORT}\b", rf"\1:{standin_port}", text)
    policy = folder / "bandeau.toml"
    policy.write_text(text, encoding="utf-8")
    create_rest(load_file(policy).policy, folder, Settings(quiet=True))
    return policy


def prepare_newspaper(say: Callable[[str], object]) -> str:
    """Brings database and articles up to date; returns a fresh password of the demonstration's editor."""
    from django.core.management import call_command

    from articles.seed.plant import plant

    say("base de données …")
    call_command("migrate", verbosity=0)
    if plant(report=lambda name: say(f"image « {name} » …")):
        say("articles publiés")
    return _editor()


def _editor() -> str:
    from django.contrib.auth import get_user_model

    password = secrets.token_urlsafe(9)
    editor, _ = get_user_model().objects.get_or_create(
        username=EDITOR, defaults={"is_staff": True, "is_superuser": True}
    )
    editor.set_password(password)
    editor.save()
    return password
