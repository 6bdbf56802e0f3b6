"""Add a folder to the user's own PATH on Windows, or remove it: add_to_path.py [--remove] FOLDER.

For install.cmd. `setx` would cut a long PATH, and would write the system's PATH into the user's.
"""

import sys
import winreg
from ctypes import byref, c_size_t, windll

WM_SETTINGCHANGE = 0x001A
HWND_BROADCAST = 0xFFFF
SMTO_ABORTIFHUNG = 0x0002


def change(folder, remove):
    """Return whether the user's PATH had to be changed."""
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, "Environment", 0, winreg.KEY_READ | winreg.KEY_WRITE) as key:
        try:
            path, kind = winreg.QueryValueEx(key, "Path")
        except FileNotFoundError:
            path, kind = "", winreg.REG_EXPAND_SZ
        # Other parts stay as they are, with their %VARIABLES%, even empty ones.
        parts = path.split(";") if path else []
        same = [part for part in parts if part.rstrip("\\").casefold() == folder.rstrip("\\").casefold()]
        if bool(same) is not remove:
            return False
        wanted = [part for part in parts if part not in same] if remove else [*parts, folder]
        if wanted:
            winreg.SetValueEx(key, "Path", 0, kind, ";".join(wanted))
        else:
            winreg.DeleteValue(key, "Path")
    # Programs started from now on, such as new terminals, get the new value.
    windll.user32.SendMessageTimeoutW(
        HWND_BROADCAST, WM_SETTINGCHANGE, 0, "Environment", SMTO_ABORTIFHUNG, 2000, byref(c_size_t())
    )
    return True


if __name__ == "__main__":
    if change(sys.argv[-1], sys.argv[1] == "--remove") and sys.argv[1] != "--remove":
        print("Terminals that you open from now on find the command takevoice.")
