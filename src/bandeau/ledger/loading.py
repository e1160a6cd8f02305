"""What is checked of each log before it is served or written on: signature, right edge, order of time.

It reads the newest tiles and rows alone, so opening a large store stays quick; ``verification`` reads
everything.
"""

from __future__ import annotations

from bandeau.core.record import ConsentRecord
from bandeau.errors import ClockRefused, LedgerError, StoreDamaged
from bandeau.ledger.bodies import Body, LogOpened, read_body
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint
from bandeau.ledger.commitment import SALT_SIZE, commit
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.proofs import root_from
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.store import Kept, LogHead, LogSource, Signer
from bandeau.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, hash_reader, tile_hashes, tile_path
from bandeau.ledger.tree import HASH_SIZE, Frontier

_REMEDY = "restore a backup; `bandeau ledger verify` says what else is wrong"
_NEWER_BACKUP = (
    "restore a newer backup; docs/how-to/prove-a-choice.md says what to do when there is none. "
    "`bandeau ledger verify` says what else is wrong"
)


def check_logs(source: LogSource, signer: Signer) -> None:
    """Check all logs of a store.

    Raises:
        StoreDamaged: one of them is not as it was left.
    """
    last: dict[tuple[str, str], LogHead] = {}
    for head in source.logs():
        series = (head.site_id, head.environment)
        _check_checkpoint(head, signer)
        _check_edge(head, source)
        _check_first(head, last.get(series), source)
        _check_rows(head, source)
        last[series] = head


def damaged(origin: str, why: str) -> StoreDamaged:
    """Return the error for a log that is not as it was left."""
    return StoreDamaged(f"the log {origin}: {why}; {_REMEDY}")


def _check_checkpoint(head: LogHead, signer: Signer) -> None:
    try:
        checkpoint, _ = open_checkpoint(head.checkpoint, signer.verifiers(head.origin))
    except LedgerError as error:
        raise damaged(head.origin, f"its checkpoint is not accepted: {error}") from error
    if (checkpoint.origin, checkpoint.size) != (head.origin, head.size):
        raise damaged(head.origin, f"its checkpoint is of {checkpoint.size} leaves of {checkpoint.origin}")
    if not head.is_in_place():
        raise damaged(head.origin, "it is kept as the log of another site or year")
    if not checkpoint.root == head.root == head.frontier.root():
        raise damaged(head.origin, f"its root at {head.size} leaves is not the one that was signed")


