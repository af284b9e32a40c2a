# SPDX-License-Identifier: BSD-2-Clause
"""RFC 1123 section 4.2: what hosts have to do about TFTP."""

import time

import pytest
from tftplab import DATA, RRQ, ack, data, error, request


def test_4_2_3_1_sorcerers_apprentice(server):
    """A duplicate ACK never causes a DATA."""
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        assert c.recv().block == 1
        c.send(ack(1))
        c.send(ack(1))
        c.send(ack(1))
        assert c.recv().block == 2
        c.quiet()
        c.send(ack(2))
        assert c.recv().block == 3


def test_4_2_3_2_back_off_is_exponential(servers):
    server = servers.start("-T", "200000")
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        times = []
        for _ in range(4):
            assert c.recv(20).block == 1
            times.append(time.monotonic())
    gaps = [b - a for a, b in zip(times, times[1:])]
    # Never earlier; how much later is the machine's business, but not by seconds.
    for gap, want in zip(gaps, (0.2, 0.4, 0.8)):
        assert want * 0.7 < gap < want + 4, gaps


def test_4_2_3_2_time_out_adapts(servers):
    """After fast round trips a loss is repaired in a fraction of the first time-out."""
    server = servers.start("-T", "60000000")
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=512)
        c.recv()
        for block in range(20):
            c.send(ack(block))
            assert c.recv().block == block + 1
        p = c.recv(20)
        assert p is not None and p.block == 20, "a third of the first time-out has passed"
        c.send(error(0))


def test_a_client_without_options_is_never_hurried(server):
    """Old boot ROMs hang on a repeat they did not need: no time-out under a second for them."""
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        for block in range(1, 20):
            assert c.recv().block == block
            c.send(ack(block))
        assert c.recv().block == 20
        c.quiet(0.8)
        assert c.recv(20).block == 20


def test_4_2_3_5_broadcast(servers):
    """in.tftpd answers requests to a broadcast address, from its own; the RFC would not."""
    servers.lab.veth(servers.ns, "eth0", servers.lab.netns("far"), "eth0")
    servers.ns.addr("eth0", "198.51.100.1/24")
    for flag, answered in (("true", True), ("false", False)):
        root = servers.root()
        server = servers.start(host="*", port=6900 + answered, config=f'''
            root = "{root}"; answer_broadcast = {flag};''')
        server.root = root
        server.file("f", b"x")
        with server.client(to="198.51.100.255") as c:
            c.sock.setsockopt(1, 6, 1)  # SO_BROADCAST
            c.ask(RRQ, "f")
            p = c.recv(2)
            assert (p is not None) == answered
            if p:
                assert p.op == DATA and c.peer[0] == "198.51.100.1"


@pytest.mark.parametrize("to", ["127.0.0.1", "127.0.0.9", "192.0.2.1", "192.0.2.2", "2001:db8::1",
                                "::1"])
def test_the_answer_comes_from_the_address_that_was_asked(servers, to):
    server = servers.start(host="*")
    server.file("f", b"x" * 2000)
    with server.client(to=to) as c:
        assert c.get("f")[0] == b"x" * 2000
        assert c.peer[0] == to


def test_a_repeated_request_joins_its_transfer(server):
    """RFC 1785: a request doubled on its way must not become two transfers."""
    server.file("f")
    with server.client() as c:
        raw = request(RRQ, "f", blksize=1024)
        c.raw(raw)
        c.recv()
        tid = c.peer
        c.sock.sendto(raw, ("127.0.0.1", 69))
        c.sock.sendto(raw, ("127.0.0.1", 69))
        c.quiet(0.3)
        assert c.peer == tid
        assert len(server.ask_control("transfers")) == 1
        c.send(ack(0))
        assert c.recv().block == 1
    counters = server.ask_control("stats")[0]["counters"]
    assert counters["tftpd_duplicate_requests"] == 2


def test_another_request_from_the_same_port_is_a_new_transfer(server):
    """lpxelinux uses one port for all its requests, the next under a millisecond after the last."""
    first = server.file("first", b"1" * 600)
    second = server.file("second", b"2" * 600)
    with server.client() as c:
        assert c.get("first")[0] == first
        assert c.get("second")[0] == second
        assert c.get("first")[0] == first
        c.ask(RRQ, "first")
        assert c.recv().data == b"1" * 512
        assert c.get("second")[0] == second  # while the other one still runs


def test_a_repeated_write_request_is_one_upload(server):
    with server.client() as c:
        raw = request(2, "up", blksize=1024)
        c.raw(raw)
        c.recv()
        c.sock.sendto(raw, ("127.0.0.1", 69))
        c.quiet(0.3)
        c.send(data(1, b"done"))
        assert c.recv().block == 1
    assert (server.root / "up").read_bytes() == b"done"
