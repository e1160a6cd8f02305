"""Publishes the checkpoint of a site's current log at every place that its policy names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bandeau.core.policy import Proof, Witness, is_folder
from bandeau.errors import LedgerError, PublishingError
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from bandeau.ledger.cosignature import verify_cosignatures
from bandeau.ledger.issue import reader_of
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.proofs import consistency_proof, verify_consistency
from bandeau.ledger.store import LogHead, LogSource
from bandeau.storage.publishing import git
from bandeau.storage.publishing.folder import CheckpointFolder
from bandeau.storage.publishing.http import send
from bandeau.storage.publishing.timestamp import stamp
from bandeau.storage.publishing.witnesses import cosigned


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one place: which, whether it has the checkpoint now, and a sentence."""

    place: str
    done: bool
    sentence: str


class Publisher:
    """Publishes the logs of one site; relative folders start at that of its policy file."""

    def __init__(self, proof: Proof, base: Path) -> None:
        self._proof = proof
        self._base = base
        self._witnesses = [VerifierKey.parse(witness.key) for witness in proof.witnesses]
        self.folder = CheckpointFolder(base / proof.folder) if proof.folder else None

    def publish(self, head: LogHead, source: LogSource) -> list[Outcome]:
        """Publish a log's checkpoint; what fails at one place keeps no other from its copy.

        A log that does not continue what was published before is published nowhere.
        """
        if self.folder is not None:
            try:
                sizes = self.folder.sizes(head.origin)
                if sizes:
                    _check_growth(head, source, self.folder, sizes[0])
            except (PublishingError, LedgerError) as error:
                return [Outcome(str(self.folder.path), False, str(error))]
        note, outcomes = self._countersigned(head, source)
        # Folders first: what is answered elsewhere is kept there.
        for target in sorted(self._proof.publish, key=lambda target: not is_folder(target)):
            outcomes.append(self._put(target, note))
        if self._proof.timestamp:
            outcomes.append(self._stamped(head, note))
        return outcomes

    def newest_own(self, series: str, keys: Callable[[str], Sequence[VerifierKey]]) -> list[Checkpoint]:
        """Return the newest checkpoint that is kept here of each log of a site, if its own key signed it.

        Args:
            series: the name of the site's logs, without the year.
            keys: returns the keys of a log; what they did not sign says nothing about it.

        Raises:
            PublishingError: the folder cannot be read.
        """
        if self.folder is None:
            return []
        found = (_newest_signed(self.folder, origin, keys(origin)) for origin in self.folder.origins(series))
        return [checkpoint for checkpoint in found if checkpoint]

    def compare(self, head: LogHead, source: LogSource) -> tuple[int, list[str]]:
        """Compare a log with the folder; return how many checkpoints agree, and what is wrong with others."""
        wrong: list[str] = []
        if self.folder is None:
            return 0, wrong
        sizes = self.folder.sizes(head.origin)
        for size in sizes:
            try:
                _check_growth(head, source, self.folder, size)
            except (PublishingError, LedgerError) as error:
                wrong.append(str(error))
        return len(sizes) - len(wrong), wrong

    def is_due(self, head: LogHead, now: float, every: float) -> bool:
        """Tell whether a log is to be published again.

        Not when the folder has this checkpoint, and not when another process published a little
        ago; ``every`` is how often this one looks, in seconds.
        """
        if self.folder is None:
            return True
        return now - self.folder.newest_at(head.origin) >= every / 2 and not self._is_known(head)

    def _is_known(self, head: LogHead) -> bool:
        """Tell whether the folder has this checkpoint already, with all the witnesses' signatures."""
        if self.folder is None or head.size not in self.folder.sizes(head.origin):
            return False
        try:
            note = parse_note(self.folder.read(head.origin, head.size))
            return len(verify_cosignatures(note, self._witnesses)) == len(self._witnesses)
        except (PublishingError, LedgerError):
            return False

    def newest_countersigned(
        self, origin: str, *, beyond: int, keys: Sequence[VerifierKey] | None = None
    ) -> bytes | None:
        """Return the newest kept checkpoint of more than ``beyond`` leaves that a witness signed.

        Args:
            keys: the witnesses that count; all that the policy names when absent.
        """
        counted = self._witnesses if keys is None else keys
        if self.folder is None or not counted:
            return None
        for size in self.folder.sizes(origin):
            if size <= beyond:
                break
            note = _signed(self.folder, origin, size, counted)
            if note is not None:
                return note
        return None

    def _countersigned(self, head: LogHead, source: LogSource) -> tuple[bytes, list[Outcome]]:
        note, outcomes = head.checkpoint, []
        for witness, key in zip(self._proof.witnesses, self._witnesses, strict=True):
            last = self.newest_countersigned(head.origin, beyond=-1, keys=[key])
            last_size = parse_checkpoint(parse_note(last).text).size if last else 0
            try:
                note = cosigned(note, witness, source, last_size)
                outcomes.append(_done(witness, head))
            except PublishingError as error:
                outcomes.append(Outcome(witness.url, False, str(error)))
        return note, outcomes

    def _put(self, target: str, note: bytes) -> Outcome:
        try:
            if is_folder(target):
                return Outcome(target, True, f"kept {CheckpointFolder(self._base / target).add(note)}")
            if target.startswith("git:"):
                return Outcome(target, True, f"tagged {git.tag(self._base / target[4:], note)}")
            return Outcome(target, True, f"sent {_send(target, note)}")
        except PublishingError as error:
            return Outcome(target, False, str(error))

    def _stamped(self, head: LogHead, note: bytes) -> Outcome:
        url, folder = self._proof.timestamp, self.folder
        if folder is None:
            return Outcome(url, False, "no folder keeps the time stamp")
        try:
            if not folder.has_stamp(head.origin, head.size):
                folder.add_stamp(head.origin, head.size, stamp(url, note))
        except PublishingError as error:
            return Outcome(url, False, str(error))
        return Outcome(url, True, f"stamped {head.size} leaves of {head.origin}")


