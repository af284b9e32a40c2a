# SPDX-License-Identifier: BSD-2-Clause
"""relayd -6 --probe: what it prints and how it ends, with a relay that runs and without one."""

import json
import subprocess
import threading

import pytest
from lab import Lab, program, stock, wait_for
from relaynet6 import (ADVERTISE, INTERFACE_ID, LINK, RELAY_REPL, SERVER, SOLICIT, Message6, RelayNet6, Socket6,
                       ip_bytes, option, plain, wrapped)

LINKS = ("-l", "l0", "-u", f"{SERVER}%u0")
URL = b"tftp://[2001:db8:2::9]/x64.efi"


@pytest.fixture
def net():
    with Lab("relayd6") as lab:
        yield RelayNet6(lab)


def probe(net, *args):
    return subprocess.run(
        net.router.argv([program("relayd"), "-6", "--control", net.control, *map(str, args)]),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, stdin=subprocess.DEVNULL)


class Answering:
    """A bare server that advertises an address and a boot file to everybody."""

    def __init__(self, *socks, address="2001:db8:1::77", url=URL, link=None):
        self.socks, self.seen, self.stop = socks, [], False
        self.address, self.url, self.link = address, url, link
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop:
            for sock in self.socks:
                got = sock.receive(0.05)
                if got is not None:
                    self.seen.append(got)
                    self.answer(sock, got)

    def answer(self, sock, got):
        asked = Message6(got.inner)
        lease = option(5, ip_bytes(self.address) + bytes(8)) if self.address else b""
        reply = plain(ADVERTISE, asked.xid, [(1, asked.get(1)[0]), (2, b"\0\3\0\1\2\0\0\0\0\x77"),
                                             (3, b"\0\0\0\1" + bytes(8) + lease), (59, self.url)])
        sock.sock.sendto(wrapped(RELAY_REPL, reply, self.link or got.link, got.peer, options=[
            (INTERFACE_ID, v) for v in got.get(INTERFACE_ID)]), got.source)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.join()


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_answered(net, running):
    if running:
        net.relay(links=LINKS)
    with Answering(net.server) as server:
        done = probe(net, "--probe", *LINKS)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    line, = done.stdout.splitlines()
    assert line.startswith("2001:db8:2::9%u0 via l0: answered in ")
    assert line.endswith(f" ms, offers 2001:db8:1::77, boot file {URL.decode()}")
    got, = server.seen
    asked = Message6(got.inner)
    assert (asked.kind, got.link, got.hops) == (SOLICIT, LINK, 0) and got.peer.startswith("fe80::")
    assert asked.get(1)[0][:4] == b"\0\3\0\1" and asked.get(61) == [b"\0\7"]
    assert b"relayd-probe" in asked.get(39)[0] and b"PXEClient" in asked.get(16)[0]
    assert {asked.get(6)[0][i:i + 2] for i in (0, 2)} == {b"\0\x3b", b"\0\x3c"}
    assert not asked.get(14)  # no rapid commit: nothing is leased
    assert net.link.receive(0.3) is None  # nobody on the client's link sees anything of it


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_no_answer_from_one_of_two(net, running):
    """Every server, whatever the policy."""
    links = (*LINKS, "-u", "2001:db8:2::a%u0", "--server-policy", "first-alive")
    if running:
        net.relay(links=links)
    with Answering(net.server):
        done = probe(net, "--probe=l0", *links)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert "answered in" in first and second == "2001:db8:2::a%u0 via l0: sent, no answer"


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_every_server_of_a_group(net, running):
    net.server.sock.close()
    net.server_ns.addr("e0", "2001:db8:2::a/64")
    servers = [Socket6(net.server_ns, "e0", 547, address=a) for a in (SERVER, "2001:db8:2::a")]
    group = Socket6(net.server_ns, "e0", 547, "ff05::1:3", "ff05::1:3")
    links = ("-l", "l0", "-u", "u0")
    if running:
        net.relay(links=links)

    class Both(Answering):
        def answer(self, _, got):
            for sock in servers:
                super().answer(sock, got)

    with Both(group):
        done = probe(net, "--probe", *links)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = sorted(done.stdout.splitlines())
    assert len(lines) == 2 and all(line.startswith("ff05::1:3%u0 via l0: answered in ") for line in lines)
    assert {line.split(" by ")[1].split(",")[0] for line in lines} == {SERVER, "2001:db8:2::a"}


def test_no_address(net):
    net.relay(links=LINKS)
    with Answering(net.server, address=None, url=b"http://x/\x1b[31m"):
        done = probe(net, "--probe", *LINKS)
    assert ", offers no address, boot file http://x/" in done.stdout and "\x1b" not in done.stdout


def test_an_answer_that_clients_would_not_get(net):
    net.lab.veth(net.client, "e1", net.router, "l1")
    links = (*LINKS, "-l", "l1")
    net.relay(links=links)
    with Answering(net.server) as server:
        server.answer = lambda sock, got: sock.sock.sendto(
            wrapped(RELAY_REPL, plain(ADVERTISE, Message6(got.inner).xid, [(1, Message6(got.inner).get(1)[0])]),
                    "2001:db8:99::1", got.peer), got.source)
        done = probe(net, "--probe", *links)
    assert done.returncode == 1
    assert "clients would not get it: neither interface-id nor link-address is of this relay" in done.stdout


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_no_such_interface(net, running):
    if running:
        net.relay(links=LINKS)
    done = probe(net, "--probe=l9", *LINKS)
    assert done.returncode == 1 and "l9: no lower link that exists" in done.stdout + done.stderr


def test_unreachable(net):
    net.router.ip("-6", "route", "add", "unreachable", "2001:db8:99::/64")
    done = probe(net, "--probe", "-l", "l0", "-u", "2001:db8:99::1%u0")
    assert done.returncode == 1 and done.stdout.startswith("2001:db8:99::1%u0 via l0: ")


def test_over_the_control_socket(net):
    net.relay(links=LINKS)

    def answer():
        line = json.loads(net.ask("probed")[0])
        return line if line.get("answered") else None

    with Answering(net.server):
        assert '"end":true' in net.ask("probe l0")[-1]
        line = wait_for(answer, 20, "the answer")
    assert line["ok"] and line["offered"] == "2001:db8:1::77" and line["file"] == URL.decode()
    assert line["server"] == "2001:db8:2::9%u0" and 0 < line["rtt"] < 20
    assert json.loads(net.ask("probed")[1]) == {"complete": True}
    assert "error" in net.ask("probe l9")[-1]


def test_isc_dhcpd(net):
    net.server.sock.close()
    conf = net.lab.file("dhcpd6.conf", "authoritative;\noption dhcp6.bootfile-url code 59 = string;\n"
                        "subnet6 2001:db8:2::/64 { }\nsubnet6 2001:db8:1::/64 {\n"
                        " range6 2001:db8:1::100 2001:db8:1::1ff;\n"
                        f' option dhcp6.bootfile-url "{URL.decode()}"; }}\n')
    net.lab.spawn("dhcpd", stock("dhcpd"), "-6", "-d", "-cf", conf, "-lf", net.lab.file("leases6", ""),
                  "-pf", net.lab.dir / "dhcpd6.pid", "e0", ns=net.server_ns).wait_log("Server starting service")
    done = probe(net, "--probe", "-l", "l0", "-u", "u0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ff05::1:3%u0 via l0: answered" in done.stdout and "offers 2001:db8:1::1" in done.stdout
    assert f"boot file {URL.decode()}" in done.stdout
