# SPDX-License-Identifier: BSD-2-Clause
"""The deployments that manual pages and packaging show, run: each carries an exchange there and back."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from lab import Lab, program
from relaynet import OFFER, Link, Server, agent, message
from relaynet6 import (ADVERTISE, INTERFACE_ID, RELAY_REPL, Socket6, link_local, plain, wrapped)

PROJECT = Path(__file__).resolve().parents[3]
EXAMPLES = PROJECT / "packaging" / "examples" / "relayd"


class Deployment:
    """Client, router and server; a link is a network device of the router's."""

    def __init__(self, lab):
        self.lab = lab
        self.client, self.router, self.server = map(lab.netns, ("client", "router", "server"))
        for ns in (self.client, self.router, self.server):
            ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            ns.sysctl("net.ipv6.conf.default.router_solicitations", 0)

    def link(self, ns, dev, *addresses):
        """The router's end of a link with an address; the other end has the same name."""
        self.lab.veth(ns, dev, self.router, dev)
        self.router.addr(dev, *addresses)

    def serve(self, dev, address, gateway):
        self.server.addr(dev, address)
        self.server.ip("route", "add", "default", "via", gateway)

    def relay(self, name, *args):
        relay = self.lab.daemon("relayd", "-d", *args, "--config", EXAMPLES / f"{name}.cfg", ns=self.router)
        relay.wait_log("Bound to" if "-6" in args else "Sending on   Socket/fallback")
        return relay


@pytest.fixture
def place():
    with Lab("relayd") as lab:
        yield Deployment(lab)


def exchange(link, server, reply_to):
    """A DISCOVER there, an OFFER back to what reply_to says of the request; the request."""
    link.send(message())
    got = server.receive()
    server.send(message(op=2, kind=OFFER, giaddr=got.giaddr, yiaddr="10.9.9.9",
                        options=[(82, v) for v in got.all(82)]), reply_to or got.giaddr)
    back = link.receive()
    assert back is not None and back.yiaddr == "10.9.9.9" and back.all(82) == []
    return got


def test_home_router(place):
    place.link(place.client, "br-guest", "10.5.0.1/24")
    place.link(place.server, "br-lan", "192.168.1.1/24")
    place.serve("br-lan", "192.168.1.2/24", "192.168.1.1")
    place.relay("home-router")
    got = exchange(Link(place.client, "br-guest"), Server(place.server, "192.168.1.2"), None)
    assert (got.giaddr, got.all(82)) == ("10.5.0.1", [])


def test_leaf_with_link_selection(place):
    place.link(place.client, "vlan10", "10.10.0.1/24")
    place.link(place.client, "vlan20", "10.20.0.1/24")
    place.link(place.server, "swp51", "192.0.2.254/24")
    place.link(place.server, "swp52", "198.51.100.254/24")
    place.router.addr("lo", "203.0.113.7/32")
    place.serve("swp51", "192.0.2.1/24", "192.0.2.254")
    place.server.addr("swp51", "192.0.2.2/24")
    place.relay("leaf-link-selection")
    servers = [Server(place.server, a) for a in ("192.0.2.1", "192.0.2.2")]
    for dev, address in (("vlan10", b"\x0a\x0a\0\1"), ("vlan20", b"\x0a\x14\0\1")):
        link = Link(place.client, dev)
        link.send(message())
        server = next(s for s in servers * 50 if s.receive(0.1))  # the one of the two that has this client
        got = exchange(link, server, None)
        host = place.router.run("hostname").stdout.strip().encode()
        assert got.giaddr == "203.0.113.7"
        assert got.all(82) == [agent((1, host + b":" + dev.encode()), (5, address), (11, address), (10, b"\0"))]


def test_vrf(place):
    if place.router.run("ip", "link", "add", "customers", "type", "vrf", "table", "10", check=False).returncode:
        pytest.skip("this kernel has no VRF")
    place.router.ip("link", "set", "customers", "up")
    for dev in ("vlan100", "vlan101"):
        place.lab.veth(place.client, dev, place.router, dev)
        place.router.ip("link", "set", dev, "master", "customers")
        place.router.addr(dev, f"10.{dev[4:]}.0.1/24")
    place.link(place.server, "eth0", "192.0.2.254/24")
    place.serve("eth0", "192.0.2.1/24", "192.0.2.254")
    place.relay("vrf")
    got = exchange(Link(place.client, "vlan101"), Server(place.server, "192.0.2.1"), None)
    assert got.giaddr == "192.0.2.254" and b"\x05\x04\x0a\x65\0\1" in got.all(82)[0]


def test_leaf_of_ipv6(place):
    place.link(place.client, "vlan10", "2001:db8:10::1/64")
    place.link(place.client, "vlan20", "2001:db8:20::1/64")
    place.link(place.server, "swp51", "2001:db8::51/64")
    place.link(place.server, "swp52", "2001:db8:52::1/64")
    place.server.addr("swp51", "2001:db8::5/64")
    place.relay("leaf6", "-6")
    server = Socket6(place.server, "swp51", 547, address="2001:db8::5")
    host = place.router.run("hostname").stdout.strip().encode()
    for dev, ident in (("vlan10", host + b":vlan10"), ("vlan20", (20).to_bytes(4, sys.byteorder))):
        link = Socket6(place.client, dev, 546)
        link.send(plain())
        got = server.receive()
        mac = bytes.fromhex(place.client.mac(dev).replace(":", ""))
        assert got.link == f"2001:db8:{dev[4:]}::1" and got.get(79) == [b"\0\1" + mac]
        assert got.get(INTERFACE_ID) == [ident]
        server.send(wrapped(RELAY_REPL, plain(ADVERTISE), got.link, link_local(place.client, dev), options=[
            (INTERFACE_ID, got.get(INTERFACE_ID)[0])]), "2001:db8::51")
        assert link.receive().data == plain(ADVERTISE)
        link.sock.close()


def check(*args):
    return subprocess.run([program("relayd"), "-t", *map(str, args)], text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_command_lines_of_the_manual():
    lines = re.findall(r"^\.Dl relayd (.*)$", (PROJECT / "relayd" / "relayd.8").read_text(), re.M)
    assert len(lines) >= 6
    for line in lines:
        done = check(*shlex.split(line.replace("\\&", "")))
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_files_of_the_manual(tmp_path):
    text = (PROJECT / "relayd" / "relayd.conf.5").read_text()
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)
    assert len(blocks) >= 5
    for block in blocks:
        path = tmp_path / "relayd.cfg"
        path.write_text(block)
        done = check(*(["-6"] if "lower =" in block else []), "--config", path)
        assert done.returncode == 0, f"{block}: {done.stderr}"
