"""Does a store still hold what this site has made known of its logs?"""

from __future__ import annotations

from bandeau.core.policy import SiteInfo
from bandeau.ledger.loading import check_published
from bandeau.ledger.store import LogSource, Signer
from bandeau.storage.publishing.publisher import Publisher


def check_continued(publisher: Publisher, site: SiteInfo, signer: Signer, source: LogSource) -> None:
    """Check that the logs of a site go on from the newest checkpoints in its folder.

    It reads one checkpoint of each log and the tiles at its edge, so a site opens as quickly as before.

    Raises:
        StoreDamaged: an older store was restored, or another one stands in its place.
        PublishingError: the folder cannot be read.
    """
    own = (site.id, site.environment)
    names = [head.origin for head in source.logs() if (head.site_id, head.environment) == own]
    # The host in the name of an older log may be another; and there may be no log at all any more.
    series = {name.rpartition("/")[0] for name in (*names, signer.origin(*own, 0))}
    published = [each for name in series for each in publisher.newest_own(name, signer.verifiers)]
    # Read last: what another process commits and publishes meanwhile is in these.
    heads = {head.origin: head for head in source.logs()}
    for checkpoint in published:
        check_published(checkpoint, heads.get(checkpoint.origin), source)