def _check_edge(head: LogHead, source: LogSource) -> None:
    """Check the last tile of each level against the frontier and the tile above it."""
    hashes: tuple[bytes, ...] = ()
    level, count = 0, head.size
    while count:
        number = (count - 1) // TILE_WIDTH
        tile = source.tile(head.origin, level, number)
        width = count - number * TILE_WIDTH
        if len(tile) != width * HASH_SIZE:
            raise damaged(head.origin, f"{tile_path(level, number, width)} has {len(tile)} bytes")
        edge = Frontier.empty().extend(tile_hashes(tile))
        if width < TILE_WIDTH:
            hashes = edge.hashes + hashes
        elif source.tile(head.origin, level + 1, number // TILE_WIDTH)[-HASH_SIZE:] != edge.root():
            raise damaged(head.origin, f"{tile_path(level, number)} is not what the tile above it says")
        level, count = level + 1, count >> TILE_HEIGHT
    if hashes != head.frontier.hashes or source.leaves(head.origin, head.size, head.size + 1):
        raise damaged(
            head.origin, f"its last leaves are not those that lead to its root at {head.size} leaves"
        )


def _check_first(head: LogHead, before: LogHead | None, source: LogSource) -> None:
    first, (leaf,) = next(source.rows(head.origin, 0, 1), None), source.leaves(head.origin, 0, 1) or (b"",)
    body = _committed(first, leaf) if first else None
    if not isinstance(body, LogOpened):
        raise damaged(head.origin, "its first row, which says what it follows, is not there")
    if body.previous != (before.checkpoint if before else None):
        raise damaged(head.origin, "the log before it does not end where this one says that it follows it")
    if before and (before.year >= head.year or before.at > body.at):
        raise damaged(head.origin, f"it is not later than {before.origin}")


def _check_rows(head: LogHead, source: LogSource) -> None:
    """Check the rows of the last tile: what their leaves commit to, and never back in time."""
    start = (head.size - 1) // TILE_WIDTH * TILE_WIDTH
    leaves = source.leaves(head.origin, start, head.size)
    at, last = "", -1
    for row in source.rows(head.origin, start):
        if row.index >= head.size:
            raise damaged(head.origin, f"row {row.index} is beyond its {head.size} leaves")
        before, at = at, _committed(row, leaves[row.index - start]).at
        if not before <= at <= head.at:
            raise damaged(head.origin, f"row {row.index} is dated {at}, out of order")
        last = row.index
    if last == head.size - 1 and at != head.at:
        raise damaged(head.origin, f"it is kept with the time {head.at}, and its last row is of {at}")


def check_kept(row: Kept, source: LogSource) -> Kept:
    """Return a consent row that was found by its code or subject, when it is the one that was logged.

    Opening reads the newest rows alone; an older one that was changed must not be handed out as proof.

    Raises:
        StoreDamaged: it is not what its leaf commits to, or is kept under another name.
    """
    (leaf,) = source.leaves(row.origin, row.index, row.index + 1) or (b"",)
    said = _committed(row, leaf)
    if not isinstance(said, ConsentRecord) or said.subject_id != row.subject_id:
        raise damaged(row.origin, f"row {row.index} is kept under another reader than its own")
    if receipt_code(said.record_id) != row.code:
        raise damaged(row.origin, f"row {row.index} is kept under another code than its own")
    return row


def _committed(row: Kept, leaf: bytes) -> Body:
    """Return what a row says, when that is what its leaf commits to."""
    if len(row.salt) != SALT_SIZE or commit(row.salt, row.body) != leaf:
        raise damaged(row.origin, f"row {row.index} is not what its leaf commits to")
    try:
        return read_body(row.body)
    except LedgerError as error:
        raise damaged(row.origin, f"row {row.index}: {error}") from error


def check_not_before(seen: LogHead, now: LogHead | None) -> None:
    """Check that the newest log of a site is not older than what was committed to it.

    Raises:
        StoreDamaged: what was acknowledged is not there any more.
    """
    if now is None or (now.year, now.size) < (seen.year, seen.size):
        found = f"it ends at {now.size} leaves of {now.origin}" if now else "it is not there"
        raise damaged(seen.origin, f"{seen.size} leaves were acknowledged, {found}")
    if (now.year, now.size) == (seen.year, seen.size) and now.root != seen.root:
        raise damaged(seen.origin, f"other leaves than the {seen.size} that were acknowledged")


def check_continues(seen: LogHead, source: LogSource) -> None:
    """Check that a log begins with what was committed to it.

    Raises:
        StoreDamaged: it has been replaced by an older or another one.
    """
    now = next((head for head in source.logs() if head.origin == seen.origin), None)
    check_not_before(seen, now)
    if not _begins_with(source, seen.origin, seen.size, seen.root):
        raise damaged(seen.origin, f"its first {seen.size} leaves are not those that were acknowledged")


def check_published(published: Checkpoint, head: LogHead | None, source: LogSource) -> None:
    """Check that a log goes on from a checkpoint that was made known of it.

    Args:
        head: of that log, read after the checkpoint; ``None`` when there is no such log.

    Raises:
        StoreDamaged: an older state was restored, or another log stands there. Whatever is written
            to it would contradict what readers and witnesses hold.
    """
    if head is None or head.size < published.size:
        here = "it is not there" if head is None else f"there are {head.size}: {_missing(head, published)}"
        why = f"{published.size} entries were published, and {here}"
        raise StoreDamaged(f"the log {published.origin}: {why}; {_NEWER_BACKUP}")
    if not _begins_with(source, published.origin, published.size, published.root):
        why = f"its first {published.size} entries are not those that were published"
        raise StoreDamaged(f"the log {published.origin}: {why}; {_NEWER_BACKUP}")


def _missing(head: LogHead, published: Checkpoint) -> str:
    first, last = head.size, published.size - 1
    return f"entry {last} is missing" if first == last else f"entries {first} to {last} are missing"


def check_clock(head: LogHead, last: str, at: str) -> None:
    """Check that a clock can be right, as far as a log shows it: its time never goes back again.

    Args:
        last: the time of the log's last entry.
        at: what the clock says.

    Raises:
        ClockRefused: it is a year or more later.
    """
    if at >= f"{int(last[:4]) + 1:04}{last[4:]}":
        raise ClockRefused(
            f"the clock says {at}, a year or more after the last entry of {head.origin} ({last}): set it; "
            "if it is right, and the site was silent for so long, say so with: bandeau ledger init"
        )


def unannounced_key(head: LogHead, signer: Signer) -> VerifierKey | None:
    """Return the key that signs a log from now on, when it has not signed it so far.

    Raises:
        StoreDamaged: the log's checkpoint cannot be read.
    """
    newest = next(iter(signer.verifiers(head.origin)), None)
    try:
        signatures = parse_note(head.checkpoint).signatures
    except LedgerError as error:
        raise damaged(head.origin, f"its checkpoint cannot be read: {error}") from error
    return None if newest is None or any(map(newest.made, signatures)) else newest


def _begins_with(source: LogSource, origin: str, size: int, root: bytes) -> bool:
    read = hash_reader(lambda level, number, _: source.tile(origin, level, number), size)
    try:
        return root_from(size, read) == root
    except LedgerError:  # a tile is cut short
        return False
