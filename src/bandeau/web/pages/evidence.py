"""Evidence: what shows, years later, what readers of a policy were shown and what ran in their browsers."""

from __future__ import annotations

from collections.abc import Mapping

from bandeau.core.canonical import digest
from bandeau.core.policy import Mode
from bandeau.policyfile import Loaded
from bandeau.storage.archive import Archive, Manifest
from bandeau.web.pages.build import build, inventory, widget_digest
from bandeau.web.pages.policytables import policy_text
from bandeau.web.pages.rendered import Rendered, WallKey

_NO_PICTURES: Mapping[str, bytes] = {}


def keep_evidence(
    archive: Archive,
    rendered: Rendered,
    loaded: Loaded | None = None,
    pictures: Mapping[str, bytes] = _NO_PICTURES,
) -> Manifest:
    """Archive what a policy shows, unless that was done before; return its manifest.

    Args:
        loaded: the policy's file as it was read, when there is one.
        pictures: pictures of the layers, by their names in the archive.

    Raises:
        StoreError: something could not be kept; no manifest names it then.
    """
    files = {**evidence(rendered, loaded), **pictures}
    policy = rendered.policy
    manifest = Manifest(
        site_id=policy.site.id,
        environment=policy.site.environment,
        revision=policy.revision,
        policy_digest=policy.digest,
        widget_digest=widget_digest(),
        files={name: digest(data) for name, data in files.items()},
    )
    if not archive.holds(manifest):
        for data in files.values():
            archive.keep(data)
        archive.keep_manifest(manifest)
    return manifest


def evidence(rendered: Rendered, loaded: Loaded | None = None) -> dict[str, bytes]:
    """Return the files of a policy, by their names in the archive.

    ``policy.json`` is what the policy's digest is of, ``widget.json`` what the browser part's is.
    ``served`` holds the wall and its fallback as pages receive them that are the same for everybody.
    """
    files = {
        "widget.json": inventory(),
        **{f"widget/{name}": data for name, data in build().files.items()},
        "served/wall.js": rendered.wall(WallKey(Mode.ENFORCE)),
        "served/fallback.js": rendered.fallback,
        **{notice.name: notice.text for notice in rendered.notices.values()},
        **{f"policy/{each}.html": policy_text(rendered, each).encode() for each in rendered.languages},
    }
    if loaded is not None and loaded.policy is rendered.policy:
        files |= {"policy.toml": loaded.text.encode(), "policy.json": loaded.declaration}
    return files
