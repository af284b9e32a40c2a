# SPDX-License-Identifier: BSD-2-Clause
"""RFC 2090, TFTP Multicast Option: one master asks for the blocks, all members get them."""

import contextlib
import os
import select
import socket
import struct
import time

import pytest
from lab import LabError, stock, wait_for
from tftplab import DATA, ERROR, OACK, RRQ, Client, Packet, ack, error, listen

GROUP, PORT = "239.255.7.1", 1758
IP_RECVTTL = 12  # linux/in.h; Python does not name it


class Member(Client):
    """A client of a group: unicast both ways, and an ear on the group."""

    def __init__(self, server, group=GROUP, port=PORT):
        super().__init__(server)
        self.ear = listen(server, group, port)
        self.blocks = {}

    def __exit__(self, *args):
        if self.peer is not None:
            self.send(error(0))  # or the server would wait for us when it is to stop
        self.ear.close()
        super().__exit__(*args)

    def join(self, name, **options):
        """Ask for name; the OACK's options."""
        self.ask(RRQ, name, multicast="", **options)
        return self.oack()

    def oack(self):
        p = self.recv()
        assert p is not None and p.op == OACK, p
        return {n.lower(): v for n, v in p.options}

    def hear(self, timeout=5):
        """Next DATA to the group; None after timeout seconds."""
        if not select.select([self.ear], [], [], timeout)[0]:
            return None
        raw, source = self.ear.recvfrom(70000)
        assert source == self.peer, f"DATA from {source}, but the OACK came from {self.peer}"
        p = Packet(raw, source)
        assert p.op == DATA, p
        self.blocks[p.block] = p.data
        return p

    def hear_all(self):
        while self.hear(0.1) is not None:
            pass

    def lead(self, last, start=0):
        """Ask for every block from start + 1 up to last, and acknowledge the last."""
        self.hear_all()
        self.send(ack(start))
        for n in range(start + 1, last + 1):
            p = self.hear()
            assert p is not None and p.block == n, (n, p)
            self.send(ack(n))

    def body(self):
        return b"".join(self.blocks[n] for n in sorted(self.blocks))


PATIENT = "retransmit = 20; retransmit_min = 20;"  # nothing is repeated in the time of a test
HASTY = "retransmit = 0.05; retransmit_min = 0.05;"


@pytest.fixture
def server(servers):
    return start(servers)


def start(servers, addresses=f"{GROUP}-239.255.7.2", more="", top=PATIENT):
    servers.ns.ip("link", "set", "lo", "multicast", "on")
    root = servers.root()
    return servers.start(root=root, config=f'root = "{root}"; workers = 2; {top} multicast = {{ '
                         f'addresses = "{addresses}"; {more} }};')


def test_the_first_client_is_the_master(server):
    """Data transfer: OACK with address, port and mc=1; ACK n asks for block n + 1."""
    body = server.file("f", os.urandom(5000))
    with Member(server) as c:
        assert c.join("f", blksize=1000) == {"multicast": f"{GROUP},{PORT},1", "blksize": "1000"}
        c.lead(6)
        assert c.body() == body
    event = server.last_event(stage="tftp-read")
    assert (event["reason"], event["bytes"], event["detail"]) == (
        "ok", 5000, f"multicast to {GROUP}:{PORT}")


def test_order_and_spelling_of_options(server):
    server.file("f")
    with Member(server) as c:
        c.raw(b"\0\1f\0octet\0tsize\0" + b"0\0MultiCast\0\0blksize\0" + b"1468\0windowsize\0" + b"8\0")
        p = c.recv()
        assert p.options == [("tsize", "300007"), ("MultiCast", f"{GROUP},{PORT},1"),
                             ("blksize", "1468")], "windowsize has no meaning in a group"


