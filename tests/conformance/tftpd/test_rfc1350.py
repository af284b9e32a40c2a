# SPDX-License-Identifier: BSD-2-Clause
"""RFC 1350, the TFTP protocol, by section."""

import struct
import time

import pytest
from tftplab import ACK, BIG, DATA, ERROR, RRQ, WRQ, Chaos, ServerError, ack, data, error, request


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, BIG])
def test_2_a_short_block_ends_the_transfer(server, size):
    body = server.file("f", bytes(i % 251 for i in range(size)))
    with server.client() as c:
        assert c.get("f")[0] == body
    assert server.last_event()["bytes" if size else "reason"] == (size or "ok")


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, BIG])
def test_2_write(server, size):
    body = bytes(i % 253 for i in range(size))
    with server.client() as c:
        c.put("up", body)
    assert (server.root / "up").read_bytes() == body


def test_4_each_transfer_has_a_port_of_its_own(server):
    server.file("f")
    ports = set()
    clients = [server.client() for _ in range(20)]
    for c in clients:
        c.ask(RRQ, "f")
        assert c.recv().op == DATA
        ports.add(c.peer[1])
    assert len(ports) == 20 and 69 not in ports
    for c in clients:
        c.send(error(0))
        c.sock.close()


def test_4_a_foreign_tid_gets_error_5_and_does_no_harm(server):
    body = server.file("f")
    with server.client() as c, server.client() as stranger:
        c.ask(RRQ, "f")
        first = c.recv()
        stranger.peer = c.peer
        stranger.send(ack(1))
        answer = stranger.recv()
        assert (answer.op, answer.code) == (ERROR, 5)
        c.send(ack(1))
        second = c.recv()
        assert second.block == 2 and first.data + second.data == body[:1024]
        stranger.send(error(0))  # an ERROR is never answered by an ERROR
        stranger.quiet()


