"""Checkpoints as tags of a git repository: whoever has a clone has the checkpoint."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bandeau.errors import PublishingError
from bandeau.ledger.checkpoint import parse_checkpoint
from bandeau.ledger.note import parse_note

_TIMEOUT_SECONDS = 60
_REMOTE = "origin"


def tag(repository: Path, note: bytes) -> str:
    """Tag a blob that holds a checkpoint, and push the tag when there is a remote; return its name.

    No commit is made and no file of the working tree is touched.

    Raises:
        PublishingError: with what git says.
    """
    checkpoint = parse_checkpoint(parse_note(note).text)
    # Neither a colon nor a bracket may stand in the name of a reference (git-check-ref-format).
    log = checkpoint.origin.translate(str.maketrans(":[]", "___"))
    name = f"bandeau/{log}/{checkpoint.size}"
    if _git(repository, "tag", "--list", name):
        _check_same(note, _git(repository, "cat-file", "-p", f"{name}^{{blob}}"), name)
    else:
        blob = _git(repository, "hash-object", "-w", "--stdin", text=note.decode())
        author = ("-c", "user.name=bandeau", "-c", f"user.email=bandeau@{log.partition('/')[0]}")
        _git(repository, *author, "tag", "-a", "-F", "-", name, blob, text=note.decode())
    if _REMOTE in _git(repository, "remote").split():
        _git(repository, "push", "--quiet", _REMOTE, f"refs/tags/{name}")
    return name


def _check_same(note: bytes, tagged: str, name: str) -> None:
    if not note.decode().startswith(tagged.partition("\n\n")[0] + "\n"):
        raise PublishingError(
            f"{name} holds another checkpoint: the log was rewritten after it was published"
        )


def _git(repository: Path, *arguments: str, text: str = "") -> str:
    try:
        done = subprocess.run(  # noqa: S603 (a list, no shell)
            ["git", "-C", str(repository), *arguments],  # noqa: S607 (the git that the operator has)
            input=text,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
            # A question for a password would wait for ever.
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PublishingError(f"git in {repository}: {error}") from error
    if done.returncode:
        raise PublishingError(f"git {arguments[0]} in {repository}: {done.stderr.strip()[:500]}")
    return done.stdout.strip()
