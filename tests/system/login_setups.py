"""A setup of the login service for each system, with names that are hard to quote."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from takevoice.system.login import LoginService, Setup, login_service


def setup(platform: str, into: Path | None = None, **changes: object) -> Setup:
    """Return the setup of a user of that system."""
    values = {
        "linux": {
            "python": "/home/jörg/100% & $co/venv/bin/python",
            "base": "/usr",
            "state": PurePosixPath('/home/jörg/.local/state/take "voice" 100%/it\'s\\'),
            "home": PurePosixPath("/home/jörg"),
            "environment": {},
        },
        "macos": {
            "python": "/Users/jörg & co/venv/bin/python3",
            "base": "/Library/Frameworks/Python.framework/Versions/3.12",
            "state": PurePosixPath("/Users/jörg & co/Library/Application Support/<take>voice"),
            "home": PurePosixPath("/Users/jörg & co"),
            "environment": {},
        },
        "windows": {
            "python": r"C:\Users\Jörg 100% & co\venv\Scripts\python.exe",
            "base": r"C:\Program Files\Python312",
            "state": PureWindowsPath(r"C:\Users\Jörg 100% & co\AppData\Local\takevoice"),
            "home": PureWindowsPath(r"C:\Users\Jörg 100% & co"),
            "environment": {"USERDOMAIN": "STUDIO", "USERNAME": "Jörg", "APPDATA": r"C:\Roaming"},
        },
    }[platform]
    return Setup(**{**values, "uid": 501, "into": into, **changes})  # type: ignore[arg-type]


def service(platform: str, into: Path | None = None, **changes: object) -> LoginService:
    """Return the login service of that system."""
    return login_service(setup(platform, into, **changes), platform)


def content(login: LoginService) -> bytes:
    """Return the content of the service's only file."""
    (octets,) = login.files().values()
    return octets
