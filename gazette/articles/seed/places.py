"""Demonstration pictures of towns and of things people made."""

from __future__ import annotations

import math

from articles.seed.brush import Canvas, Point


def books(canvas: Canvas) -> None:
    """Shelves by lamplight."""
    canvas.wash("#2d2018", "#3b2a1d")
    covers = (
        "#7b2d26",
        "#9c6b30",
        "#2f4858",
        "#44633f",
        "#b9975b",
        "#5a3d5c",
        "#8a8d7a",
        "#22333b",
        "#c7b28a",
    )
    for shelf in range(4):
        floor = 0.245 + shelf * 0.25
        x = 0.015
        while x < 0.985:
            width = canvas.random.uniform(0.012, 0.03)
            top = floor - canvas.random.uniform(0.15, 0.205)
            if canvas.random.random() < 0.06:
                x += 0.03
            cover = canvas.random.choice(covers)
            canvas.box(x, top, x + width - 0.0012, floor, cover)
            canvas.box(x, top + 0.022, x + width - 0.0012, top + 0.028, "#e4cf9a")
            canvas.box(x, floor - 0.04, x + width - 0.0012, floor - 0.036, "#e4cf9a")
            canvas.box(x, top, x + 0.0016, floor, "#1d140e")
            x += width
        canvas.box(0, floor, 1, floor + 0.022, "#5d4029")
        canvas.box(0, floor + 0.022, 1, floor + 0.032, "#1e140d")
    canvas.glow(0.3, 0.3, 0.3, "#ffcf8a", 0.75)


def mill(canvas: Canvas) -> None:
    """A spinning mill at dusk, its windows lit again."""
    canvas.wash("#27345a", "#7b5b7e", "#e39a72", "#f6cf9b", bottom=0.75)
    canvas.glow(0.2, 0.68, 0.18, "#ffd9a0", 0.8)
    canvas.ridge(0.7, 0.06, "#4b4a66")
    canvas.box(0.2, 0.5, 0.95, 0.78, "#3a2a30")
    for roof in range(8):
        left = 0.2 + roof * 0.09375
        canvas.shape([(left, 0.5), (left, 0.4), (left + 0.09375, 0.5)], "#2f2129")
        canvas.shape(
            [(left + 0.006, 0.49), (left + 0.006, 0.425), (left + 0.02, 0.44), (left + 0.02, 0.49)], "#f2b872"
        )
    for row in range(2):
        for column in range(19):
            left, top = 0.222 + column * 0.0385, 0.55 + row * 0.11
            canvas.box(
                left, top, left + 0.02, top + 0.07, "#ffd38c" if canvas.random.random() < 0.72 else "#5b4250"
            )
            canvas.box(left + 0.0092, top, left + 0.0108, top + 0.07, "#3a2a30")
    canvas.shape([(0.1, 0.78), (0.108, 0.18), (0.132, 0.18), (0.14, 0.78)], "#33242b")
    canvas.box(0.105, 0.18, 0.135, 0.205, "#241a20")
    canvas.mirror(0.78, 0.7)