def test_later_clients_listen(server):
    """Clients that come later get mc=0 and blocks from where the transfer is."""
    body = server.file("f", os.urandom(5000))
    with Member(server) as a, contextlib.ExitStack() as later:
        a.join("f", blksize=1000)
        a.send(ack(0))
        a.hear()
        a.send(ack(1))
        a.hear()
        b = later.enter_context(Member(server))
        assert b.join("f", blksize=1000)["multicast"] == f"{GROUP},{PORT},0"
        assert b.peer == a.peer, "one port of ours for one group"
        b.send(ack(0))
        assert a.hear(0.3) is None, "an ACK of one who only listens moves nothing"
        a.send(ack(2))
        for n in range(3, 7):
            a.hear()
            a.send(ack(n))
        # The next oldest becomes the master and asks for what it misses.
        assert b.oack()["multicast"] == f"{GROUP},{PORT},1"
        b.hear_all()
        assert sorted(b.blocks) == [3, 4, 5, 6]
        b.send(ack(0))
        assert b.hear().block == 1
        b.send(ack(1))
        assert b.hear().block == 2
        b.send(ack(6))
        assert b.body() == body
    wait_for(lambda: len([e for e in server.events("tftp-read") if e["reason"] == "ok"]) == 2, 10,
             "the end of both")


def test_a_listener_ends_with_the_last_ack(server):
    """Termination can occur even if the client is not the master."""
    server.file("f", os.urandom(1500))
    with Member(server) as a, Member(server) as b:
        a.join("f")
        b.join("f")
        b.send(ack(3))
        assert server.last_event(port=b.sock.getsockname()[1])["reason"] == "ok"
        a.lead(3)
        b.quiet()


def test_an_error_leaves_and_the_next_takes_over(server):
    server.file("f", os.urandom(1500))
    with Member(server) as a, Member(server) as b:
        a.join("f")
        a.send(ack(0))
        a.hear()
        b.join("f")
        a.send(error(0))
        assert b.oack()["multicast"].endswith(",1")
        assert server.last_event(port=a.sock.getsockname()[1])["reason"] == "client-abort"
        b.lead(3)


def test_a_silent_master_is_replaced(servers):
    """A client that fails to respond in a timely manner: the next oldest becomes the master."""
    server = start(servers, top=HASTY)
    body = server.file("f", os.urandom(1500))
    with Member(server) as a, Member(server) as b:
        a.join("f")
        a.send(ack(0))
        b.join("f")
        assert b.oack()["multicast"].endswith(",1")
        b.hear_all()
        assert 1 in b.blocks, "DATA 1 was repeated to the group meanwhile"
        b.send(ack(1))
        b.hear()
        b.send(ack(2))
        b.hear()
        b.send(ack(3))
        assert b.body() == body
    event = server.last_event(reason="timeout")
    assert "did not answer when it had to ask" in event["detail"]
    assert server.last_event(reason="ok")["bytes"] == 1500


def test_a_new_master_that_is_silent_is_passed_over(servers):
    server = start(servers, top=HASTY)
    server.file("f", os.urandom(700))
    with Member(server) as a, Member(server) as b, Member(server) as c:
        a.join("f")
        b.join("f")
        c.join("f")
        a.lead(2)
        assert c.oack()["multicast"].endswith(",1"), "b has never answered its OACK"
        c.send(ack(2))
        assert server.last_event(port=c.sock.getsockname()[1])["reason"] == "ok"


def test_asking_again_takes_over_from_a_silent_master(servers):
    """Not in the RFC: a forged request must not keep the others waiting for long."""
    server = start(servers, top="retransmit = 1;")
    server.file("f", os.urandom(700))
    with Member(server) as a, Member(server) as b:
        a.join("f")
        b.join("f")
        end = time.monotonic() + 20
        while time.monotonic() < end:  # until a's first time-out has passed
            if b.join("f")["multicast"].endswith(",1"):
                break
            time.sleep(0.1)
        else:
            raise AssertionError("b never became the master")
        b.lead(2)


def test_a_lost_oack_is_repeated(servers):
    server = start(servers, top=HASTY)
    server.file("f", os.urandom(700))
    with Member(server) as c:
        c.join("f")
        assert c.oack()["multicast"].endswith(",1")
        c.lead(2)


def test_a_lost_oack_of_a_listener_is_asked_for(server):
    server.file("f", os.urandom(700))
    with Member(server) as a, Member(server) as b:
        a.join("f")
        assert b.join("f") == b.join("f")
        assert len(server.ask_control("transfers")) == 2


