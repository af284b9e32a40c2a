# SPDX-License-Identifier: BSD-2-Clause
"""MTFTP of PXE 2.1 (vendor options 1 to 5): listen first, open when nobody sends.

The client here is one after the specification and Intel's firmware: its port is also the group's, it
takes packets from the server's MTFTP port only, and it leads only when it has got block 1 both alone
and with the group. atftp has a client too.
"""

import os
import select

import pytest
from lab import stock
from tftplab import DATA, ERROR, RRQ, WRQ, Packet, ack, error, listen, request

GROUP, CPORT, SPORT = "239.255.9.1", 1758, 1759  # options 1, 2 and 3
PATIENT = "retransmit = 20; retransmit_min = 20;"


@pytest.fixture
def server(servers):
    return start(servers)


def start(servers, more=PATIENT, files=(("f", GROUP, CPORT), ("boot/g", "239.255.9.2", 4011))):
    servers.ns.ip("link", "set", "lo", "multicast", "on")
    root = servers.root()
    rows = ", ".join(f'{{ file = "{f}"; group = "{a}:{p}"; }}' for f, a, p in files)
    return servers.start(root=root, host="127.0.0.1",
                         config=f'root = "{root}"; workers = 2; {more} mtftp_port = {SPORT}; '
                         f"mtftp = ( {rows} );")


class Machine:
    """One network card: its own address, its ear on the group."""

    def __init__(self, server, address, group=GROUP, port=CPORT):
        self.server = server
        self.alone = server.ns.socket()
        self.alone.bind((address, port))
        self.ear = listen(server, group, port)
        self.blocks = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.send(error(0))
        self.alone.close()
        self.ear.close()

    def send(self, packet):
        self.alone.sendto(packet, ("127.0.0.1", SPORT))

    def open(self, name):
        self.send(request(RRQ, name))

    def take(self, sock, timeout=5):
        if not select.select([sock], [], [], timeout)[0]:
            return None
        raw, source = sock.recvfrom(2000)
        assert source == ("127.0.0.1", SPORT), f"a packet from {source}"
        p = Packet(raw, source)
        if p.op == DATA:
            self.blocks[p.block] = p.data
        return p

    def hear(self, timeout=5):
        return self.take(self.ear, timeout)

    def receive(self, last):
        """Lead: acknowledge each block up to the last."""
        p = self.take(self.alone)
        assert p is not None and (p.op, p.block) == (DATA, 1), p
        for n in range(1, last + 1):
            p = self.hear()
            assert p is not None and p.block == n, (n, p)
            self.send(ack(n))

    def body(self):
        return b"".join(self.blocks[n] for n in sorted(self.blocks))


def test_open_and_receive(server):
    body = server.file("f", os.urandom(2000))
    with Machine(server, "127.0.0.2") as m:
        m.open("f")
        m.receive(4)
        assert m.body() == body
    event = server.last_event(reason="ok")
    assert (event["ip"], event["bytes"], event["detail"]) == (
        "127.0.0.2", 2000, f"multicast to {GROUP}:{CPORT}")


def test_others_listen(server):
    """Who has not opened gets all the same blocks without sending anything."""
    body = server.file("f", os.urandom(2000))
    with Machine(server, "127.0.0.2") as a, Machine(server, "127.0.0.3") as b:
        a.open("f")
        a.receive(4)
        while b.hear(0.1) is not None:
            pass
        assert b.body() == body


def test_a_second_open_hears_only_the_group(server):
    server.file("f", os.urandom(2000))
    with Machine(server, "127.0.0.2") as a, Machine(server, "127.0.0.3") as b:
        a.open("f")
        assert a.take(a.alone).block == 1 and a.hear().block == 1
        b.open("f")
        assert b.take(b.alone, 0.3) is None
        b.send(ack(1))
        assert a.hear(0.3) is None, "the ACK of one who does not lead"
        a.send(ack(1))
        assert a.hear().block == 2


