# SPDX-License-Identifier: BSD-2-Clause
"""RFC 7440: the windowsize option."""

import pytest
from tftplab import ACK, DATA, OACK, RRQ, WRQ, Chaos, ack, data, error


def start(server, c, window, blksize=512):
    server.file("f")
    c.ask(RRQ, "f", blksize=blksize, windowsize=window)
    assert c.recv().op == OACK
    c.send(ack(0))


def window(c, first, n):
    got = [c.recv() for _ in range(n)]
    assert [p.block for p in got] == list(range(first, first + n)), got
    c.quiet(0.15)


@pytest.mark.parametrize("asked,granted", [("1", "1"), ("4", "4"), ("64", "64"), ("65", "64"),
                                           ("65535", "64"), ("0", None), ("65536", None)])
def test_3_values(server, asked, granted):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", windowsize=asked)
        p = c.recv()
        c.send(error(0))
        assert p.options == ([("windowsize", granted)] if granted else None)


def test_3_the_administrators_limits(servers):
    server = servers.start("-W", "8", "--window-bytes", "4000")
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", windowsize=64)
        assert c.recv().options == [("windowsize", "7")]
    with server.client() as c:
        c.ask(RRQ, "f", windowsize=64, blksize=1468)
        assert c.recv().options == [("windowsize", "2"), ("blksize", "1468")]


def test_4_exactly_one_window_then_silence(server):
    with server.client() as c:
        start(server, c, 4)
        window(c, 1, 4)
        c.send(ack(4))
        window(c, 5, 4)


def test_4_an_ack_inside_the_window_goes_on_behind_it(server):
    with server.client() as c:
        start(server, c, 8)
        window(c, 1, 8)
        c.send(ack(3))
        window(c, 4, 8)


def test_4_the_first_block_lost(server):
    with server.client() as c:
        start(server, c, 4)
        window(c, 1, 4)
        c.send(ack(0))
        window(c, 1, 4)


def test_4_many_acks_for_one_gap_are_answered_once(server):
    """EDK2 repeats its last ACK for every block behind a gap."""
    with server.client() as c:
        start(server, c, 8)
        window(c, 1, 8)
        for _ in range(6):
            c.send(ack(2))
        window(c, 3, 8)
        c.send(ack(10))
        window(c, 11, 8)


def test_4_silence_repeats_from_the_first_missing(server):
    with server.client() as c:
        start(server, c, 4)
        window(c, 1, 4)
        c.send(ack(2))
        window(c, 3, 4)
        again = [c.recv(20) for _ in range(4)]
        assert [p.block for p in again] == [3, 4, 5, 6]


@pytest.mark.parametrize("win,blksize", [(2, 512), (4, 1468), (16, 1468), (64, 1468), (64, 8),
                                         (7, 8192), (3, 65464)])
def test_whole_files(server, win, blksize):
    body = server.file("f")[:60000 if blksize == 8 else None]
    server.file("f", body)
    with server.client() as c:
        assert c.get("f", blksize=blksize, windowsize=win)[0] == body


@pytest.mark.parametrize("win", [2, 4, 16])
def test_loss_duplication_and_swapping(server, win):
    body = server.file("f")
    for seed in range(2):
        with server.client() as c:
            assert c.get("f", chaos=Chaos(0.02, seed), blksize=1000, windowsize=win)[0] == body


def test_512_bytes_in_windows_of_four(server):
    """shim: blksize 512, windowsize 4, no tsize."""
    body = server.file("f")
    with server.client() as c:
        assert c.get("f", blksize=512, windowsize=4) == (
            body, {"blksize": "512", "windowsize": "4"})


def test_write_in_windows(server):
    body = server.file("model")
    with server.client() as c:
        assert c.put("up", body, blksize=1000, windowsize=16)["windowsize"] == "16"
    assert (server.root / "up").read_bytes() == body


def test_write_acknowledges_the_last_block_before_a_gap(server):
    with server.client() as c:
        c.ask(WRQ, "up", blksize=8, windowsize=4)
        assert c.recv().op == OACK
        for block in (1, 2, 4, 5):  # 3 is lost
            c.send(data(block, b"%08d" % block))
        p = c.recv()
        assert (p.op, p.block) == (ACK, 2)
        c.quiet(0.2)
        for block in (3, 4, 5, 6):
            c.send(data(block, b"%08d" % block))
        assert c.recv().block == 6
        c.send(data(7, b"end"))
        assert c.recv().block == 7
    assert (server.root / "up").read_bytes() == b"".join(
        b"%08d" % i for i in range(1, 7)) + b"end"


def test_windows_cross_the_end_of_the_16_bits(server):
    body = server.file("f", bytes(i & 255 for i in range(8 * 65600)))
    with server.client() as c:
        assert c.get("f", blksize=8, windowsize=33)[0] == body


def test_the_system_call_is_one_per_window(server):
    """Lockstep needs a packet per call; a window of 16 must not cost 16 calls."""
    body = server.file("f", bytes(1468 * 16 * 20))
    with server.client() as c:
        before = server.ask_control("stats")[0]["counters"]['tftpd_packets{direction="out"}']
        assert c.get("f", blksize=1468, windowsize=16)[0] == body
        after = server.ask_control("stats")[0]["counters"]['tftpd_packets{direction="out"}']
    assert after - before < 20 * 16 / 4, "windows were not handed to the kernel whole"
    assert DATA
