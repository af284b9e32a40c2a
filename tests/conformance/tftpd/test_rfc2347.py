# SPDX-License-Identifier: BSD-2-Clause
"""RFC 2347 (options), 2348 (blksize), 2349 (tsize, timeout) and tftp-hpa's own options."""

import time

import pytest
from tftplab import ACK, BIG, DATA, ERROR, OACK, RRQ, WRQ, ServerError, ack, data, error


def answer(server, op=RRQ, name="f", **options):
    """Options of the OACK, [] for plain DATA or ACK."""
    with server.client() as c:
        c.ask(op, name, **options)
        p = c.recv()
        c.send(error(0))
        assert p.op in (OACK, DATA if op == RRQ else ACK), p
        return p.options or []


def test_2347_unknown_options_are_left_out(server):
    server.file("f")
    assert answer(server, colour="red", blksize=1000, msftwindow=31416) == [("blksize", "1000")]


def test_2347_nothing_granted_means_no_oack(server):
    server.file("f")
    assert answer(server, colour="red") == []
    assert answer(server, multicast="") == []


def test_2347_names_in_any_case_come_back_as_they_were(server):
    server.file("f", b"x" * 10)
    assert answer(server, TSIZE=0, BlkSize=1000) == [("TSIZE", "10"), ("BlkSize", "1000")]


def test_2347_an_option_twice_counts_once(server):
    server.file("f")
    with server.client() as c:
        c.raw(b"\0\1f\0octet\0blksize\0" b"1000\0blksize\0" b"600\0")
        assert c.recv().options == [("blksize", "1000")]


def test_2347_no_data_before_ack_0(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1000)
        assert c.recv().op == OACK
        c.quiet()
        c.send(ack(0))
        assert c.recv().block == 1


def test_2347_a_lost_oack_is_repeated(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1000)
        first = c.recv()
        assert c.recv(3).raw == first.raw


def test_2347_a_write_answers_with_oack_and_data_1_confirms(server):
    with server.client() as c:
        c.ask(WRQ, "up", blksize=1000, tsize=3)
        assert c.recv().options == [("blksize", "1000"), ("tsize", "3")]
        c.send(data(1, b"abc"))
        p = c.recv()
        assert (p.op, p.block) == (ACK, 1)


@pytest.mark.parametrize("code", [0, 8])
def test_2347_error_after_the_oack_is_the_end_of_a_probe(server, code):
    """Every EDK2, pxelinux and Intel ROM asks for the size like this; it is not an error."""
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", tsize=0, blksize=1468, windowsize=4)
        assert c.recv().options == [("tsize", str(BIG)), ("blksize", "1468"), ("windowsize", "4")]
        c.send(error(code, b"User aborted the transfer"))
        c.quiet(1.3)
    assert server.last_event()["reason"] == "probe"
    assert "failed" not in server.proc.text().replace("DEBUG", "").split("RRQ from")[0]


def test_2347_options_refused_by_the_client(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1468)
        c.recv()
        c.send(error(8))
    assert server.last_event()["reason"] == "option-refused"


def test_2347_long_requests(server):
    body = server.file("f", b"x")
    with server.client() as c:
        got, granted = c.get("f", **{f"option{i}": "v" * 40 for i in range(10)}, blksize=1000)
        assert got == body and granted == {"blksize": "1000"}


@pytest.mark.parametrize("asked,granted", [
    ("8", "8"), ("7", None), ("0", None), ("512", "512"), ("1428", "1428"), ("65464", "65464"),
    ("65465", "65464"), ("99999999", "65464"), ("-1", None), ("x", None), ("", None),
    ("1024 ", None), ("0x400", None), ("18446744073709551616", None)])
def test_2348_values(server, asked, granted):
    server.file("f")
    assert answer(server, blksize=asked) == ([("blksize", granted)] if granted else [])