def test_a_repeated_ack_sends_nothing(server):
    """RFC 1123 4.2.3.1 holds here too."""
    server.file("f", os.urandom(5000))
    with Member(server) as c:
        c.join("f")
        for _ in range(3):
            c.send(ack(0))
        assert c.hear().block == 1
        assert c.hear(0.15) is None
        c.send(ack(1))
        c.send(ack(1))
        assert c.hear().block == 2
        assert c.hear(0.15) is None


def test_other_block_sizes_and_files_are_other_groups(server):
    server.file("f", os.urandom(700))
    server.file("g", os.urandom(700))
    with Member(server) as a, Member(server, "239.255.7.2") as b, Client(server) as c:
        assert a.join("f")["multicast"] == f"{GROUP},{PORT},1"
        assert b.join("f", blksize=600)["multicast"] == f"239.255.7.2,{PORT},1"
        # No address is left: the third is served alone.
        body, granted = c.get("g", multicast="", blksize=600)
        assert len(body) == 700 and granted == {"blksize": "600"}
        assert "tftpd_multicast_groups 2" in server.ask_control("metrics")
        b.lead(2)
        a.lead(2)
    with Member(server) as a:
        assert a.join("g")["multicast"] == f"{GROUP},{PORT},1", "addresses come back"


def test_a_full_group_serves_alone(servers):
    server = start(servers, more="members = 1; port = 4000; ttl = 3;")
    body = server.file("f", os.urandom(700))
    with Member(server, port=4000) as a, Client(server) as b:
        assert a.join("f")["multicast"] == f"{GROUP},4000,1"
        got, granted = b.get("f", multicast="", tsize=0)
        assert got == body and granted == {"tsize": "700"}


def test_the_interface_to_send_on(servers):
    """Named, it wins over the one the request came in on; one that is not there is said."""
    servers.lab.veth(servers.ns, "eth0", servers.lab.netns("far"), "eth0")
    server = start(servers, more='interface = "eth0";')
    server.file("f", os.urandom(700))
    with Member(server) as c:
        c.join("f")
        c.send(ack(0))
        assert c.hear(0.3) is None, "it went out on eth0, and we listen on lo"
    server.proc.stop()
    server = start(servers, more='interface = "eth7";')
    server.file("f", os.urandom(700))
    with Member(server) as c:
        c.join("f")
        c.lead(2)
    server.proc.wait_log("no interface eth7 for multicast")


def test_time_to_live(servers):
    server = start(servers, more="ttl = 7;")
    server.file("f", os.urandom(700))
    with Member(server) as c:
        c.ear.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        c.join("f")
        c.send(ack(0))
        assert select.select([c.ear], [], [], 5)[0]
        _, anc, _, _ = c.ear.recvmsg(2000, 100)
        assert [struct.unpack("i", d)[0] for _, kind, d in anc if kind == socket.IP_TTL] == [7]


@pytest.mark.parametrize("what,options", [
    ("netascii", {"mode": "netascii"}), ("with a value", {"multicast": "239.255.7.1,1758,1"}),
    ("refused", {"refuse": True}), ("off", {"off": True}), ("too many blocks", {"blksize": 8})])
def test_left_out(servers, what, options):
    """Whoever cannot be served in a group is served alone (RFC 2347: an option left out)."""
    if "off" in options:
        server = servers.start()
    else:
        server = start(servers, top='refuse = ["multicast"];' if "refuse" in options else PATIENT)
    server.file("f", b"x" * (8 * 65535 if what == "too many blocks" else 700))
    asked = {"multicast": options.get("multicast", "")}
    if "blksize" in options:
        asked["blksize"] = options["blksize"]
    with Client(server) as c:
        c.ask(RRQ, "f", options.get("mode", "octet"), **asked)
        p = c.recv()
        assert p.op == OACK and p.options == [("blksize", "8")] if "blksize" in options \
            else p.op == DATA and p.block == 1, p
        c.send(error(0))


