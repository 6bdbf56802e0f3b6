"""The functions of gfx, for the window a script draws by itself."""

from __future__ import annotations

from typing import Any

from .part import Part
from .window import BITMAP_SIZE, Font, Shape, Window

CLOSED = -1
QUERIES = (65536, 65537)
SUPPORTED_FOCUSED_VISIBLE_HIT = 15
IGNORE_CORNER = 256


class Gfx(Part):
    """The functions of gfx; names and arguments as in the listing."""

    prefix = "gfx."

    @property
    def _window(self) -> Window:
        return self._reaper.window_of(self._script)

    def _shape(self, kind: str, x: float, y: float, width: float, height: float, **more: Any) -> None:
        fields = self._window.fields
        colour = (float(fields["r"]), float(fields["g"]), float(fields["b"]), float(fields["a"]))
        box = (float(x), float(y), float(width), float(height))
        self._window.draw(Shape(kind, box, colour, **more))

    def init(
        self, name: str, width: float = 640, height: float = 480, dock: int = 0, x: float = 100, y: float = 100
    ) -> int:
        window = self._window
        if not (window.open and name):
            window.fields["w"], window.fields["h"] = float(width), float(height)
            window.position, window.dock = (int(x), int(y)), int(dock)
        window.title = name or window.title
        window.open = True
        return 1

    def quit(self) -> None:
        self._window.open = False

    def update(self) -> None:
        self._window.flush()

    def getchar(self, char: int = 0, unicode: int = 0) -> int:
        window = self._window
        if not window.open:
            return CLOSED
        if int(char) in QUERIES:
            return SUPPORTED_FOCUSED_VISIBLE_HIT if window.focused else SUPPORTED_FOCUSED_VISIBLE_HIT - 2
        return window.keys.pop(0) if window.keys and not char else 0

    def dock(self, value: int, *wanted: Any) -> Any:
        window = self._window
        if int(value) >= 0:
            window.dock = int(value)
        if not wanted:
            return window.dock
        place = (*window.position, int(window.fields["w"]), int(window.fields["h"]))
        return (window.dock, *place[: len(wanted)])

    def clienttoscreen(self, x: float, y: float) -> tuple[float, float]:
        left, top = self._window.position
        return x + left, y + top

    def screentoclient(self, x: float, y: float) -> tuple[float, float]:
        left, top = self._window.position
        return x - left, y - top

    def setcursor(self, resource: int, name: str = "") -> None:
        pass

    def getdropfile(self, index: int) -> tuple[int, str]:
        return 0, ""

    def showmenu(self, text: str) -> int:
        self._reaper.menus.append(text)
        return pick(text, self._reaper.menu(menu_fields(text)))

    # Colours, fonts, texts

    def set(
        self,
        r: float,
        g: float | None = None,
        b: float | None = None,
        a: float | None = None,
        mode: float | None = None,
        dest: float | None = None,
        a2: float | None = None,
    ) -> None:
        fields = self._window.fields
        green = r if g is None else g
        fields |= {"r": r, "g": green, "b": green if b is None else b, "a": 1.0 if a is None else a}
        fields |= {"mode": 0.0 if mode is None else mode, "a2": 1.0 if a2 is None else a2}
        if dest is not None:
            fields["dest"] = dest

    def setfont(self, index: int, face: str | None = None, size: float = 0, flags: Any = 0) -> None:
        window = self._window
        if face is not None and int(index) > 0:
            bold = "b" in str(flags) if isinstance(flags, str) else int(flags) & 255 == ord("b")
            window.fonts[int(index)] = Font(face or "Arial", int(size) or BITMAP_SIZE, bold)
        window.font = int(index)
        window.fields["texth"] = float(self._font.height)

    def getfont(self) -> tuple[int, str]:
        return self._window.font, self._font.face

    @property
    def _font(self) -> Font:
        return self._window.fonts.get(self._window.font, Font())

    def measurestr(self, text: str) -> tuple[int, int]:
        return self._font.width(text), self._font.height * (text.count("\n") + 1)

    def measurechar(self, code: int) -> tuple[int, int]:
        return self.measurestr(chr(int(code)))

    def drawstr(
        self, text: str, flags: int = IGNORE_CORNER, right: float | None = None, bottom: float | None = None
    ) -> None:
        fields, flags = self._window.fields, int(flags)
        width, height = self.measurestr(text)
        x, y = float(fields["x"]), float(fields["y"])
        shown_width = float(width)
        if right is not None and bottom is not None and not flags & IGNORE_CORNER:
            room = max(0.0, right - x)
            shown_width = min(float(width), room)
            x += (room - shown_width) * (0.5 if flags & 1 else 1.0 if flags & 2 else 0.0)
            y += max(0.0, bottom - y - height) * (0.5 if flags & 4 else 1.0 if flags & 8 else 0.0)
        self._shape("text", x, y, shown_width, height, text=text, size=self._font.size)
        fields["x"] = x + width
        if "\n" in text:
            fields["y"] = y + height - self._font.height

    def drawchar(self, char: Any) -> None:
        self.drawstr(char if isinstance(char, str) else chr(int(char)))

    def drawnumber(self, number: float, digits: int) -> None:
        self.drawstr(f"{number:.{int(digits)}f}")

    def printf(self, form: str, *values: Any) -> None:
        self.drawstr(form % values)

    # Shapes

    def rect(self, x: float, y: float, width: float, height: float, filled: Any = 1) -> None:
        self._shape("rectangle", x, y, width, height, filled=bool(filled))

    def roundrect(self, x: float, y: float, width: float, height: float, radius: float, smooth: Any = 1) -> None:
        self._shape("rectangle", x, y, width, height, filled=False)

    def rectto(self, x: float, y: float) -> None:
        fields = self._window.fields
        self.rect(fields["x"], fields["y"], x - fields["x"], y - fields["y"])
        fields |= {"x": x, "y": y}

    def gradrect(self, x: float, y: float, width: float, height: float, *colours: float) -> None:
        red, green, blue, alpha = colours[:4]
        box = (float(x), float(y), float(width), float(height))
        self._window.draw(Shape("rectangle", box, (red, green, blue, alpha)))

    def line(self, x: float, y: float, x2: float, y2: float, smooth: Any = 1) -> None:
        self._shape("line", x, y, x2 - x, y2 - y)

    def lineto(self, x: float, y: float, smooth: Any = 1) -> None:
        fields = self._window.fields
        self.line(fields["x"], fields["y"], x, y)
        fields |= {"x": x, "y": y}

    def circle(self, x: float, y: float, radius: float, fill: Any = 0, smooth: Any = 1) -> None:
        self._shape("circle", x - radius, y - radius, 2 * radius, 2 * radius, filled=bool(fill))

    def arc(self, x: float, y: float, radius: float, start: float, end: float, smooth: Any = 1) -> None:
        self._shape("circle", x - radius, y - radius, 2 * radius, 2 * radius, filled=False)

    def triangle(self, *points: float) -> None:
        xs, ys = points[0::2], points[1::2]
        self._shape("rectangle", min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    # Images

    def setimgdim(self, image: int, width: float, height: float) -> None:
        self._window.sizes[int(image)] = (int(width), int(height))
        self._window.drawn[int(image)] = []

    def getimgdim(self, image: int) -> tuple[int, int]:
        return self._window.sizes.get(int(image), (0, 0))

    def loadimg(self, image: int, path: str) -> int:
        self._window.sizes[int(image)] = (32, 32)
        return int(image)

    def blit(
        self,
        source: int,
        scale: float = 1,
        rotation: float = 0,
        x: float = 0,
        y: float = 0,
        width: float = 0,
        height: float = 0,
        to_x: float = 0,
        to_y: float = 0,
        *_: Any,
    ) -> None:
        """Draw an image into the window or another image; sizes are not changed."""
        for shape in list(self._window.drawn.get(int(source), ())):
            self._window.draw(shape.moved(to_x - x, to_y - y))


def menu_fields(text: str) -> list[str]:
    """Return the fields of a menu that can be picked, in the order showmenu numbers them.

    Separators and the titles of submenus are not numbered; grey fields are, with their # before them.
    """
    return [field.lstrip("!<") for field in text.split("|") if field not in ("", "<") and not field.startswith(">")]


def pick(text: str, wanted: str | int | None) -> int:
    """Return the number of a field by its text (or number); 0 for None or a grey one."""
    fields = menu_fields(text)
    if wanted is None:
        return 0
    if isinstance(wanted, int):
        return wanted
    matching = [number for number, field in enumerate(fields, 1) if wanted in field]
    if not matching:
        raise LookupError(f"{wanted!r} is not in the menu: {fields}")
    return 0 if fields[matching[0] - 1].startswith("#") else matching[0]