@pytest.mark.parametrize("blksize", [8, 513, 1468, 8192, 65464])
def test_2348_sizes_really_used(server, blksize):
    body = server.file("f", bytes(range(256)) * (blksize // 100 + 2))
    with server.client() as c:
        assert c.get("f", blksize=blksize)[0] == body
        c.put("up", body, blksize=blksize)
    assert (server.root / "up").read_bytes() == body


def test_2348_the_administrators_limit(servers):
    server = servers.start("-B", "1400")
    server.file("f")
    assert answer(server, blksize=8000) == [("blksize", "1400")]


def test_2349_tsize_of_a_read(server):
    server.file("f", b"x" * 12345)
    assert answer(server, tsize=0) == [("tsize", "12345")]
    assert answer(server, tsize=99) == [("tsize", "12345")]


def test_2349_tsize_is_64_bits_wide(server):
    path = server.root / "huge"
    with open(path, "wb") as f:
        f.truncate(5_000_000_000)
    path.chmod(0o644)
    assert answer(server, name="huge", tsize=0) == [("tsize", "5000000000")]


def test_2349_tsize_is_unknown_in_netascii(server):
    server.file("f", b"a\nb")
    with server.client() as c:
        assert c.get("f", "netascii", tsize=0) == (b"a\r\nb", {})


def test_2349_tsize_of_a_write_is_echoed_or_too_big(servers):
    server = servers.start("-c", "-p", "--max-upload", "1000")
    with server.client() as c:
        assert c.put("up", b"x" * 1000, tsize=1000) == {"tsize": "1000"}
        with pytest.raises(ServerError) as e:
            c.put("up2", b"x" * 1001, tsize=1001)
        assert e.value.code == 3
        with pytest.raises(ServerError) as e:
            c.put("up3", b"x" * 1001)
        assert e.value.code == 3
    assert [p.name for p in server.root.iterdir()] == ["up"]


@pytest.mark.parametrize("asked,granted", [("1", True), ("255", True), ("0", False),
                                           ("256", False), ("1.5", False)])
def test_2349_timeout(server, asked, granted):
    server.file("f")
    assert answer(server, timeout=asked) == ([("timeout", asked)] if granted else [])


def test_2349_timeout_is_used(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", timeout=2)
        c.recv()
        for block in range(10):
            c.send(ack(block))
            assert c.recv().block == block + 1
        start = time.monotonic()
        assert c.recv(20).block == 10
        # Without the option it would be a few milliseconds: what the round trips above took.
        assert time.monotonic() - start > 1.5


def test_hpa_blksize2_and_utimeout(server):
    server.file("f")
    assert answer(server, blksize2=1500) == [("blksize2", "1024")]
    assert answer(server, blksize2=70000) == [("blksize2", "32768")]
    assert answer(server, utimeout=10000) == [("utimeout", "10000")]
    assert answer(server, utimeout=9999) == []


@pytest.mark.parametrize("wrap", [0, 1, 65000])
def test_hpa_rollover(server, wrap):
    body = server.file("f", bytes(i & 255 for i in range(8 * 66000)))
    with server.client() as c:
        got, granted = c.get("f", wrap=wrap, blksize=8, windowsize=64, rollover=wrap)
    assert granted["rollover"] == str(wrap)
    assert got == body


def test_block_numbers_wrap_to_zero(server):
    body = server.file("f", bytes(i & 255 for i in range(8 * 131100)))
    with server.client() as c:
        assert c.get("f", blksize=8, windowsize=60)[0] == body


def test_block_numbers_wrap_on_a_write(server):
    body = bytes(i & 255 for i in range(8 * 65600))
    with server.client() as c:
        c.put("up", body, blksize=8, windowsize=64)
    assert (server.root / "up").read_bytes() == body


def test_refused_options(servers):
    server = servers.start("-r", "blksize", "-r", "TSIZE")
    server.file("f")
    assert answer(server, blksize=1000, tsize=0, timeout=3) == [("timeout", "3")]


def test_no_such_file_is_said_before_any_option(server):
    assert server.error_of("nothing", tsize=0, blksize=1468) == (1, "File not found")
    with server.client() as c:
        c.ask(RRQ, "nothing", tsize=0)
        assert c.recv().op == ERROR
        c.quiet()


def test_2348_blocks_that_fit_the_mtu(servers):
    far = servers.lab.netns("far")
    servers.lab.veth(servers.ns, "eth0", far, "eth0")
    servers.ns.addr("eth0", "198.51.100.1/24")
    servers.ns.ip("link", "set", "eth0", "mtu", "1400")
    far.addr("eth0", "198.51.100.2/24")
    server = servers.start("-B", "mtu", host="198.51.100.1")
    server.file("f")
    server.ns = far
    assert answer(server, blksize=1468) == [("blksize", str(1400 - 20 - 8 - 4))]
    assert answer(server, blksize=1000) == [("blksize", "1000")]


def test_blocks_larger_than_the_mtu_travel_in_fragments(servers):
    """And a window of them, which the kernel cannot cut into datagrams, goes all the same."""
    far = servers.lab.netns("far")
    servers.lab.veth(servers.ns, "eth0", far, "eth0")
    servers.ns.addr("eth0", "198.51.100.1/24")
    far.addr("eth0", "198.51.100.2/24")
    server = servers.start(host="198.51.100.1")
    body = server.file("f")
    server.ns = far
    with server.client() as c:
        assert c.get("f", blksize=8192, windowsize=8)[0] == body
        assert c.get("f", blksize=1468, windowsize=16)[0] == body
    assert server.last_event(blksize=8192)["reason"] == "ok"
