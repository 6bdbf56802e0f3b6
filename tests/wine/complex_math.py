"""Gives Windows modules the C functions for complex numbers that Wine 8 leaves out (cexp, crealf ...).

    complex_math.py MATH_DLL FOLDER OUTPUT_DLL

MATH_DLL is Microsoft's api-ms-win-crt-math-l1-1-0.dll, which lists all functions of that name. OUTPUT_DLL takes those
for complex numbers from MinGW and passes the others on to Wine. All modules below FOLDER are changed to import it.
"""

import re
import subprocess
import sys
from pathlib import Path

MICROSOFTS_NAME = b"api-ms-win-crt-math-l1-1-0.dll"
COMPLEX = re.compile(
    r"(c(?:abs|a?cos|arg|a?sin|a?tan|a?cosh|a?sinh|a?tanh|exp|imag|log|pow|proj|real|sqrt)|conj)([fl]?)"
)

math_dll, folder, output = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])

listing = subprocess.run(
    ["x86_64-w64-mingw32-objdump", "-p", math_dll], check=True, capture_output=True, text=True
).stdout
exports, functions = [], []
for name in re.findall(
    r"^\t\[ *\d+\] (\w+)$", listing.split("[Ordinal/Name Pointer] Table")[1], re.MULTILINE
):
    if is_complex := COMPLEX.fullmatch(name):
        function = is_complex[1] + is_complex[2].replace("l", "")  # a long double is a double on Windows
        exports.append(f"{name}={function}")
        functions.append(f"-Wl,-u,{function}")
    else:
        exports.append(f"{name}=ucrtbase.{name}")
definition = output.with_suffix(".def")
definition.write_text("\n".join(["LIBRARY " + output.name, "EXPORTS", *exports, ""]))
subprocess.run(
    ["x86_64-w64-mingw32-gcc", "-s", "-shared", "-static-libgcc", definition, "-o", output, *functions],
    check=True,
)
definition.unlink()

new_name = output.name.encode().ljust(len(MICROSOFTS_NAME), b"\0")
assert len(new_name) == len(MICROSOFTS_NAME)
for module in [*folder.rglob("*.pyd"), *folder.rglob("*.dll")]:
    content = module.read_bytes()
    if MICROSOFTS_NAME in content and module != output:
        module.write_bytes(content.replace(MICROSOFTS_NAME, new_name))