def test_an_open_takes_over_when_nobody_acknowledges(servers):
    """Time to restart: the leading client has gone, another opens."""
    server = start(servers, "retransmit = 0.1; retransmit_min = 0.1;")
    body = server.file("f", os.urandom(700))
    with Machine(server, "127.0.0.2") as a, Machine(server, "127.0.0.3") as b:
        a.open("f")
        assert a.take(a.alone).block == 1 and a.hear().block == 1
        assert a.hear().block == 1, "repeated to the group"
        b.open("f")
        p = b.take(b.alone)
        assert p is not None and p.block == 1, p
        b.send(ack(1))
        while 2 not in b.blocks:
            assert b.hear() is not None
        b.send(ack(2))
        assert b.body() == body
        assert server.last_event(ip="127.0.0.3")["reason"] == "ok"
    assert server.last_event(ip="127.0.0.2")["reason"] == "timeout"


def test_each_file_has_its_group(server):
    server.file("boot/g", b"x" * 10)
    with Machine(server, "127.0.0.2", "239.255.9.2", 4011) as m:
        m.open("/boot/g")
        m.receive(1)
        assert m.body() == b"x" * 10


@pytest.mark.parametrize("name,op,code,text", [
    ("other", RRQ, 1, "File has no MTFTP group"), ("f", RRQ, 1, "File not found"),
    ("f", WRQ, 4, "Illegal TFTP operation")])
def test_refused(server, name, op, code, text):
    server.file("other")
    with Machine(server, "127.0.0.2") as m:
        m.send(request(op, name))
        p = m.take(m.alone)
        assert (p.op, p.code, p.text) == (ERROR, code, text)


def test_too_large(server):
    os.truncate(os.open(server.root / "f", os.O_CREAT | os.O_WRONLY, 0o644), 65535 * 512)
    with Machine(server, "127.0.0.2") as m:
        m.open("f")
        assert m.take(m.alone).text == "File too large for MTFTP"


def test_options_mean_nothing(server):
    server.file("f", os.urandom(700))
    with Machine(server, "127.0.0.2") as m:
        m.send(request(RRQ, "f", blksize=1468, tsize=0))
        m.receive(2)


def test_not_at_the_tftp_port(server):
    """Port 69 serves the same file alone, as ever."""
    body = server.file("f", os.urandom(700))
    with server.client() as c:
        assert c.get("f")[0] == body


@pytest.mark.parametrize("config,words", [
    ("mtftp_port = 1759;", "mtftp names no files"),
    ('mtftp = ( { file = "f"; group = "239.255.9.1:1758"; } );', "there is no mtftp_port"),
    ('mtftp_port = 1759; mtftp = ( { file = "f"; group = "192.0.2.1:1758"; } );',
     "mtftp file f: its group is no IPv4 multicast address")])
def test_wrong_settings(servers, config, words):
    path = servers.lab.file("bad.cfg", f'root = "/tmp"; {config}')
    status, last = servers.fails("--config", path, "--test")
    assert status == 1 and words in last


def test_atftp(servers):
    """atftp's own client of the same protocol, which its authors wrote for such firmware."""
    lab, ns, client = servers.lab, servers.ns, servers.lab.netns("client")
    lab.veth(ns, "eth0", client, "eth0")
    ns.addr("eth0", "198.51.100.1/24")
    client.addr("eth0", "198.51.100.10/24")
    client.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
    root = servers.root()
    server = servers.start(root=root, host="198.51.100.1", config=f'root = "{root}"; '
                           f'mtftp_port = {SPORT}; mtftp = ( {{ file = "f"; '
                           f'group = "{GROUP}:{CPORT}"; }} );')
    body = server.file("f", os.urandom(20_000))
    out = lab.dir / "out"
    client.run(stock("atftp"), "--trace", "--mtftp", f"client-port {CPORT}", "--mtftp",
               f"mcast-ip {GROUP}", "--mtftp", "listen-delay 1", "--mtftp", "timeout-delay 5",
               "--mget", "-r", "f", "-l", out, "198.51.100.1", str(SPORT))
    assert out.read_bytes() == body
