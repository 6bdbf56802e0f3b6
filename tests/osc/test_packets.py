from __future__ import annotations

import struct

import pytest

from osc.clients import KILLERS, bundle, messages_of, nested
from takevoice.osc.framing import SizedFraming, SlipFraming, framing_of
from takevoice.osc.packets import (
    MAX_DEPTH,
    MAX_PACKET,
    MAX_REPLY,
    BadPacket,
    Message,
    build,
    build_split,
    read,
    shortened,
)


def test_what_is_built_is_read() -> None:
    arguments = ("id", 7, -(1 << 31), 1 << 40, 0.5, True, False, "Müller \u266a", "")
    assert list(read(build("/a/b", *arguments))) == [Message("/a/b", arguments)]


def test_an_old_message_without_type_tags_has_no_arguments() -> None:
    assert list(read(b"/a\0\0")) == [Message("/a", ())]


def test_a_bundle_gives_its_messages_in_order_whenever_they_are_for() -> None:
    far = (1 << 64) - 1
    packet = bundle(build("/a", 1), bundle(build("/b", 2), time_tag=5), build("/c", 3), time_tag=far)
    assert [message.address for message in messages_of(packet)] == ["/a", "/b", "/c"]


@pytest.mark.parametrize("name", [name for name in KILLERS if name not in ("stars", "only a slash", "no Unicode")])
def test_what_is_no_packet_is_refused(name: str) -> None:
    assert [type(each) for each in read(KILLERS[name])] == [BadPacket]


def test_bundles_are_nested_only_so_deep() -> None:
    assert len(list(read(nested(MAX_DEPTH)))) == 1
    (error,) = read(nested(MAX_DEPTH + 1))
    assert "deep" in str(error)


def test_names_that_are_no_unicode_can_be_sent() -> None:
    (message,) = messages_of(build("/a", "caf\udce9.wav", "nul\0nul"))
    assert message.arguments == ("caf\\udce9.wav", "nulnul")


def test_a_long_list_is_split_and_each_part_has_the_head() -> None:
    items = [(f"key{n}", "x" * 90) for n in range(200)]
    packets = build_split("/takevoice/track", ["id", "Lead"], items)
    assert len(packets) > 1
    assert max(map(len, packets)) <= MAX_REPLY
    parts = [message.arguments for packet in packets for message in messages_of(packet)]
    assert all(part[:2] == ("id", "Lead") for part in parts)
    assert [value for part in parts for value in part[2:]] == [value for item in items for value in item]


def test_a_text_is_cut_in_the_middle() -> None:
    text = "begin " + "é" * 5000 + " end"
    assert len(shortened(text).encode()) <= MAX_REPLY // 2
    assert shortened(text).startswith("begin ")
    assert shortened(text).endswith(" end")


@pytest.mark.parametrize("framing", [SizedFraming, SlipFraming])
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_frames_survive_however_the_stream_is_cut(framing: type, step: int) -> None:
    packets = [build("/a", "\u00c0\u00db", 192, 0xDB), build("/b"), struct.pack(">I", 0xC0DBDCDD)]
    stream = b"".join(framing().wrap(packet) for packet in packets)
    reader = framing_of(stream)
    assert isinstance(reader, framing)
    cut = [stream[n : n + step] for n in range(0, len(stream), step)]
    assert [packet for part in cut for packet in reader.feed(part)] == packets


@pytest.mark.parametrize(
    "stream", [b"\x7f\xff\xff\xff", b"GET / HTTP/1.1\r\n", b"\x00\x02\x00\x00", b"\0\0\0\0"]
)
def test_a_stream_that_is_no_osc_is_refused(stream: bytes) -> None:
    with pytest.raises(BadPacket):
        list(framing_of(stream).feed(stream))


@pytest.mark.parametrize("packet", [build("/a", "\u00c0\u00db", 192), b"#bundle\0" + struct.pack(">Q", 1)])
def test_a_slip_frame_may_only_end_with_its_mark(packet: bytes) -> None:
    """RFC 1055 has no END before a frame."""
    stream = 2 * SlipFraming().wrap(packet)[1:]
    assert list(framing_of(stream).feed(stream)) == [packet, packet]


def test_an_invalid_escape_sequence_costs_one_frame_only() -> None:
    good = build("/b")
    lost, *others = SlipFraming().feed(b"\xc0/a\xdb\x01\xc0" + SlipFraming().wrap(good))
    assert others == [good]
    assert list(read(lost)) == [lost]
    assert "escape" in str(lost)


def test_a_frame_without_an_end_is_refused() -> None:
    reader = SlipFraming()
    with pytest.raises(BadPacket):
        for _ in range(3):
            list(reader.feed(b"x" * MAX_PACKET))


@pytest.mark.parametrize("rest", [(), (7,), ("more", 2.5, True, "x"), (2**40,)])
def test_bytes_that_are_no_utf8_arrive_escaped(rest: tuple[object, ...]) -> None:
    """liblo, and with it Ardour, sends the name of a file as its bytes are."""
    packet = build("/a", "/x/M@ller.wav", *rest).replace(b"@", b"\xfc", 1)
    (message,) = messages_of(packet)
    assert message.arguments == (r"/x/M\udcfcller.wav", *rest)
    assert build("/a", *message.arguments) == build("/a", "/x/M\udcfcller.wav", *rest)
