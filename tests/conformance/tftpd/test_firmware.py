# SPDX-License-Identifier: BSD-2-Clause
"""What firmware and boot loaders ask, in their words and order, and what they can live with.

The table is from captures and sources of these clients; where captures of real boots lie beside the
tree (../shared/captures), every request in them is asked again, byte for byte."""

import random
import struct
from pathlib import Path

import pytest
from lab import PROJECT
from tftplab import ACK, DATA, ERROR, OACK, RRQ, Client, ack, error, request

CAPTURES = PROJECT.parent / "shared/captures"

# client: name asked, options in its order, those it must be answered
CLIENTS = {
    "ipxe": ("undionly.kpxe", {"blksize": 1432, "tsize": 0}, {"blksize": "1432", "tsize": "SIZE"}),
    "pxelinux": ("ldlinux.c32", {"tsize": 0, "blksize": 1408}, {"tsize": "SIZE", "blksize": "1408"}),
    "grub": ("/boot/grub/x86_64-efi/normal.mod", {"blksize": 1024, "tsize": 0},
             {"blksize": "1024", "tsize": "SIZE"}),
    "edk2": ("bootx64.efi", {"blksize": 1468, "windowsize": 4}, {"blksize": "1468", "windowsize": "4"}),
    "edk2-old": ("bootx64.efi", {"blksize": 1468}, {"blksize": "1468"}),
    "shim": ("grubx64.efi", {"blksize": 512, "windowsize": 4}, {"blksize": "512", "windowsize": "4"}),
    "uboot": ("boot.scr.uimg", {"timeout": 5, "blksize": 1468}, {"timeout": "5", "blksize": "1468"}),
    "uboot-new": ("boot.scr.uimg", {"timeout": 5, "tsize": 0, "blksize": 1468, "windowsize": 16},
                  {"timeout": "5", "tsize": "SIZE", "blksize": "1468", "windowsize": "16"}),
    "slof": ("pxelinux.0", {"blksize": 1428}, {"blksize": "1428"}),
    "windows": ("Boot/BCD", {"tsize": 0, "blksize": 1456, "windowsize": 4, "msftwindow": 31416},
                {"tsize": "SIZE", "blksize": "1456", "windowsize": "4"}),
    "raspberry": ("12345678/start4.elf", {"tsize": 0, "blksize": 1024},
                  {"tsize": "SIZE", "blksize": "1024"}),
    "cisco": ("SEP001122334455.cnf.xml", {}, {}),
}


@pytest.mark.parametrize("who", CLIENTS)
def test_reads_of(server, who):
    """Exactly the options it can take, in its order, and the whole file."""
    name, asked, answered = CLIENTS[who]
    body = server.file(name.lstrip("/"), random.Random(who).randbytes(20_000))
    want = [(k, v.replace("SIZE", str(len(body)))) for k, v in answered.items()]
    with server.client() as c:
        c.ask(RRQ, name, **asked)
        p = c.recv()
        assert (p.op == OACK and p.options == want) if want else (p.op == DATA and p.block == 1), p
        c.send(error(0))
    with server.client() as c:
        assert c.get(name, **asked) == (body, dict(want))


def fetch(c, raw):
    """Send raw as it is and behave well from there: (first packet, content)."""
    c.raw(raw)
    first = p = c.recv(20)
    assert p is not None, raw
    granted = {}
    if p.op == OACK:
        granted = {n.lower(): int(v) for n, v in p.options}
        c.send(ack(0))
        p = c.recv(20)
    body, expect, in_window = bytearray(), 1, 0
    while True:
        assert p is not None and (p.op, p.block) == (DATA, expect), (raw, p, expect)
        body += p.data
        in_window += 1
        if in_window == granted.get("windowsize", 1) or len(p.data) < granted.get("blksize", 512):
            c.send(ack(expect))
            in_window = 0
        if len(p.data) < granted.get("blksize", 512):
            return first, bytes(body)
        expect += 1
        p = c.recv(20)


