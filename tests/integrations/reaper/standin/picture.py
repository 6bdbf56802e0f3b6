"""A picture of a gfx window; the only module that needs Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from .window import Shape, Window


def save(window: Window, path: Any) -> None:
    """Write what a window shows as PNG."""
    size = max(1, int(window.fields["w"])), max(1, int(window.fields["h"]))
    clear = int(window.fields["clear"])
    background = (clear & 255, clear >> 8 & 255, clear >> 16 & 255) if clear >= 0 else (0, 0, 0)
    picture = Image.new("RGBA", size, (*background, 255))
    for shape in window.shown:
        layer = Image.new("RGBA", size, (0, 0, 0, 0))
        _draw(ImageDraw.Draw(layer), shape)
        picture = Image.alpha_composite(picture, layer)
    picture.convert("RGB").save(path)


def _draw(pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    red, green, blue, alpha = (round(max(0.0, min(1.0, each)) * 255) for each in shape.colour)
    colour = (red, green, blue, alpha)
    x, y, width, height = shape.box
    corners = (x, y, x + width, y + height)
    if shape.kind == "text":
        pen.text((x, y), shape.text, fill=colour, font=ImageFont.load_default(shape.size))
    elif shape.kind == "line":
        pen.line(corners, fill=colour)
    elif width < 1 or height < 1:
        return
    elif shape.kind == "circle":
        pen.ellipse(corners, fill=colour if shape.filled else None, outline=colour)
    else:
        pen.rectangle((x, y, x + width - 1, y + height - 1), fill=colour if shape.filled else None, outline=colour)
