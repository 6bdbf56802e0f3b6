"""Try programs that were written for the real service with `takevoice serve`, and print which of them work.

    python tests/bench/api_clients.py [--sdk-tests FOLDER] [--node-tests FOLDER]

Each gets an environment of its own, with its newest version from the package index (npm for Node's), and the server's
address; nothing else is changed. The folders are checkouts of the official SDKs for Python and Node.js: their own tests of
speech to speech, voices, models and the history run too. Those are in no package: PyPI's source archive and npm's leave
them out. Needs a network, ffmpeg, and Node.js for some.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

HERE = Path(__file__).parent / "api_clients"
TAKE = Path(__file__).parents[1] / "takes" / "narrator_48k_24bit.flac"
PYTHON = {
    "python_sdk.py": (["elevenlabs"], []),
    "mcp_server.py": (["elevenlabs-mcp"], []),
    "eledubby_client.py": (["elevenlabs", "loguru"], ["eledubby==1.0.5"]),
    "elevenlabslib_old.py": (["elevenlabslib==0.32.1", "setuptools"], []),
}
"""The packages of each program; and those that are installed without theirs, as it needs only a part of them."""
NODE = {"node_sdk.mjs": "@elevenlabs/elevenlabs-js", "node_old.mjs": "elevenlabs@1.59.0"}
SDK_TESTS = ("test_sts.py", "test_voices.py", "test_models.py", "test_history.py")
REDIRECT = """
import os
from elevenlabs.environment import ElevenLabsEnvironment
ElevenLabsEnvironment.PRODUCTION._value_ = os.environ["SERVER"]
"""
NODE_TESTS = "voices|models|speechToSpeech|history"
"""The groups of the Node SDK's tests/custom/client.test.ts that are of what the server has."""
JEST = {
    "jest.config.js": 'module.exports = { transform: { "ts$": "./transform.js" }, setupFiles: ["./redirect.js"] };',
    "transform.js": """
const ts = require("typescript");
const compilerOptions = { module: "commonjs", target: "es2022", esModuleInterop: true };
exports.process = (text) => ({ code: ts.transpileModule(text, { compilerOptions }).outputText });
""",
    "redirect.js": 'require("@elevenlabs/elevenlabs-js").ElevenLabsEnvironment.Production = process.env.SERVER;',
    # The tests import the sources; the package has the same, compiled.
    "src/index.js": 'module.exports = require("@elevenlabs/elevenlabs-js");',
}


@contextmanager
def server() -> Iterator[str]:
    """Yield the URL of `takevoice serve`."""
    command = [sys.executable, "-m", "takevoice", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield re.findall(r"http://\S+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait()


def told(done: subprocess.CompletedProcess[str]) -> str:
    """Return "works", or the last line of what went wrong."""
    lines = (done.stdout + done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
    return "works" if done.returncode == 0 else lines[-1][:200]


def run(*command: object, **where: Path | dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command; one that hangs has failed."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=300, **where)  # type: ignore[call-overload, no-any-return]
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", "hangs")


def python_with(folder: Path, packages: list[str], bare: list[str]) -> Path:
    """Return a Python that has these packages."""
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-q", *packages)
    if bare:
        run(python, "-m", "pip", "install", "-q", "--no-deps", "--ignore-requires-python", *bare)
    return python


def with_python(url: str, work: Path) -> Iterator[tuple[str, str]]:
    """Try the Python programs."""
    for name, (packages, bare) in PYTHON.items():
        python = python_with(work / name, packages, bare)
        yield name, told(run(python, HERE / name, url, TAKE))


def with_node(url: str, work: Path) -> Iterator[tuple[str, str]]:
    """Try the programs of Node.js."""
    for name, package in NODE.items():
        if not shutil.which("npm"):
            yield name, "there is no npm"
            continue
        folder = work / name.removesuffix(".mjs")
        folder.mkdir()
        shutil.copy(HERE / name, folder)
        run("npm", "init", "-y", cwd=folder)
        run("npm", "install", "--silent", "--no-audit", "--ignore-scripts", package, cwd=folder)
        yield name, told(run("node", name, url, TAKE, cwd=folder))


def own_tests(url: str, work: Path, checkout: Path) -> Iterator[tuple[str, str]]:
    """Run the SDK's own tests."""
    python = python_with(work / "tests", ["elevenlabs", "pytest"], [])
    copied = work / "sdk"
    shutil.copytree(checkout / "tests", copied / "tests")
    (copied / "conftest.py").write_text(REDIRECT)
    environment = os.environ | {"SERVER": url, "ELEVENLABS_API_KEY": "any", "GITHUB_ACTIONS": "1"}
    for name in SDK_TESTS:
        done = run(python, "-m", "pytest", "-q", f"tests/{name}", cwd=copied, env=environment)
        yield f"its own {name}", done.stdout.strip().splitlines()[-1]


def own_node_tests(url: str, work: Path, checkout: Path) -> Iterator[tuple[str, str]]:
    """Run the Node SDK's own tests."""
    folder = work / "node-tests"
    shutil.copytree(checkout / "tests" / "custom", folder / "tests" / "custom")
    for name, text in JEST.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    run("npm", "init", "-y", cwd=folder)
    run("npm", "install", "--silent", "--no-audit", "--ignore-scripts", "@elevenlabs/elevenlabs-js", "jest@29", "typescript@5", cwd=folder)
    environment = os.environ | {"SERVER": url, "ELEVENLABS_API_KEY": "any", "GITHUB_ACTIONS": "1"}
    # One of them leaves its stream unread, which would keep the process alive.
    words = ("npx", "jest", "--json", "--forceExit", "-t", f"ElevenLabs API Tests ({NODE_TESTS}) ", "tests/custom/client.test.ts")
    done = run(*words, cwd=folder, env=environment)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        yield "its own client.test.ts", (done.stdout + done.stderr)[-200:]
        return
    for test in (test for file in told["testResults"] for test in file["assertionResults"] if test["status"] != "pending"):
        yield f"its own {' '.join([*test['ancestorTitles'][1:], test['title']])}", " ".join([test["status"], *test["failureMessages"]])[:200]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdk-tests", type=Path, metavar="FOLDER")
    parser.add_argument("--node-tests", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    with server() as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        rows = [with_node(url, work), with_python(url, work)]
        rows += [own_tests(url, work, args.sdk_tests)] if args.sdk_tests else []
        rows += [own_node_tests(url, work, args.node_tests)] if args.node_tests else []
        for name, said in chain.from_iterable(rows):
            print(f"{name:<26} {said}", flush=True)


if __name__ == "__main__":
    main()
