"""How a control looks to a reader: size, letters, colours as drawn, contrast, place."""

from __future__ import annotations

from typing import Any, Literal

from bandeau.audit.recording import Button

Role = Literal["accept", "refuse", "settings", "save", "withdraw", "close", "entry"]

#: Defines ``describe(element)``. Colours are drawn on a canvas, which understands every notation that the
#: page's style sheets may use; what is transparent is laid over what lies behind it.
DESCRIBE = """
const ink = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const drawn = (...colours) => {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, 1, 1);
  for (const colour of colours) { ink.fillStyle = colour; ink.fillRect(0, 0, 1, 1); }
  return [...ink.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const hex = rgb => "#" + rgb.map(part => part.toString(16).padStart(2, "0")).join("");
const luminance = rgb => {
  const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = rgb.map(part => linear(part / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement || at.getRootNode().host) {
    layers.unshift(getComputedStyle(at).backgroundColor);
  }
  return layers;
};
const textOf = element => {
  const by = (element.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
    .map(id => element.getRootNode().getElementById?.(id)?.innerText || "").join(" ");
  return (element.getAttribute("aria-label") || by || element.innerText || element.value || "")
    .replace(/\\s+/g, " ").trim().slice(0, 200);
};
const isVisible = element => {
  const { width, height } = element.getBoundingClientRect();
  if (!width || !height) return false;
  return element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
};
const isOnTop = element => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const found = element.getRootNode().elementFromPoint(x + width / 2, y + height / 2);
  return !!found && (element.contains(found) || found.contains(element));
};
const describe = element => {
  const style = getComputedStyle(element), layers = behind(element), box = element.getBoundingClientRect();
  const back = drawn(...layers), front = drawn(...layers, style.color);
  const [light, dark] = [luminance(back), luminance(front)].sort((a, b) => b - a);
  const edge = parseFloat(style.borderTopWidth);
  return {
    text: textOf(element), shape: element.localName,
    visible: isVisible(element), in_viewport: isOnTop(element),
    rect: [box.x, box.y, box.width, box.height].map(Math.round), font_size: parseFloat(style.fontSize),
    font_weight: +style.fontWeight, font_family: style.fontFamily, colour: hex(front), background: hex(back),
    border: edge ? `${edge}px ${hex(drawn(style.borderTopColor))}` : "",
    contrast: Math.round((light + 0.05) / (dark + 0.05) * 100) / 100,
  };
};
"""


def button(found: Any, role: Role, *, layer: int = 1, clicks: int = 1) -> Button | None:
    """Return a control that ``describe`` described, ``None`` for nothing."""
    if not isinstance(found, dict):
        return None
    return Button(
        role=role,
        text=str(found["text"]),
        layer=layer,
        clicks=clicks,
        shape=str(found["shape"]),
        rect=tuple(int(part) for part in found["rect"]),  # type: ignore[arg-type]
        visible=bool(found["visible"]),
        in_viewport=bool(found["in_viewport"]),
        font_size=float(found["font_size"]),
        font_weight=int(found["font_weight"]),
        font_family=str(found["font_family"]),
        colour=str(found["colour"]),
        background=str(found["background"]),
        border=str(found["border"]),
        contrast=float(found["contrast"]),
    )
