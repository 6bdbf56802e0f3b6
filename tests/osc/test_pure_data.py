"""Pure Data without extensions: netsend, oscformat and oscparse on one socket, over UDP and in SLIP frames over TCP."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from osc.clients import echo_routes, serving
from support import wait_for

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not shutil.which("pd"), reason="needs Pure Data (apt-get install puredata-core)"),
]
HEAD = "#N canvas 0 0 450 300 12;"
UDP = f"""{HEAD}
#X obj 0 0 loadbang;
#X msg 0 20 connect 127.0.0.1 PORT;
#X obj 0 40 netsend -u -b;
#X obj 0 60 oscparse;
#X obj 0 80 print reply;
#X obj 200 0 loadbang;
#X obj 200 20 metro 300;
#X msg 200 40 list pd 7;
#X obj 200 60 oscformat -f si test echo;
#X obj 200 80 list prepend send;
#X obj 200 100 list trim;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 2 1 3 0;
#X connect 3 0 4 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 9 0 10 0;
#X connect 10 0 2 0;
"""
# A frame is the packet between two bytes 192. The packet of this message has none itself, so nothing is escaped.
SLIP = f"""{HEAD}
#X obj 0 0 loadbang;
#X msg 0 20 connect 127.0.0.1 PORT;
#X obj 0 40 netsend -b;
#X obj 0 60 select 192;
#X obj 0 80 list store;
#X obj 100 80 list prepend append;
#X obj 100 100 list trim;
#X obj 0 140 oscparse;
#X obj 0 160 print reply;
#X obj 200 0 loadbang;
#X obj 200 20 metro 300;
#X msg 200 40 list pd 7;
#X obj 200 60 oscformat -f si test echo;
#X obj 200 70 list prepend 192;
#X obj 200 75 list append 192;
#X obj 200 80 list prepend send;
#X obj 200 100 list trim;
#X obj 0 70 t b b;
#X msg 50 120 list;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 2 1 3 0;
#X connect 3 0 17 0;
#X connect 17 1 4 0;
#X connect 17 0 18 0;
#X connect 18 0 4 1;
#X connect 3 1 5 0;
#X connect 5 0 6 0;
#X connect 6 0 4 0;
#X connect 4 0 7 0;
#X connect 7 0 8 0;
#X connect 9 0 10 0;
#X connect 10 0 11 0;
#X connect 11 0 12 0;
#X connect 12 0 13 0;
#X connect 13 0 14 0;
#X connect 14 0 15 0;
#X connect 15 0 16 0;
#X connect 16 0 2 0;
"""


@pytest.mark.parametrize(("transport", "patch"), [("udp", UDP), ("slip", SLIP)])
def test_pure_data_reads_the_reply(tmp_path: Path, transport: str, patch: str) -> None:
    file, out = tmp_path / f"{transport}.pd", tmp_path / "out"
    with serving(echo_routes()) as server, out.open("w") as log:
        file.write_text(patch.replace("PORT", str(server.port)))
        pd = subprocess.Popen(
            ["pd", "-nogui", "-stderr", "-noaudio", "-nomidi", "-nrt", str(file)], stdout=log, stderr=log
        )
        try:
            wait_for(lambda: "reply: list test echoed pd 7" in out.read_text() or pd.poll() is not None)
            assert "reply: list test echoed pd 7" in out.read_text(), out.read_text()
        finally:
            pd.terminate()
            pd.wait(10)
