"""``bandeau archive``: what readers of the policy are shown, kept for those who ask years later."""

from __future__ import annotations

from pathlib import Path

import click

from bandeau.cli.server import serving
from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.policyfile import load_file
from bandeau.site import Site, open_archive
from bandeau.storage.archive import Archive, Manifest
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.pages.evidence import keep_evidence
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pictures import FOLDER, take_pictures
from bandeau.web.preview import preview, shown_at


@click.command()
@click.option("--no-pictures", is_flag=True, help="Texts and files alone; no browser is needed.")
@click.option("--again", is_flag=True, help="Take the pictures although there are some.")
@pass_settings
def command(settings: Settings, no_pictures: bool, again: bool) -> None:
    """Archive what readers of the policy are shown, with pictures; print the manifest's digest.

    A running site archives its texts and its browser part by itself. The pictures are taken of first
    layer, panel and settings page, in every language, at 1280 x 800 and 320 x 640. They need a
    Chromium and `bandeau[audit]`.
    """
    path = Path(settings.policy).resolve()
    loaded = load_file(path)
    archive = open_archive(loaded.policy, path.parent)
    if archive is None:
        raise click.UsageError('`proof.store` is "memory:": nothing is recorded, so nothing is archived')
    rendered = Rendered(loaded.policy)
    manifest = keep_evidence(archive, rendered, loaded)
    settings.say(f"{archive.folder}: {len(manifest.files)} files of revision {manifest.revision}")
    if not no_pictures:
        found = None if again else _with_pictures(archive, manifest)
        manifest = found or keep_evidence(
            archive, rendered, loaded, _pictures(loaded.policy, rendered.languages)
        )
        count = sum(name.startswith(f"{FOLDER}/") for name in manifest.files)
        settings.say(f"{count} pictures {'were there already' if found else 'taken'}")
    click.echo(manifest.digest)


def _with_pictures(archive: Archive, plain: Manifest) -> Manifest | None:
    """Return a manifest of the same files that has pictures too."""
    return next(
        (
            manifest
            for manifest in archive.manifests()
            if plain.files.items() < manifest.files.items() and manifest.policy_digest == plain.policy_digest
        ),
        None,
    )


def _pictures(policy: Policy, languages: tuple[str, ...]) -> dict[str, bytes]:
    with serving(lambda url: BandeauMiddleware(preview, site=Site.in_memory(shown_at(policy, url)))) as url:
        return take_pictures(url, policy.enforce.prefix, languages)