def test_ipv6_clients_are_served_alone(servers):
    root = servers.root()
    server = servers.start(host="2001:db8::1", root=root, config=f'root = "{root}"; '
                           f'multicast = {{ addresses = "{GROUP}"; }};')
    body = server.file("f", os.urandom(700))
    with Client(server) as c:
        assert c.get("f", multicast="") == (body, {})


def test_all_workers_share_a_group(servers):
    """Requests are spread over the workers by client port; the group is one."""
    servers.ns.ip("link", "set", "lo", "multicast", "on")
    root = servers.root()
    server = servers.start(root=root, config=f'root = "{root}"; workers = 4; multicast = {{ '
                           f'addresses = "{GROUP}"; }};')
    server.file("f", os.urandom(700))
    members = [Member(server) for _ in range(12)]
    try:
        masters = [m.join("f")["multicast"][-1] for m in members]
        assert masters == ["1"] + ["0"] * 11
        assert len({m.peer for m in members}) == 1
    finally:
        for m in members:
            m.__exit__()


def test_a_truncated_file_ends_with_an_error(server):
    server.file("f", os.urandom(300_000))
    with Member(server) as c:
        c.join("f")
        c.send(ack(0))
        c.hear()
        (server.root / "f").write_bytes(b"short")
        c.send(ack(500))
        p = c.recv()
        assert p.op == ERROR and p.text == "File changed during the transfer", p


@pytest.mark.parametrize("addresses", ["239.255.7.1-239.255.6.1", "192.0.2.1", "224.0.0.5", "ff15::1",
                                       "239.255.0.0/16", "239.255.7.1-", "x"])
def test_wrong_addresses(servers, addresses):
    path = servers.lab.file("bad.cfg", f'root = "/tmp"; multicast = {{ addresses = "{addresses}"; }};')
    status, last = servers.fails("--config", path, "--test")
    assert status == 1 and f"multicast addresses {addresses}: wanted are" in last


def test_not_with_a_single_port(servers):
    path = servers.lab.file("bad.cfg", f'root = "/tmp"; single_port = true; multicast = {{ '
                            f'addresses = "{GROUP}"; }};')
    status, last = servers.fails("--config", path, "--test")
    assert status == 1 and "multicast and single_port exclude each other" in last


def test_atftp(servers):
    """Debian's atftp, five at once behind a bridge; all but the first only listen at first."""
    atftp = stock("atftp")
    lab, ns, clients = servers.lab, servers.ns, []
    for i in range(5):
        client = lab.netns(f"client{i}")
        lab.veth(ns, f"port{i}", client, "eth0")
        client.addr("eth0", f"198.51.100.{10 + i}/24")
        client.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
        clients.append(client)
    lab.bridge(ns, "br0", *[f"port{i}" for i in range(5)])
    ns.addr("br0", "198.51.100.1/24")
    # The bridge floods only: nobody here asks for memberships.
    ns.ip("link", "set", "br0", "type", "bridge", "mcast_snooping", "0")
    root = servers.root()
    server = servers.start(host="198.51.100.1", root=root, config=f'root = "{root}"; multicast = {{ '
                           f'addresses = "{GROUP}"; }};')
    body = server.file("image", os.urandom(2_000_000))
    procs = [lab.spawn("atftp", atftp, "--option", "multicast ", "--option", "blksize 1428", "-g", "-r",
                       "image", "-l", lab.dir / f"out{i}", "198.51.100.1", ns=c)
             for i, c in enumerate(clients)]
    for p in procs:
        if p.wait(60) != 0:
            raise LabError(p.text())
    for i in range(5):
        assert (lab.dir / f"out{i}").read_bytes() == body, i
    wait_for(lambda: len(server.events("tftp-read")) == 5, 10, "the end of all five")
    ends = server.events("tftp-read")
    assert all(e["reason"] == "ok" and "multicast" in e["detail"] for e in ends), ends
    sent = float([x for x in server.ask_control("metrics").splitlines()
                  if x.startswith('tftpd_packets_total{direction="out"}')][0].split()[1])
    blocks = len(body) // 1428 + 1
    assert sent < 3 * blocks, f"{sent} packets for {blocks} blocks and 5 clients"
