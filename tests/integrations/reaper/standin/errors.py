"""What goes wrong for a script."""


class ApiError(Exception):
    """An error that REAPER raises in the script."""
