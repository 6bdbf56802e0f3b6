#!/usr/bin/env bash
# Builds a Windows CPython 3.11 with everything that takevoice needs in a folder, to be run by Wine.
#
#   tests/wine/prepare.sh FOLDER
#
# Debian packages: wine wine64 gcc-mingw-w64-x86-64 python3.11 python3-pip unzip
#
# The interpreter is the one of python.org, as Panda3D carries it in its wheel for Windows (python311.dll and the
# extension modules). The modules in Python come from the Python 3.11 of this machine: they are the same on all systems.
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
python=$folder/python
packages=$python/Lib/site-packages
linux_python=${PYTHON:-python3.11}

say() { printf '%4s s  %s\n' "$SECONDS" "$1"; }
pip() { "$linux_python" -m pip --disable-pip-version-check "$@"; }
for_windows=(--platform win_amd64 --python-version 3.11 --only-binary :all:)

rm -rf "$python" "$folder/prefix" "$folder/build"
mkdir -p "$python/DLLs" "$packages" "$folder/build"

say "Interpreter"
pip download -q --no-deps "${for_windows[@]}" -d "$folder/build" 'panda3d==1.10.16'
unzip -qj "$folder"/build/panda3d-*.whl 'deploy_libs/*' -x '*/tk86t.dll' '*/tcl86t.dll' '*/_tkinter.pyd' -d "$python/DLLs"
mv "$python"/DLLs/api-ms-win-crt-math-l1-1-0.dll "$folder/build"
rm "$python"/DLLs/api-ms-win-*.dll
mv "$python"/DLLs/python311.dll "$python"/DLLs/VCRUNTIME140.dll "$python"
stdlib=$("$linux_python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
tar -C "$stdlib" -c --exclude={__pycache__,site-packages,dist-packages,lib-dynload,'config-*',test,idlelib,tkinter} . |
  tar -C "$python/Lib" -x
# The DLL is newer than Debian's modules, and calls this method without an object.
metadata=$python/Lib/importlib/metadata/__init__.py
grep -B1 'def invalidate_caches(cls)' "$metadata" | grep -q '@classmethod' ||
  sed -i 's/^    def invalidate_caches(cls)/    @classmethod\n&/' "$metadata"

compile=(x86_64-w64-mingw32-gcc -O1 -s)
"${compile[@]}" -municode "$here/python.c" -o "$python/python.exe"
"${compile[@]}" -municode -mwindows "$here/python.c" -o "$python/pythonw.exe"
# Wheels for several versions of Python ask for python3.dll, which passes everything on to python311.dll.
{
  printf 'LIBRARY python3.dll\nEXPORTS\n'
  x86_64-w64-mingw32-objdump -p "$python/python311.dll" |
    awk '/Name Pointer\] Table/ { inside = 1; next } inside && /^\t\[/ { print $NF "=python311." $NF } inside && !NF { inside = 0 }'
} >"$folder/build/python3.def"
"${compile[@]}" -shared -nostdlib -Wl,--entry=0 "$folder/build/python3.def" -o "$python/python3.dll"
# Rust's standard library (in pydantic) asks for bcryptprimitives.dll, which Wine 8 does not have.
"${compile[@]}" -shared "$here/bcryptprimitives.c" -o "$python/bcryptprimitives.dll" -ladvapi32

say "Packages"
pip install -q --no-warn-conflicts --root-user-action ignore --no-compile --target "$packages" "${for_windows[@]}" \
  $("$linux_python" "$here/requirements.py" "$top/pyproject.toml")
"$linux_python" "$here/complex_math.py" "$folder/build/api-ms-win-crt-math-l1-1-0.dll" "$python" "$python/math-for-wine.dll"
# takevoice itself runs from its source; its metadata names its plugins.
pip wheel -q --no-deps -w "$folder/build" "$top"
unzip -qo "$folder"/build/takevoice-*.whl 'takevoice-*.dist-info/*' -d "$packages"
cp "$here/sitecustomize.py" "$packages"
rm -r "$folder/build"

say "Wine's own folder"
export WINEPREFIX=$folder/prefix WINEDEBUG=-all
unset DISPLAY
wine wineboot -i >/dev/null 2>&1 </dev/null
wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f >/dev/null 2>&1 </dev/null
TAKEVOICE_WINE=$folder "$here/python" -c 'import sys; print("Python", sys.version)'
say "Done: $(du -sh "$folder" | cut -f1) in $folder"
