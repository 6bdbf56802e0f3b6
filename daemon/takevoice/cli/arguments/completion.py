"""The arguments of `takevoice completion`."""

from __future__ import annotations

import argparse

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice completion bash > ~/.local/share/bash-completion/completions/takevoice
  takevoice completion zsh > ~/.zsh/completions/_takevoice
  takevoice completion fish > ~/.config/fish/completions/takevoice.fish
For zsh, the folder has to be in fpath before compinit is called. Open a new shell afterwards."""
    parser.add_argument("shell", choices=SHELLS, help="your shell")