def market(canvas: Canvas) -> None:
    """Stalls under striped awnings."""
    canvas.wash("#c9dbe4", "#f0e7d8", bottom=0.5)
    for house in range(9):
        left = house * 0.115 - 0.02
        top = canvas.random.uniform(0.08, 0.22)
        canvas.box(
            left, top, left + 0.112, 0.6, canvas.random.choice(("#d8c3a0", "#c9ad8d", "#e2d2b5", "#bf9f85"))
        )
        canvas.shape([(left - 0.006, top), (left + 0.056, top - 0.07), (left + 0.118, top)], "#8a5a48")
        for column in (0.02, 0.065):
            for row in range(2):
                canvas.box(
                    left + column,
                    top + 0.05 + row * 0.13,
                    left + column + 0.022,
                    top + 0.12 + row * 0.13,
                    "#6d7f86",
                )
    canvas.veil("#f2e6d2", 0.5, 0.1, 0.6)
    fruits = ("#d9482b", "#e8902f", "#efc23f", "#6c9a3b", "#8c2f4b", "#b6c94b")
    canvas.wash("#b9a58c", "#8f7b66", top=0.6)
    for stall, stripe in enumerate(("#a23b32", "#2f5d62", "#c48a2c")):
        left = 0.02 + stall * 0.33
        for band in range(10):
            x, colour = left + band * 0.031, stripe if band % 2 else "#f7f0e3"
            canvas.shape([(x + 0.008, 0.38), (x + 0.036, 0.38), (x + 0.031, 0.5), (x, 0.5)], colour)
            canvas.disc(x + 0.0155, 0.5, 0.0155, colour)
        canvas.box(left + 0.004, 0.53, left + 0.01, 0.95, "#5a4636")
        canvas.box(left + 0.3, 0.53, left + 0.306, 0.95, "#5a4636")
        for crate in range(4):
            x = left + 0.012 + crate * 0.073
            fruit = canvas.random.choice(fruits)
            for row in range(4):
                for piece in range(5):
                    canvas.disc(x + 0.009 + piece * 0.0135, 0.7 + row * 0.026, 0.0085, fruit)
            canvas.box(x, 0.78, x + 0.068, 0.86, "#9c7448")
            canvas.box(x, 0.817, x + 0.068, 0.822, "#7d5a35")
    canvas.glow(0.85, 0.1, 0.25, "#fff1cf", 0.6)


def viaduct(canvas: Canvas) -> None:
    """A regional train on stone arches."""
    canvas.wash("#5f8fb8", "#a9c9d8", "#e9ead9", bottom=0.7)
    canvas.ridge(0.5, 0.14, "#8ba7a9")
    canvas.ridge(0.6, 0.12, "#6f9477")
    canvas.veil("#e8ecdc", 0.35, 0.35, 0.8)
    canvas.box(0, 0.44, 1, 0.5, "#cdbb9d")
    for arch in range(9):
        left = arch * 0.125 - 0.06
        canvas.box(left + 0.092, 0.48, left + 0.128, 0.92, "#c2ae8e")
        canvas.box(left + 0.118, 0.48, left + 0.128, 0.92, "#a08c6e")
        curve: list[Point] = [
            (
                left + 0.11 + 0.063 - 0.063 * math.cos(math.pi * i / 20),
                0.575 - 0.075 * math.sin(math.pi * i / 20),
            )
            for i in range(21)
        ]
        canvas.shape([(left + 0.11, 0.49), (left + 0.236, 0.49), *reversed(curve)], "#c2ae8e")
    canvas.box(0, 0.43, 1, 0.445, "#b5a282")
    for coach in range(3):
        left = 0.34 + coach * 0.15
        canvas.box(left, 0.345, left + 0.146, 0.428, "#f1f1ec")
        canvas.box(left, 0.398, left + 0.146, 0.414, "#1f5f8b")
        for window in range(6):
            canvas.box(left + 0.012 + window * 0.022, 0.36, left + 0.028 + window * 0.022, 0.388, "#2c3e4c")
    canvas.shape([(0.79, 0.345), (0.815, 0.36), (0.828, 0.428), (0.79, 0.428)], "#1f5f8b")
    canvas.bushes(canvas.ridge(0.9, 0.06, "#47663d"), ("#3b5934", "#4f7341", "#5f834a"), 0.022)


def stage(canvas: Canvas) -> None:
    """An empty stage before the performance."""
    canvas.wash("#160a0c", "#241012", "#0f0708")
    for fold in range(44):
        x = fold / 44
        shade = 0.5 + 0.5 * math.sin(fold * 1.9) * math.cos(fold * 0.6)
        canvas.box(
            x,
            0,
            x + 0.024,
            0.74,
            f"#{round(92 + 62 * shade):02x}{round(18 + 12 * shade):02x}{round(26 + 14 * shade):02x}",
        )
    canvas.box(0.36, 0, 0.64, 0.74, "#0c0809")
    for fold, x in enumerate((0.34, 0.355, 0.64, 0.625)):
        canvas.shape(
            [
                (x, 0),
                (x + 0.02, 0),
                (x + (0.012 if fold < 2 else 0.03), 0.74),
                (x - (0.012 if fold < 2 else -0.002), 0.74),
            ],
            "#6d1620",
        )
    canvas.wash("#8a5f3b", "#4d321f", top=0.74)
    for plank in range(13):
        x = plank / 12
        canvas.line([(0.5 + (x - 0.5) * 0.75, 0.74), (0.5 + (x - 0.5) * 1.7, 1)], "#3d2717", 0.0014)
    canvas.glow(0.5, 0.72, 0.13, "#ffe3b0", 0.95)
    canvas.box(0.485, 0.66, 0.515, 0.672, "#1b1210")
    for leg in (0.487, 0.511):
        canvas.box(leg, 0.67, leg + 0.002, 0.755, "#1b1210")
    canvas.box(0.485, 0.585, 0.4875, 0.67, "#1b1210")


