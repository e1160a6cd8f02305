"""Demonstration pictures of the country."""

from __future__ import annotations

import math
from itertools import pairwise

from articles.seed.brush import Canvas


def river(canvas: Canvas) -> None:
    """A valley in the morning, its river free again."""
    canvas.wash("#6f9fc4", "#bcd6e0", "#f6e6c8", bottom=0.62)
    canvas.glow(0.72, 0.42, 0.2, "#ffe2a8", 0.9)
    for base, rise, colour in ((0.5, 0.1, "#8fa9b3"), (0.56, 0.09, "#6f9190"), (0.62, 0.08, "#4d7562")):
        line = canvas.ridge(base, rise, colour)
        canvas.veil("#f2e8d2", 0.28, 0.4, 0.75)
    canvas.bushes(line, ("#3d6650", "#456f4c", "#587f4f"), 0.016)
    canvas.wash("#6d8f45", "#4f7a3c", "#36592f", top=0.66)
    bend = [
        (0.52, 0.66),
        (0.62, 0.7),
        (0.5, 0.76),
        (0.62, 0.85),
        (0.5, 1.0),
        (0.98, 1.0),
        (0.86, 0.86),
        (0.66, 0.76),
        (0.7, 0.7),
        (0.56, 0.66),
    ]
    canvas.shape(bend, "#a9c6cf")
    canvas.shape([(x * 0.96 + 0.035, y) for x, y in bend], "#c8dcdc")
    canvas.bushes(
        [(0.06 + i * 0.035, 0.83 + 0.02 * math.sin(i)) for i in range(11)],
        ("#2c4d2a", "#3a5f30", "#48703a"),
        0.03,
        1,
    )


def observatory(canvas: Canvas) -> None:
    """A dome under the Milky Way."""
    canvas.wash("#05081a", "#0d1a3c", "#27406b", "#5d6f8c")
    for step in range(14):
        x = 0.05 + step * 0.065
        canvas.glow(x, 0.62 - step * 0.04, 0.06 + 0.015 * math.sin(step), "#8190c4", 0.22)
    canvas.stars(1500, 0.8)
    line = canvas.ridge(0.82, 0.06, "#0a1120")
    canvas.firs(line, "#0a1120", 0.05, 4)
    canvas.box(0.6, 0.66, 0.76, 0.84, "#c7cbd6")
    canvas.box(0.6, 0.66, 0.66, 0.84, "#9aa2b5")
    dome = [
        (0.68 + 0.085 * math.cos(math.pi * i / 40), 0.665 - 0.14 * math.sin(math.pi * i / 40))
        for i in range(41)
    ]
    canvas.shape(dome, "#d9dde6")
    canvas.shape([(0.66, 0.665), (0.655, 0.528), (0.69, 0.524), (0.7, 0.665)], "#141c33")
    canvas.glow(0.68, 0.62, 0.02, "#ffdca0", 0.9)
    canvas.ridge(0.9, 0.03, "#060a14")


def rowing(canvas: Canvas) -> None:
    """Four rowers on a lake before the sun is up."""
    canvas.wash("#8fb3cf", "#f3cdb5", "#f9dfc0", bottom=0.55)
    canvas.glow(0.5, 0.5, 0.16, "#fff0cf", 1.0)
    canvas.peaks(0.52, 0.24, "#a8a5ba")
    canvas.veil("#f5d9c4", 0.55, 0.3, 0.55)
    canvas.firs(canvas.ridge(0.53, 0.04, "#5d6d7c"), "#5d6d7c", 0.05, 2)
    canvas.mirror(0.55, 0.92)
    canvas.shape(
        [(0.27, 0.742), (0.31, 0.757), (0.71, 0.757), (0.76, 0.742), (0.7, 0.749), (0.33, 0.749)], "#22303d"
    )
    for seat in range(4):
        x = 0.39 + seat * 0.085
        canvas.shape([(x - 0.012, 0.748), (x - 0.02, 0.7), (x - 0.002, 0.695), (x + 0.016, 0.748)], "#2b3947")
        canvas.disc(x - 0.013, 0.683, 0.0075, "#2b3947")
        canvas.line([(x - 0.012, 0.712), (x + 0.028, 0.735), (x + 0.075, 0.79)], "#22303d", 0.002)
        canvas.box(x + 0.066, 0.785, x + 0.086, 0.795, "#22303d")
        canvas.line([(x + 0.04, 0.801), (x + 0.11, 0.801)], "#ffffff", 0.0012)


