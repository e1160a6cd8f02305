"""What a reader was shown: from a record back to the files of the archive."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bandeau.core.record import ConsentRecord
from bandeau.errors import StoreError
from bandeau.storage.archive import Archive, Manifest


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of the archive, found unchanged: its name there, its digest, where it is."""

    name: str
    digest: str
    path: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """What stood before a reader when a choice was made.

    ``notice`` is the text that asked, ``pictures`` are that layer as a browser draws it, ``policy``
    is the declaration that was in force, ``widget`` the browser part. ``remarks`` says in sentences
    what is not known, not archived, or changed since.
    """

    notice: ShownFile | None
    pictures: tuple[ShownFile, ...]
    policy: tuple[ShownFile, ...]
    widget: tuple[ShownFile, ...]
    remarks: tuple[str, ...]

    @property
    def files(self) -> tuple[ShownFile, ...]:
        """All of them, the notice first."""
        first = () if self.notice is None else (self.notice,)
        return (*first, *self.pictures, *self.policy, *self.widget)


def shown_to_reader(record: ConsentRecord, archive: Archive) -> Shown:
    """Return what the archive holds of the page on which a choice was made.

    Every file is read and compared with its digest.

    Raises:
        StoreDamaged, StoreUnavailable: a manifest cannot be trusted or read.
    """
    search = _Search(archive, record)
    page = search.presentation("the notice", record.notice_digest, lambda m: m.files.values())
    policy = search.presentation("the policy", record.policy_digest, lambda m: (m.policy_digest,))
    widget = search.presentation("the browser part", record.widget_digest, lambda m: (m.widget_digest,))
    notice = search.files(page, lambda _, digest: digest == record.notice_digest)[:1]
    layer = f"pictures/{record.language}/{record.source}-"
    declared = ("policy.toml", "policy.json", f"policy/{record.language}.html")
    return Shown(
        notice=notice[0] if notice else None,
        pictures=search.files(page, lambda name, _: name.startswith(layer)),
        policy=search.files(policy, lambda name, _: name in declared),
        widget=search.files(widget, lambda name, _: name.startswith(("widget", "served/"))),
        remarks=tuple(search.remarks),
    )


class _Search:
    """Looks through the manifests of a record's site, and remembers what it did not find."""

    def __init__(self, archive: Archive, record: ConsentRecord) -> None:
        self.remarks: list[str] = []
        self._archive = archive
        self._record = record
        of = (record.site_id, record.environment)
        self._manifests = [m for m in archive.manifests() if (m.site_id, m.environment) == of]

    def presentation(
        self, what: str, digest: str, digests: Callable[[Manifest], Collection[str]]
    ) -> Manifest | None:
        """Return the manifest that holds a digest: the record's own policy and browser part before others."""
        if not digest:
            self.remarks.append(f"{what} is not known: the record does not name it")
            return None
        found = [manifest for manifest in self._manifests if digest in digests(manifest)]
        if not found:
            self.remarks.append(f"{what} {digest} is not in the archive {self._archive.folder}")
        return max(found, key=self._closeness, default=None)

    def files(self, manifest: Manifest | None, wanted: Callable[[str, str], bool]) -> tuple[ShownFile, ...]:
        """Return the files of a manifest that are wanted, by name and digest, and are unchanged."""
        named = sorted(manifest.files.items()) if manifest is not None else []
        found = (self._file(name, digest) for name, digest in named if wanted(name, digest))
        return tuple(file for file in found if file is not None)

    def _closeness(self, manifest: Manifest) -> tuple[bool, bool, int]:
        record = self._record
        return (
            manifest.policy_digest == record.policy_digest,
            manifest.widget_digest == record.widget_digest,
            len(manifest.files),
        )

    def _file(self, name: str, digest: str) -> ShownFile | None:
        try:
            self._archive.read(digest)
        except StoreError as error:
            self.remarks.append(f"{name}: {error}")
            return None
        return ShownFile(name, digest, self._archive.path(digest))
