"""Writes the control surfaces next to this file: a session for Open Stage Control, and a layout for TouchOSC.

Both are made from the same lists, so that a new control is one line here. Run it with Python 3.11 or later.
"""

import json
import uuid
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
SESSION, LAYOUT = HERE / "takevoice.open-stage-control.json", HERE / "takevoice.tosc"
TARGET = "127.0.0.1:9870"
REQUEST = "surface"  # the request id; what may cost money has one of its own for each press
TRACK = "Lead%20Vox"  # as in OSC addresses: %20 is a space
BUTTONS = (("Follow changes", "/takevoice/subscribe"), ("Status", "/takevoice/status"))
JOB_BUTTONS = tuple((verb.title(), f"/takevoice/{verb}") for verb in ("cancel", "drop"))
PAYING = tuple((verb.title(), f"/takevoice/{verb}") for verb in ("retry", "release"))
PAUSED = "/takevoice/paused"
FADERS = ("stability", "similarity_boost", "style")
SWITCHES = ("use_speaker_boost", "remove_background_noise")
VALUES = "{" + ",".join(("voice", *FADERS, *SWITCHES)) + "}"  # an address pattern: without a value, it reads them
RENEW = 120_000  # milliseconds; a subscription lasts 300 seconds
DISPLAYS = (("Status", "/takevoice/status"), ("Job", "/takevoice/job"))
PROBLEM = ("Problem", "/takevoice/fail")


def session() -> dict[str, object]:
    """Return the session of Open Stage Control; properties that are left out have their defaults there."""
    settings = "/takevoice/track/@{track}"  # the value of the widget with this id
    track = _widget("input", "track", "/track", default=TRACK, bypass=True, onValue=_script(f"/takevoice/track/' + value + '/{VALUES}"))
    voice = _widget("input", "voice", f"{settings}/voice", typeTags="s")
    faders = [(key, _widget("fader", key, f"{settings}/{key}", typeTags="f", horizontal=True)) for key in FADERS]
    widgets = [
        *(_button(label, address, "momentary", [REQUEST]) for label, address in BUTTONS),
        _button("Paused", PAUSED, "toggle", typeTags="i"),
        *(_row(label, _widget("text", label, address, [REQUEST])) for label, address in DISPLAYS),
        _row(PROBLEM[0], _widget("text", *PROBLEM)),
        _row("track", track),
        _row("voice", voice),
        *(_row(*each) for each in faders),
        *(_button(key, f"{settings}/{key}", "toggle", typeTags="i") for key in SWITCHES),
        _row("job", _widget("input", "job", "/job", bypass=True)),
        *(
            _button(label, address, "tap", bypass=True, onValue=_script(f"{address}', '{REQUEST} ' + Date.now(), get('job') + '"))
            for label, address in PAYING
        ),
        *(
            _button(label, address, "momentary", [REQUEST, "@{job}"], typeTags="ss")
            for label, address in JOB_BUTTONS
        ),
    ]
    follow = _script(f"/takevoice/subscribe', '{REQUEST}")
    read = _script(f"/takevoice/track/' + get('track') + '/{VALUES}")
    root = {
        "type": "root", "id": "root", "layout": "vertical", "widgets": widgets, "tabs": [],
        "onCreate": f"{follow}; setInterval('follow', () => {follow}, {RENEW}); setTimeout('read', () => {read}, 500)",
    }  # fmt: skip
    return {"createdWith": "Open Stage Control", "version": "1.25.0", "type": "session", "content": root}


def _button(label: str, address: str, mode: str, arguments: list[str] | None = None, **more: object) -> dict[str, object]:
    return _widget("button", label, address, arguments, label=label, mode=mode, **more)


def _script(rest: str) -> str:
    """Return a script that sends a message; `rest` follows the quote before the address, up to its last one."""
    return f"send('{TARGET}', '{rest}')"


def _row(label: str, widget: dict[str, object]) -> dict[str, object]:
    """Return a widget with its name on the left."""
    name = {"type": "text", "id": f"name_{widget['id']}", "default": label, "bypass": True, "width": 200}
    return {
        "type": "panel", "id": f"row_{widget['id']}", "layout": "horizontal", "height": 60, "scroll": False, "expand": True,
        "widgets": [name, {**widget, "expand": True}], "tabs": [],
    }  # fmt: skip