def roofs(canvas: Canvas) -> None:
    """The old town's roofs in the morning."""
    canvas.wash("#9cc0d8", "#f2dfc3", "#f7e9d4", bottom=0.6)
    canvas.glow(0.78, 0.28, 0.18, "#fff0c8", 0.9)
    canvas.ridge(0.5, 0.06, "#a8b3b0")
    canvas.box(0.2, 0.2, 0.255, 0.6, "#b9a288")
    canvas.shape([(0.193, 0.2), (0.2275, 0.03), (0.262, 0.2)], "#5f6a72")
    canvas.box(0.218, 0.25, 0.237, 0.34, "#4d4a48")
    for row in range(5):
        y = 0.5 + row * 0.105
        shift = canvas.random.uniform(-0.05, 0)
        for house in range(12 - row):
            width = 1.1 / (12 - row)
            left = shift + house * width
            top = y + canvas.random.uniform(-0.04, 0.04)
            wall = canvas.random.choice(("#e7d3b3", "#d9bf9c", "#f0e1c6", "#cfae8e"))
            canvas.box(left, top, left + width, 1, wall)
            roof = canvas.random.choice(("#a6563f", "#b8684b", "#8f4a3a", "#6d6a6c", "#c07a58"))
            canvas.shape(
                [
                    (left - 0.006, top),
                    (left + width * 0.2, top - 0.07),
                    (left + width * 0.8, top - 0.07),
                    (left + width + 0.006, top),
                ],
                roof,
            )
            canvas.box(left + width * 0.65, top - 0.1, left + width * 0.75, top - 0.05, "#8a5b48")
            canvas.box(left + width * 0.25, top + 0.03, left + width * 0.45, top + 0.09, "#5d7079")
        canvas.veil("#f5e4cb", 0.22, 0.3, min(1.0, y + 0.12))


def garden(canvas: Canvas) -> None:
    """Vegetable beds behind a school."""
    canvas.wash("#a5cbe0", "#e8efe4", bottom=0.45)
    canvas.bushes(canvas.ridge(0.42, 0.04, "#7d9b6c"), ("#6d8f5c", "#86a66d", "#5d8150"), 0.03)
    canvas.box(0.62, 0.2, 0.98, 0.46, "#ecdcc0")
    canvas.shape([(0.6, 0.2), (0.66, 0.1), (0.94, 0.1), (1.0, 0.2)], "#a65f45")
    for window in range(4):
        canvas.box(0.65 + window * 0.083, 0.27, 0.695 + window * 0.083, 0.38, "#6f8894")
    canvas.wash("#b59a6c", "#8c6f48", top=0.45)
    greens = ("#4f7d35", "#6f9d45", "#8fb552", "#3c6a33", "#a7434a")
    for bed in range(6):
        near = (bed / 5) ** 1.3
        y, thick = 0.5 + 0.4 * near, 0.03 + 0.05 * near
        canvas.box(0, y, 1, y + thick, "#5a4029")
        plant = greens[bed % len(greens)]
        for stem in range(round(60 - 34 * near)):
            x = (stem + canvas.random.random() * 0.4) / (60 - 34 * near)
            for _ in range(5):
                canvas.disc(
                    x + canvas.random.uniform(-1, 1) * 0.006,
                    y + thick * 0.2 - canvas.random.random() * 0.02,
                    0.004 + 0.006 * near,
                    plant,
                )
    canvas.glow(0.15, 0.1, 0.2, "#fff8dc", 0.6)