def requests_of(path):
    """The distinct RRQs in a capture (Ethernet)."""
    data, found = path.read_bytes(), {}
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    at = 24
    while at + 16 <= len(data):
        size, = struct.unpack(order + "I", data[at + 8:at + 12])
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        kind = frame[12:14]
        if kind == b"\x08\x00" and frame[23] == 17:
            udp = frame[14 + (frame[14] & 15) * 4:]
        elif kind == b"\x86\xdd" and frame[20] == 17:
            udp = frame[54:]
        else:
            continue
        if udp[2:4] == b"\0\x45" and udp[8:10] == b"\0\1":
            length, = struct.unpack("!H", udp[4:6])
            found[udp[8:length]] = None
    return list(found)


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="no captures beside the tree (../shared/captures)")
def test_every_captured_request(server):
    """Each RRQ of real boots: nothing it did not ask for, nothing larger, the right size and bytes."""
    asked = {raw: path.name for path in sorted(CAPTURES.glob("*.pcap")) for raw in requests_of(path)}
    assert len(asked) > 50, "the captures have not been understood"
    for raw, where in asked.items():
        words = raw[2:].split(b"\0")
        name, options = words[0].decode(), [w.decode() for w in words[2:-1]]
        pairs = list(zip(options[::2], options[1::2]))
        server.file(name.lstrip("/"), name.encode() * 300)
        with server.client() as c:
            first, body = fetch(c, raw)
        assert body == name.encode() * 300, (where, raw)
        if first.op == DATA:
            assert not pairs, (where, raw)
            continue
        assert [n for n, _ in first.options] == [n for n, _ in pairs], (where, raw, first)
        for (option, value), (_, wanted) in zip(first.options, pairs):
            if option == "tsize":
                assert int(value) == len(body), (where, raw)
            elif option == "timeout":
                assert value == wanted, (where, raw)
            else:
                assert int(value) <= int(wanted), (where, raw)
    assert {e["reason"] for e in server.events("tftp-read")} == {"ok"}


def test_pxelinux_looks_for_its_configuration(server):
    """UUID, MAC and the address shortened digit by digit, each refused at once, then the default."""
    body = server.file("pxelinux.cfg/default", b"menu\n" * 100)
    names = ["4c4c4544-0042-4810-8053-b4c04f564231", "01-52-54-00-12-34-56"]
    names += ["C0000202"[:n] for n in range(8, 0, -1)]
    port = 49152
    for name in names:
        with server.client() as c:
            c.sock.bind(("127.0.0.1", port))
            c.ask(RRQ, f"pxelinux.cfg/{name}", tsize=0, blksize=1408)
            p = c.recv()
            assert (p.op, p.code) == (ERROR, 1), "an ERROR before any OACK: pxelinux hangs on one behind"
        port += 1
    with server.client() as c:
        assert c.get("pxelinux.cfg/default", tsize=0, blksize=1408)[0] == body
    server.last_event(reason="ok")  # once its last ACK has come
    assert [e["reason"] for e in server.events("tftp-read")] == ["not-found"] * 10 + ["ok"]


def test_edk2_asks_for_the_size_first(servers):
    """ERROR 8 to the OACK ends the probe; the real request comes from the next port."""
    server = servers.start("--verbosity", "2")
    body = server.file("bootx64.efi")
    with server.client() as c:
        c.ask(RRQ, "bootx64.efi", tsize=0, blksize=1468, windowsize=4)
        p = c.recv()
        assert p.options == [("tsize", str(len(body))), ("blksize", "1468"), ("windowsize", "4")]
        c.send(error(8, b"User aborted the transfer"))
        c.quiet(0.1)
    with server.client() as c:
        assert c.get("bootx64.efi", blksize=1468, windowsize=4)[0] == body
    server.last_event(reason="ok")  # once its last ACK has come
    assert [e["reason"] for e in server.events("tftp-read")] == ["probe", "ok"]
    assert "failed" not in server.proc.text(), "a size probe is no failure"


