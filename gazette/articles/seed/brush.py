"""The few strokes from which every demonstration picture is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Point = tuple[float, float]
SIZE = (1600, 1000)
SCALE = 1.5  # drawn larger, then reduced: that is the anti-aliasing


class Canvas:
    """A picture in the making.  Places are fractions of its width and height."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a drawing, not a secret
        self.width, self.height = (round(side * SCALE) for side in SIZE)
        self.image = Image.new("RGB", (self.width, self.height))

    def at(self, x: float, y: float) -> Point:
        """Pixels of a place."""
        return x * self.width, y * self.height

    def wash(self, *colours: str, top: float = 0.0, bottom: float = 1.0) -> None:
        """Fills a horizontal band with colours that melt into each other, from top to bottom."""
        strip = Image.new("RGB", (1, len(colours)))
        strip.putdata([ImageColor.getrgb(colour) for colour in colours])
        height = round((bottom - top) * self.height)
        tall = strip.resize((1, height), Image.Resampling.BICUBIC)
        self.image.paste(tall.resize((self.width, height)), (0, round(top * self.height)))

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float = 1.0) -> None:
        """Adds light around a place."""
        small = Image.new("L", (320, 200))
        r = radius * 320
        box = (x * 320 - r, y * 200 - r, x * 320 + r, y * 200 + r)
        ImageDraw.Draw(small).ellipse(box, fill=round(255 * strength))
        mask = small.filter(ImageFilter.GaussianBlur(r * 0.55)).resize(
            self.image.size, Image.Resampling.BICUBIC
        )
        light = Image.composite(
            Image.new("RGB", self.image.size, colour), Image.new("RGB", self.image.size), mask
        )
        self.image = ImageChops.screen(self.image, light)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """A flat disc; the radius is a fraction of the width."""
        (cx, cy), r = self.at(x, y), radius * self.width
        ImageDraw.Draw(self.image).ellipse((cx - r, cy - r, cx + r, cy + r), fill=colour)

    def shape(self, points: Sequence[Point], colour: str) -> None:
        """A flat polygon."""
        ImageDraw.Draw(self.image).polygon([self.at(*point) for point in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A flat rectangle."""
        ImageDraw.Draw(self.image).rectangle((*self.at(left, top), *self.at(right, bottom)), fill=colour)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line; its width is a fraction of the picture's width."""
        pixels = [self.at(*point) for point in points]
        ImageDraw.Draw(self.image).line(
            pixels, fill=colour, width=max(1, round(width * self.width)), joint="curve"
        )

    def veil(self, colour: str, opacity: float, top: float = 0.0, bottom: float = 1.0) -> None:
        """Mist that is thickest at the bottom of its band."""
        height = round((bottom - top) * self.height)
        mask = (
            Image.linear_gradient("L")
            .resize((self.width, height))
            .point(lambda value: round(value * opacity))
        )
        self.image.paste(Image.new("RGB", (self.width, height), colour), (0, round(top * self.height)), mask)

    def ridge(self, base: float, rise: float, colour: str, rough: float = 1.0) -> list[Point]:
        """Hills across the picture, down to its bottom; their sky line is returned."""
        waves = [
            (
                self.random.uniform(0.6, 1.4) * n,
                self.random.uniform(0, math.tau),
                rough ** max(0, n - 2) / n**1.25,
            )
            for n in range(1, 26)
        ]
        top = [
            (
                x / 240,
                base
                - rise
                * sum(size * math.sin(math.tau * turns * x / 240 + start) for turns, start, size in waves)
                / 2,
            )
            for x in range(241)
        ]
        self.shape([*top, (1, 1), (0, 1)], colour)
        return top

    def peaks(self, base: float, rise: float, colour: str, detail: int = 7) -> list[Point]:
        """Mountains by midpoint displacement, down to the bottom; their sky line is returned."""
        heights = [self.random.uniform(0.2, 0.9) for _ in range(4)]
        for level in range(detail):
            step = 0.5 / 2**level
            middles = [(a + b) / 2 + self.random.uniform(-step, step) * 0.55 for a, b in pairwise(heights)]
            heights = [value for pair in zip(heights, middles, strict=False) for value in pair] + heights[-1:]
        top = [(i / (len(heights) - 1), base - rise * height) for i, height in enumerate(heights)]
        self.shape([*top, (1, 1), (0, 1)], colour)
        return top

    def firs(self, sky_line: Sequence[Point], colour: str, size: float, every: int = 3) -> None:
        """Fir trees along a sky line."""
        for x, y in sky_line[::every]:
            height = size * self.random.uniform(0.5, 1.2)
            width = height * 0.22
            for part in (0.0, 0.3, 0.55):
                top = y - height * (1 - part)
                self.shape(
                    [
                        (x, top),
                        (x - width * (0.4 + part), y - height * (0.45 - part * 0.8)),
                        (x + width * (0.4 + part), y - height * (0.45 - part * 0.8)),
                    ],
                    colour,
                )
            self.box(x - width * 0.08, y - height * 0.2, x + width * 0.08, y + height * 0.1, colour)

    def bushes(self, sky_line: Sequence[Point], colours: Sequence[str], size: float, every: int = 2) -> None:
        """Round trees along a sky line."""
        for x, y in sky_line[::every]:
            for _ in range(4):
                radius = size * self.random.uniform(0.3, 0.8)
                shift = self.random.uniform(-size, size)
                self.disc(x + shift * 0.7, y - radius * 0.8, radius, self.random.choice(colours))

    def stars(self, count: int, bottom: float) -> None:
        """Stars above a height, few of them bright."""
        for _ in range(count):
            x, y = self.random.random(), self.random.random() * bottom
            bright = self.random.random() ** 3
            shade = round(120 + 135 * bright)
            self.disc(x, y, 0.0004 + 0.0011 * bright, f"#{shade:02x}{shade:02x}{min(255, shade + 12):02x}")

    def mirror(self, shore: float, dim: float = 0.78) -> None:
        """Turns all below the shore into water that mirrors what stands above."""
        line = round(shore * self.height)
        height = self.height - line
        above = self.image.crop((0, max(0, line - height), self.width, line)).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        water = (
            above.resize((self.width, height))
            .filter(ImageFilter.BoxBlur(3))
            .point(lambda value: round(value * dim))
        )
        draw = ImageDraw.Draw(water, "RGBA")
        for _ in range(260):
            depth = self.random.random() ** 1.6
            y, x = depth * height, self.random.random() * self.width
            length = (0.02 + 0.12 * depth) * self.width * self.random.random()
            tone = (255, 255, 255, 22) if self.random.random() < 0.55 else (0, 0, 0, 22)
            draw.line((x, y, x + length, y), fill=tone, width=round(1 + 5 * depth))
        self.image.paste(water, (0, line))

    def finish(self) -> Image.Image:
        """The picture at its final size, with a photograph's grain and darker corners."""
        image = self.image.resize(SIZE, Image.Resampling.LANCZOS)
        grain = Image.effect_noise(SIZE, 26).convert("RGB")
        image = Image.blend(image, ImageChops.soft_light(image, grain), 0.35)
        corners = (
            ImageChops.invert(Image.radial_gradient("L"))
            .resize(SIZE)
            .point(lambda value: min(255, 150 + value))
        )
        return ImageChops.multiply(image, corners.convert("RGB"))