def orchard(canvas: Canvas) -> None:
    """Rows of trees in blossom."""
    canvas.wash("#86b4d6", "#d5e6ea", "#fbf0e2", bottom=0.5)
    canvas.ridge(0.46, 0.07, "#93a98f")
    canvas.wash("#8fae57", "#6d9445", "#4f7a38", top=0.48)
    blossom = ("#fbe3ea", "#f6cbd8", "#fff4f4", "#eeb4c8")
    for row in range(9):
        depth = (row / 8) ** 1.7
        y, size = 0.5 + 0.42 * depth, 0.012 + 0.042 * depth
        gap = 0.045 + 0.15 * depth
        count = int(1.3 / gap) + 1
        for tree in range(count):
            x = 0.5 + (tree - count / 2 + 0.5 * (row % 2)) * gap
            canvas.box(x - size * 0.08, y - size, x + size * 0.08, y + size * 1.1, "#5c4738")
            for _ in range(34):
                angle, reach = canvas.random.uniform(0, math.tau), size * canvas.random.random() ** 0.5
                place = (x + reach * math.cos(angle), y - size * 1.9 + reach * 1.35 * math.sin(angle))
                canvas.disc(*place, size * 0.24, canvas.random.choice(blossom))
    canvas.glow(0.2, 0.12, 0.2, "#fff6dc", 0.7)


def snow(canvas: Canvas) -> None:
    """High mountains after the first snow."""
    canvas.wash("#3f6fa6", "#8fb6d8", "#dfeaf0", bottom=0.75)
    canvas.peaks(0.62, 0.42, "#a9bfd6")
    canvas.veil("#e4edf3", 0.5, 0.3, 0.7)
    line = canvas.peaks(0.74, 0.46, "#f1f5f8")
    for (x, y), (after, low) in pairwise(line):
        if low > y:
            canvas.shape([(x, y), (after, low), (after - 0.012, low + 0.2), (x - 0.02, y + 0.2)], "#b7c9dc")
    canvas.veil("#eef3f6", 0.75, 0.5, 0.82)
    canvas.firs(canvas.ridge(0.86, 0.05, "#3d5560"), "#3d5560", 0.07, 3)
    canvas.firs(canvas.ridge(0.97, 0.05, "#22353f"), "#22353f", 0.13, 6)


def lighthouse(canvas: Canvas) -> None:
    """A lighthouse in the evening."""
    canvas.wash("#1d2f55", "#5a5f8a", "#d98b77", "#f7cf97", bottom=0.62)
    canvas.glow(0.3, 0.6, 0.13, "#ffe0a6", 1.0)
    canvas.disc(0.3, 0.575, 0.028, "#fff0c9")
    canvas.mirror(0.62, 0.82)
    canvas.shape(
        [
            (0.58, 0.74),
            (0.64, 0.6),
            (0.72, 0.56),
            (0.82, 0.57),
            (0.92, 0.62),
            (1, 0.66),
            (1, 0.84),
            (0.7, 0.8),
        ],
        "#1f2533",
    )
    canvas.shape([(0.755, 0.57), (0.765, 0.25), (0.795, 0.25), (0.805, 0.57)], "#efe6da")
    for band in range(3):
        top = 0.29 + band * 0.095
        canvas.shape(
            [
                (0.764 - band * 0.0031, top),
                (0.796 + band * 0.0031, top),
                (0.798 + band * 0.0031, top + 0.045),
                (0.762 - band * 0.0031, top + 0.045),
            ],
            "#a83a35",
        )
    canvas.box(0.757, 0.235, 0.803, 0.25, "#222938")
    canvas.box(0.768, 0.19, 0.792, 0.235, "#ffe9ae")
    canvas.shape([(0.762, 0.19), (0.78, 0.15), (0.798, 0.19)], "#222938")
    canvas.glow(0.78, 0.21, 0.06, "#fff2c4", 0.9)


def forest(canvas: Canvas) -> None:
    """A beech wood in the mist."""
    canvas.wash("#dfe6d8", "#c9d6bb", "#9bb083", "#5f7a4a")
    for depth, colour in enumerate(("#b7c4ac", "#96a88d", "#6f836b", "#44564a", "#263530")):
        for _ in range(16 - depth * 2):
            x = canvas.random.random()
            width = 0.004 + depth * 0.0065 * canvas.random.uniform(0.6, 1.3)
            lean = canvas.random.uniform(-0.02, 0.02)
            foot = 0.72 + depth * 0.065
            canvas.shape(
                [(x + lean, 0), (x + lean + width * 0.7, 0), (x + width, foot), (x - width * 0.3, foot)],
                colour,
            )
            for _ in range(2 + depth):
                y = canvas.random.uniform(0.05, 0.45)
                side = canvas.random.choice((-1, 1))
                canvas.line(
                    [(x + lean, y + 0.08), (x + side * 0.05, y), (x + side * 0.09, y - 0.05)],
                    colour,
                    0.0012 + depth * 0.0005,
                )
        canvas.veil("#dbe3cf", 0.3, 0.3, 0.9)
    leaves = ("#b5713a", "#c98d45", "#8f5a30", "#d2a35a", "#6f7a3f")
    for _ in range(1500):
        y = 0.8 + 0.2 * canvas.random.random()
        canvas.disc(canvas.random.random(), y, 0.0012 + (y - 0.8) * 0.012, canvas.random.choice(leaves))
    canvas.glow(0.58, 0.25, 0.22, "#fffbe0", 0.6)