def test_4_acks_are_of_the_block_they_say(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        assert c.recv().block == 1
        c.send(ack(7))
        c.send(ack(0))
        c.quiet()
        c.send(ack(1))
        assert c.recv().block == 2


def test_5_modes_in_any_case(server):
    body = server.file("f", b"line\n")
    with server.client() as c:
        assert c.get("f", "OcTeT")[0] == body
        assert c.get("f", "NETASCII")[0] == b"line\r\n"


@pytest.mark.parametrize("mode", ["mail", "octets", "", "binary"])
def test_5_other_modes_are_refused(server, mode):
    server.file("f")
    code, text = server.error_of("f", mode=mode)
    assert code == 4
    assert text == ("Missing mode" if mode == "" else "Unknown mode")


NETASCII = [
    (b"a\nb\n", b"a\r\nb\r\n"),
    (b"a\rb", b"a\r\0b"),
    (b"\n" * 600, b"\r\n" * 600),
    (b"x" * 511 + b"\n" + b"y", b"x" * 511 + b"\r\ny"),  # the pair across a block border
    (b"x" * 511 + b"\ry", b"x" * 511 + b"\r\0y"),
    (b"z" * 510 + b"\n", b"z" * 510 + b"\r\n"),  # exactly one block
    (b"", b""),
]


@pytest.mark.parametrize("disk,wire", NETASCII)
def test_5_netascii_read(server, disk, wire):
    server.file("t", disk)
    with server.client() as c:
        assert c.get("t", "netascii")[0] == wire


@pytest.mark.parametrize("disk,wire", NETASCII)
def test_5_netascii_write(server, disk, wire):
    with server.client() as c:
        c.put("t", wire, "netascii")
    assert (server.root / "t").read_bytes() == disk


def test_5_netascii_with_loss_and_windows(server):
    disk = b"".join(b"%d\n" % i for i in range(20000))
    server.file("t", disk)
    with server.client() as c:
        body, _ = c.get("t", "netascii", chaos=Chaos(0.03), blksize=700, windowsize=5)
    assert body == disk.replace(b"\n", b"\r\n")


def test_6_the_last_ack_is_said_again(server):
    with server.client() as c:
        c.put("up", b"x" * 700)
        c.send(data(2, b"x" * 188))
        p = c.recv()
        assert (p.op, p.block) == (ACK, 2)
    assert server.last_event()["reason"] == "ok"


def test_6_an_ack_of_the_last_block_ends_it(server):
    server.file("f", b"x")
    with server.client() as c:
        c.ask(RRQ, "f")
        assert c.recv().block == 1
        c.send(ack(1))
        c.quiet(1.5)
    assert server.last_event()["reason"] == "ok"


def test_7_an_error_ends_the_transfer_without_an_answer(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        c.recv()
        c.send(error(3, b"disk full here"))
        c.quiet(1.5)
    assert server.last_event()["reason"] == "client-abort"


def test_7_a_lost_data_is_repeated_by_its_sender(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        start = time.monotonic()
        first = c.recv()
        again = c.recv(20)
        assert again is not None and again.raw == first.raw
        # Not at once; when it was sent is not known closer than when it was asked for.
        assert time.monotonic() - start > 0.8


def test_7_a_lost_ack_is_repeated_too(server):
    with server.client() as c:
        c.ask(WRQ, "up")
        assert c.recv().block == 0
        again = c.recv(3)
        assert (again.op, again.block) == (ACK, 0)
        c.send(data(1, b"end"))
        assert c.recv().block == 1


def test_7_loss_duplication_and_swapping(server):
    body = server.file("f")
    for seed in range(3):
        with server.client() as c:
            assert c.get("f", chaos=Chaos(0.02, seed), blksize=1468)[0] == body


def test_7_unknown_opcodes_at_the_port_are_ignored(server):
    with server.client() as c:
        for op in (0, 3, 4, 5, 6, 7, 255, 65535):
            c.raw(struct.pack("!H", op) + b"f\0octet\0")
            c.quiet(0.1)
        c.raw(b"")
        c.raw(b"\0")
        c.quiet(0.2)


def test_7_unknown_opcode_in_a_transfer_is_error_4(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        c.recv()
        c.send(struct.pack("!HH", 9, 1))
        p = c.recv()
        assert (p.op, p.code) == (ERROR, 4)


def test_requests_cut_at_each_byte_do_no_harm(server):
    body = server.file("f", b"short")
    whole = request(RRQ, "f", blksize=1000, tsize=0)
    for cut in range(len(whole)):
        with server.client() as c:
            c.raw(whole[:cut])
            p = c.recv(0.15)
            if cut < len(b"\0\1f\0octet\0"):
                assert p is None or (p.op == ERROR and p.code == 4), (cut, p)
            elif p is not None and p.op != ERROR:
                c.send(error(0))
    with server.client() as c:
        assert c.get("f")[0] == body


def test_packets_of_a_transfer_cut_at_each_byte(server):
    body = server.file("f", b"s" * 600)
    for cut in range(4):
        with server.client() as c:
            c.ask(RRQ, "f")
            assert c.recv().block == 1
            c.send(ack(1)[:cut])
            c.quiet(0.1)
            c.send(ack(1))
            assert c.recv().data == body[512:]
            c.send(ack(2))


def test_error_texts_for_malformed_requests(server):
    for raw, text in [(b"\0\1f\0", "Missing mode"),
                      (b"\0\1\0octet\0", "Missing mode"),
                      (b"\0\1f\0octet", "Request not null-terminated")]:
        with server.client() as c:
            c.raw(raw)
            p = c.recv()
            assert (p.op, p.code, p.text) == (ERROR, 4, text), (raw, p)


def test_a_long_name_is_refused(server):
    code, text = server.error_of("x" * 1300)
    assert (code, text) == (4, "File name too long")
    code, _ = server.error_of("x" * 300)
    assert code in (0, 2)


def test_file_not_found(server):
    assert server.error_of("nothing") == (1, "File not found")
    assert server.error_of("nothing/below") == (1, "File not found")
    server.file("f")
    assert server.error_of("f/below") == (1, "File not found")
    assert server.last_event(file="nothing")["reason"] == "not-found"


def test_writing_needs_permission_to_create(servers):
    server = servers.start()
    assert server.error_of("new", WRQ) == (1, "File not found")
    server.file("old", b"old", 0o644)
    assert server.error_of("old", WRQ) == (2, "File must have global write permissions")
    server.file("open", b"a long old text", 0o666)
    with server.client() as c:
        c.put("open", b"new")
    assert (server.root / "open").read_bytes() == b"new"


def test_a_data_packet_longer_than_a_block_is_refused(server):
    with server.client() as c:
        with pytest.raises(ServerError) as e:
            c.ask(WRQ, "up")
            c.recv()
            c.send(data(1, b"x" * 513))
            p = c.recv()
            raise ServerError(p.code, p.text)
    assert (e.value.code, e.value.text) == (4, "Data packet too large")
    assert list(server.root.iterdir()) == []


def test_a_client_whose_port_is_closed_has_gone(server):
    """ICMP port unreachable ends the transfer; nobody waits for its time-outs."""
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        assert c.recv().block == 1
    event = server.last_event(reason="client-abort")
    assert event["detail"] == "its port is closed (ICMP)"
    assert event["duration"] < 3
