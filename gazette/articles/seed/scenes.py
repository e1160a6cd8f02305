"""The demonstration pictures by name, drawn when the newspaper is seeded."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from articles.seed import landscapes, places
from articles.seed.brush import Canvas

Scene = Callable[[Canvas], None]

SCENES: dict[str, tuple[int, Scene]] = {
    "riviere": (11, landscapes.river),
    "livres": (5, places.books),
    "filature": (7, places.mill),
    "observatoire": (3, landscapes.observatory),
    "aviron": (23, landscapes.rowing),
    "marche": (8, places.market),
    "viaduc": (4, places.viaduct),
    "verger": (9, landscapes.orchard),
    "theatre": (2, places.stage),
    "neige": (31, landscapes.snow),
    "phare": (6, landscapes.lighthouse),
    "toits": (12, places.roofs),
    "foret": (14, landscapes.forest),
    "potager": (10, places.garden),
}


def draw(name: str) -> Image.Image:
    """Draws one scene; the same picture each time."""
    seed, scene = SCENES[name]
    canvas = Canvas(seed)
    scene(canvas)
    return canvas.finish()
