"""What a script has drawn into its gfx window, and what the user does there.

Drawing is kept as a list of shapes and texts with their places; `picture.py` makes a picture of it. Sizes of texts
are reckoned by a plain rule, so that a window looks the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

WIDTH_OF_CHARACTER = 0.55
"""Of the font's size; bold is a tenth wider."""
BITMAP_SIZE = 8
LEFT, RIGHT = 1, 2
FIELDS = dict.fromkeys("r g b x y clear mouse_x mouse_y mouse_wheel mouse_hwheel mouse_cap mode w h".split(), 0.0)
FIELDS |= {"a": 1.0, "a2": 1.0, "dest": -1.0, "texth": float(BITMAP_SIZE), "ext_retina": 0.0}
READ_ONLY = ("w", "h", "texth")


@dataclass(frozen=True)
class Shape:
    """A thing drawn: its kind, its place (x, y, width, height), its colour (r, g, b, a: 0 to 1), and the rest."""

    kind: str
    box: tuple[float, float, float, float]
    colour: tuple[float, float, float, float]
    text: str = ""
    size: int = BITMAP_SIZE
    filled: bool = True

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the place."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2

    def moved(self, by_x: float, by_y: float) -> Shape:
        """Return the shape at another place."""
        x, y, width, height = self.box
        return replace(self, box=(x + by_x, y + by_y, width, height))


@dataclass
class Font:
    """A font: size in pixels, and whether it is bold."""

    face: str = ""
    size: int = BITMAP_SIZE
    bold: bool = False

    @property
    def height(self) -> int:
        """The height of a line."""
        return self.size if self.face == "" else round(self.size * 1.15)

    def width(self, text: str) -> int:
        """The width of a text; only its longest line counts."""
        if self.face == "":
            return max(len(line) for line in text.split("\n")) * BITMAP_SIZE
        each = self.size * WIDTH_OF_CHARACTER * (1.1 if self.bold else 1.0)
        return round(max(len(line) for line in text.split("\n")) * each)


@dataclass
class Window:
    """A gfx window: open or not, what is shown, and the state of mouse and keyboard."""

    open: bool = False
    title: str = ""
    position: tuple[int, int] = (100, 100)
    dock: int = 0
    fields: dict[str, Any] = field(default_factory=lambda: dict(FIELDS))
    fonts: dict[int, Font] = field(default_factory=lambda: {0: Font()})
    font: int = 0
    drawn: dict[int, list[Shape]] = field(default_factory=dict)
    """What is being drawn: -1 the window, 0 and up images."""
    shown: list[Shape] = field(default_factory=list)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    focused: bool = True

    def get(self, name: str) -> Any:
        """Return a field of gfx; nil for one that is not there."""
        return self.fields.get(name)

    def set(self, name: str, value: Any) -> None:
        """Set a field of gfx."""
        if name in READ_ONLY or name not in FIELDS:
            self.unknown.append(name)
        else:
            self.fields[name] = value

    def draw(self, shape: Shape) -> None:
        """Add a shape to what is drawn now."""
        self.drawn.setdefault(int(self.fields["dest"]), []).append(shape)

    def flush(self) -> None:
        """Show what was drawn since the last time, unless it was nothing."""
        if self.drawn.get(-1):
            self.shown = self.drawn.pop(-1)

    @property
    def texts(self) -> list[str]:
        """The texts that can be read, in the order they were drawn."""
        return [shape.text for shape in self.shown if shape.text]

    def find(self, text: str, number: int = 0) -> Shape:
        """Return where a text is; one that equals it comes before those that contain it.

        Raises:
            LookupError: It is not there; all that is there is named.
        """
        written = [shape for shape in self.shown if shape.text]
        equal = [shape for shape in written if shape.text.strip() == text]
        found = equal or [shape for shape in written if text in shape.text]
        inside = [shape for shape in found if self._visible(shape)]
        if number >= len(inside):
            raise LookupError(f"{text!r} is not in the window: {self.texts}")
        return inside[number]

    def _visible(self, shape: Shape) -> bool:
        x, y = shape.centre
        return bool(0 <= x < self.fields["w"] and 0 <= y < self.fields["h"])

    def mouse(self, x: float, y: float, buttons: int | None = None) -> None:
        """Move the mouse, and press (1 left, 2 right, 4 Ctrl, 8 Shift, 16 Alt) or let go."""
        self.fields["mouse_x"], self.fields["mouse_y"] = float(round(x)), float(round(y))
        if buttons is not None:
            self.fields["mouse_cap"] = float(buttons)

    def save(self, path: Any) -> None:
        """Write a picture of what is shown as PNG; needs Pillow."""
        from .picture import save

        save(self, path)
