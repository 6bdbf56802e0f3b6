#!/bin/sh
# Installs takevoice for the user who runs it, on macOS and Linux; run it again to update. It needs no other shell, no
# administrator and no compiler. `install.sh --remove` removes what it has installed, and keeps settings and results.
set -eu
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

home="${XDG_DATA_HOME:-$HOME/.local/share}/takevoice"
link="$HOME/.local/bin/takevoice"
source=$(cd "$(dirname "$0")/../.." && pwd)
system=$(uname -s)

fail() { # TEXT, and what to do about it
  printf '\nerror: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

is_ours() { [ -L "$link" ] && [ "$(readlink "$link")" = "$home/venv/bin/takevoice" ]; }

if [ "${1:-}" = --remove ]; then
  if is_ours; then rm -f "$link"; fi
  rm -rf "$home/venv"
  rmdir "$home" 2>/dev/null || true
  printf 'takevoice is removed. Your settings, results and cloned voices are kept.\n'
  exit
fi
grep -q '^name = "takevoice"' "$source/pyproject.toml" 2>/dev/null ||
  fail "this script is not in a copy of takevoice" "Download or clone all of takevoice, unpack it, and run the script there."

# A Python that is new enough and can make virtual environments.

can_make_venv='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'
is_new='import sys; sys.exit(sys.version_info < (3, 11))'
python=
without_venv=

try() { # PROGRAM
  [ -z "$python" ] || return 0
  found=$(command -v "$1" 2>/dev/null) || return 0
  # On macOS, running /usr/bin/python3 offers to install Xcode's tools.
  if [ "$system" = Darwin ] && [ "$found" = /usr/bin/python3 ]; then return 0; fi
  if "$found" -c "$can_make_venv" >/dev/null 2>&1; then
    python=$found
  elif [ -z "$without_venv" ] && "$found" -c "$is_new" >/dev/null 2>&1; then
    without_venv=$found
  fi
}

for version in 3.14 3.13 3.12 3.11; do
  try "python$version"
  try "/Library/Frameworks/Python.framework/Versions/$version/bin/python$version"
  try "/opt/homebrew/bin/python$version"
  try "/usr/local/bin/python$version"
done
try python3
try python

uv=
for program in uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv" /opt/homebrew/bin/uv /usr/local/bin/uv; do
  if [ -z "$uv" ] && command -v "$program" >/dev/null 2>&1; then uv=$program; fi
done

# The environment: one folder of takevoice's own.

mkdir -p "$home"
if [ -x "$home/venv/bin/python" ] && "$home/venv/bin/python" -c "$is_new" >/dev/null 2>&1; then
  printf 'Updating takevoice in %s\n' "$home"
elif [ -n "$python" ]; then
  printf 'Installing takevoice in %s, with %s\n' "$home" "$python"
  rm -rf "$home/venv"
  "$python" -m venv "$home/venv" || fail "$python cannot make a virtual environment"
elif [ -n "$uv" ]; then
  printf 'Installing takevoice in %s, with a Python from uv\n' "$home"
  rm -rf "$home/venv"
  "$uv" venv --quiet --seed --python '>=3.11,<3.15' "$home/venv" || fail "uv cannot make a virtual environment"
elif [ -n "$without_venv" ]; then
  fail "$without_venv cannot make virtual environments" \
    "On Debian and Ubuntu, run: sudo apt install python3-venv" "Then run this script again."
elif [ "$system" = Darwin ]; then
  fail "takevoice needs Python 3.11 or newer" \
    "Install it from https://www.python.org/downloads/macos/, then run this script again."
else
  fail "takevoice needs Python 3.11 or newer" \
    "Install it with your system's packages, or install uv (https://docs.astral.sh/uv/), then run this script again."
fi

printf 'This takes a minute ...\n'
"$home/venv/bin/python" -m pip install --quiet --upgrade "$source" ||
  fail "takevoice could not be installed" "The lines above tell why. Without a network connection, try again later."

# The command, where terminals find it.

mkdir -p "$HOME/.local/bin"
if [ -e "$link" ] || [ -L "$link" ]; then
  if ! is_ours; then
    printf '\n%s is of another installation, and stays as it is.\nThis one is %s\n' "$link" "$home/venv/bin/takevoice"
    link=
  fi
fi
[ -z "$link" ] || ln -sf "$home/venv/bin/takevoice" "$link"

printf '\ntakevoice doctor reports:\n\n'
"$home/venv/bin/takevoice" doctor || true
printf '\n%s is installed.\n' "$("$home/venv/bin/takevoice" --version)"
case ":$PATH:" in
  *":$HOME/.local/bin:"*) ;;
  *)
    profile="$HOME/.profile"
    case "${SHELL:-}" in */zsh) profile="$HOME/.zprofile" ;; esac
    # shellcheck disable=SC2016  # the line is for the profile, which expands it
    printf 'So that your terminal finds it, run this line once, and open a new window:\n\n  %s >> "%s"\n\n' \
      'echo '\''export PATH="$HOME/.local/bin:$PATH"'\' "$profile"
    ;;
esac
printf 'Next: takevoice run FOLDER, with the folder you export takes to.\n'