def _widget(
    kind: str, name: str, address: str, arguments: list[str] | None = None, **more: object
) -> dict[str, object]:
    """Return a widget; its messages have the arguments and then its value, except a momentary button's."""
    id_ = f"{kind}_{name}".replace(" ", "_") if kind != "input" else name
    return {"type": kind, "id": id_, "address": address, "preArgs": arguments or "", "target": TARGET, **more}


def layout() -> str:
    """Return the layout of TouchOSC as XML. Its controls cannot hold text, so the track is a constant."""
    nodes, y = [], 10
    read = ("Read values", f"/takevoice/track/{TRACK}/{VALUES}")
    for label, address in (*BUTTONS, read):
        constants = [] if label == read[0] else [REQUEST]
        nodes.append(_node("BUTTON", label, y, _message(address, constants, trigger=("x", "RISE"))))
        nodes.append(_node("LABEL", f"{label} label", y, x=320, text=label))
        y += 70
    settings = {key: f"/takevoice/track/{TRACK}/{key}" for key in (*FADERS, *SWITCHES)}
    for key, address in [("paused", PAUSED), *settings.items()]:
        kind, conversion = ("FADER", "FLOAT") if key in FADERS else ("BUTTON", "BOOLEAN")
        message = _message(address, [], value=("x", conversion), receive=True)
        nodes.append(_node(kind, key, y, message, toggle=True))
        nodes.append(_node("LABEL", f"{key} label", y, x=320, text=key))
        y += 70
    for label, address in (*DISPLAYS, PROBLEM):
        nodes.append(
            _node("LABEL", label, y, _message(address, [REQUEST], value=("text", "STRING"), send=False, receive=True), text=label)
        )
        y += 70
    root = _node("GROUP", "takevoice", 0, children="".join(nodes), width=640, height=y)
    return f"<?xml version='1.0' encoding='UTF-8'?><lexml version='3'>{root}</lexml>"


def _node(
    kind: str, name: str, y: int, message: str = "", *, x: int = 10, width: int = 300, height: int = 60,
    text: str = "", children: str = "", toggle: bool = False,
) -> str:  # fmt: skip
    frame = "".join(f"<{key}>{value}</{key}>" for key, value in zip("xywh", (x, y, width, height), strict=True))
    properties = (
        f"<property type='s'><key>name</key><value>{escape(name)}</value></property>"
        f"<property type='r'><key>frame</key><value>{frame}</value></property>"
    )
    if kind == "BUTTON":
        properties += f"<property type='i'><key>buttonType</key><value>{int(toggle)}</value></property>"
    if kind == "FADER":
        properties += "<property type='i'><key>orientation</key><value>1</value></property>"
    values = "".join(
        f"<value><key>{key}</key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent>"
        f"<default>{escape(default)}</default><defaultPull>0</defaultPull></value>"
        for key, default in (("touch", "false"), ("text", text) if kind == "LABEL" else ("x", "0"))
    )
    id_ = uuid.uuid5(uuid.NAMESPACE_URL, f"takevoice/{kind}/{name}")
    return (
        f"<node ID='{id_}' type='{kind}'><properties>{properties}</properties><values>{values}</values>"
        f"<messages>{message}</messages><children>{children}</children></node>"
    )


def _message(
    address: str, constants: list[str], value: tuple[str, str] | None = None,
    trigger: tuple[str, str] = ("x", "ANY"), send: bool = True, receive: bool = False,
) -> str:  # fmt: skip
    arguments = [("CONSTANT", "STRING", each) for each in constants]
    arguments += [("VALUE", value[1], value[0])] if value else []
    return (
        f"<osc><enabled>1</enabled><send>{int(send)}</send><receive>{int(receive)}</receive><feedback>0</feedback>"
        "<connections>00001</connections>"
        f"<triggers><trigger><var>{trigger[0]}</var><condition>{trigger[1]}</condition></trigger></triggers>"
        f"<path>{_partial('CONSTANT', 'STRING', address)}</path>"
        f"<arguments>{''.join(_partial(*each) for each in arguments)}</arguments></osc>"
    )


def _partial(kind: str, conversion: str, value: str) -> str:
    return (
        f"<partial><type>{kind}</type><conversion>{conversion}</conversion><value>{escape(value)}</value>"
        "<scaleMin>0</scaleMin><scaleMax>1</scaleMax></partial>"
    )


if __name__ == "__main__":
    SESSION.write_text(json.dumps(session(), indent=1) + "\n", "utf-8")
    LAYOUT.write_bytes(zlib.compress(layout().encode("utf-8"), 9))