def test_lpxelinux_keeps_one_port(server):
    """The next request leaves from the same port right behind the last ACK."""
    bodies = {f"f{i}": server.file(f"f{i}", bytes([i]) * 5000) for i in range(5)}
    with server.client() as c:
        c.sock.bind(("127.0.0.1", 49153))
        for name, body in bodies.items():
            assert fetch(c, request(RRQ, name, tsize=0, blksize=1408))[1] == body


def test_grub_begins_at_the_same_port_at_every_boot(server):
    """A second boot meets the transfers of the first that nobody ended."""
    body = server.file("boot/grub/grub.cfg", b"menuentry\n" * 500)
    for _ in range(3):
        for port in (25300, 25301):
            with server.client() as c:
                c.sock.bind(("127.0.0.1", port))
                c.ask(RRQ, "/boot/grub/grub.cfg", blksize=1024, tsize=0)
                assert c.recv().op == OACK
                c.send(ack(0))
                assert c.recv().block == 1
    with server.client() as c:
        c.sock.bind(("127.0.0.1", 25300))
        assert fetch(c, request(RRQ, "/boot/grub/grub.cfg", blksize=1024, tsize=0))[1] == body


def test_raspberry_stops_early(server):
    """It looks at the size and says so; config.txt is asked for again and again."""
    body = server.file("config.txt", b"arm_64bit=1\n")
    for _ in range(4):
        with server.client() as c:
            c.ask(RRQ, "config.txt", tsize=0, blksize=1024)
            assert c.recv().op == OACK
            c.send(error(0, b"Early terminate"))
    with server.client() as c:
        assert c.get("config.txt", tsize=0)[0] == body
    server.last_event(reason="ok")  # once its last ACK has come
    assert {e["reason"] for e in server.events("tftp-read")} == {"probe", "ok"}


def test_old_rom_acknowledges_the_oack_at_the_well_known_port(servers):
    """Compaq XP1000 SRM: what `-r blksize` is for. The stray ACK does no harm."""
    server = servers.start("-r", "blksize")
    body = server.file("vmlinux", b"x" * 700)
    with server.client() as c:
        c.ask(RRQ, "vmlinux", blksize=1024)
        p = c.recv()
        assert (p.op, p.block) == (DATA, 1), "no option granted, no OACK"
        c.sock.sendto(struct.pack("!HH", ACK, 0), (server.host, server.port))
        c.send(ack(1))
        assert p.data + c.recv().data == body


def test_a_client_that_answers_no_arp_harms_nobody(servers):
    """Switched off in the middle: its transfer ends by time-out, others do not notice."""
    far, near = servers.lab.netns("far"), servers.lab.netns("near")
    for i, ns in enumerate((far, near)):
        servers.lab.veth(servers.ns, f"eth{i}", ns, "eth0")
        servers.ns.addr(f"eth{i}", f"198.51.{100 + i}.1/24")
        ns.addr("eth0", f"198.51.{100 + i}.2/24")
    server = servers.start("-T", "50000", host="*")
    body = server.file("f", b"z" * 100_000)
    server.ns = far
    gone = Client(server, to="198.51.100.1")
    gone.ask(RRQ, "f", blksize=1024)
    assert gone.recv().op == OACK
    gone.send(ack(0))
    assert gone.recv().block == 1
    far.ip("link", "set", "eth0", "down")
    servers.ns.ip("neigh", "flush", "dev", "eth0")
    server.ns = near
    for _ in range(5):
        with Client(server, to="198.51.101.1") as c:
            assert c.get("f", blksize=1024, windowsize=8)[0] == body
    event = server.last_event(ip="198.51.100.2", reason="timeout")
    assert event.get("bytes", 0) < 2048
    gone.sock.close()