def _check_growth(head: LogHead, source: LogSource, folder: CheckpointFolder, size: int) -> None:
    """Check that a log continues a checkpoint that was published of it.

    Raises:
        PublishingError, LedgerError: it does not, or what was published cannot be read.
    """
    published = parse_checkpoint(parse_note(folder.read(head.origin, size)).text)
    if published.size > head.size:
        raise PublishingError(
            f"{published.size} leaves of {head.origin} were published, and here are {head.size} only: "
            "the log was rewritten or part of it was lost"
        )
    proof = consistency_proof(published.size, head.size, reader_of(source, head.origin, head.size))
    try:
        verify_consistency(published.size, published.root, head.size, head.root, proof)
    except LedgerError as error:
        raise PublishingError(
            f"{head.origin} does not continue the {published.size} leaves that were published of it: {error}"
        ) from error


def _newest_signed(folder: CheckpointFolder, origin: str, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    for size in folder.sizes(origin):
        try:
            return open_checkpoint(folder.read(origin, size), keys)[0]
        except (PublishingError, LedgerError):
            continue  # `bandeau ledger verify` says what is wrong with it
    return None


def _signed(folder: CheckpointFolder, origin: str, size: int, keys: Sequence[VerifierKey]) -> bytes | None:
    try:
        note = folder.read(origin, size)
        return note if verify_cosignatures(parse_note(note), keys) else None
    except (PublishingError, LedgerError):
        return None  # what was damaged here vouches for nothing


def _send(target: str, note: bytes) -> str:
    """Put a checkpoint to an address, under the name of its log and its size."""
    checkpoint = parse_checkpoint(parse_note(note).text)
    url = f"{target.rstrip('/')}/{checkpoint.origin}/{checkpoint.size}"
    status, _ = send("PUT", url, note, "text/plain; charset=utf-8")
    if status not in (200, 201, 204):
        raise PublishingError(f"{url} answered {status}")
    return url


def _done(witness: Witness, head: LogHead) -> Outcome:
    return Outcome(witness.url, True, f"{witness.name} countersigned {head.size} leaves of {head.origin}")
