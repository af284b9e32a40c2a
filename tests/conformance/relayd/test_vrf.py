# SPDX-License-Identifier: BSD-2-Clause
"""Sockets bound to a device per side: to the interfaces themselves, and to a VRF where there is one."""

import subprocess

import pytest
from lab import Lab, LabError, program
from relaynet import OFFER, SERVER, message
from relaynet6 import RELAY_FORW, RELAY_REPL, REPLY, RelayNet6, plain, wrapped

QUIET = 0.4
SIDES = ("--downstream-vrf", "c0", "--upstream-vrf", "u0")


@pytest.fixture
def net6():
    with Lab("relayd6") as lab:
        yield RelayNet6(lab)


def bound(net):
    """Where the relay's sockets are, as "c0:67"."""
    out = net.router.run("ss", "-Huln").stdout
    return {line.split()[3].replace("0.0.0.0%", "").replace("[::]%", "")
            for line in out.splitlines()}


def both_ways(net, giaddr="10.1.0.1", to="10.1.0.1"):
    got = net.up(message())
    assert got is not None and got.giaddr == giaddr
    back = net.down(message(op=2, kind=OFFER, giaddr=giaddr, yiaddr="10.1.0.5",
                            options=[(82, v) for v in got.all(82)]), to=to)
    assert back is not None and back.yiaddr == "10.1.0.5"
    return got


def test_a_socket_a_side(net):
    net.relay(*SIDES)
    assert bound(net) == {"c0:67", "u0:67"}
    # The server's reply to 10.1.0.1 comes in on u0, where that address is ours as well.
    both_ways(net)


def test_one_socket_where_the_sides_are_the_same(net):
    relay = net.relay("--vrf", "u0")
    assert bound(net) == {"u0:67"}
    assert net.up(message(), QUIET) is None  # c0 is not heard
    assert relay.alive()


def test_one_side_of_none(net):
    net.relay("--vrf", "c0", "--upstream-vrf", "")
    assert bound(net) == {"c0:67", "0.0.0.0:67"}
    both_ways(net)


def test_side_is_really_bound(net):
    net.relay("--downstream-vrf", "u0", "--upstream-vrf", "c0")
    assert net.up(message(), QUIET) is None


def test_relay_port_is_the_upstream_side(net):
    net.relay("-rp", "1067", *SIDES)
    assert bound(net) == {"c0:67", "u0:67", "u0:1067"}
    got = net.up(message())
    assert got.source == ("10.2.0.1", 1067)
    net.server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5",
                            options=[(82, got.all(82)[0])]), "10.1.0.1", 1067)
    assert net.link.receive().yiaddr == "10.1.0.5"


@pytest.mark.parametrize("name, cause", [("nowhere", "UDP port 67 on nowhere"),
                                         ("x" * 16, "not the name of an interface")])
def test_refused(net, name, cause):
    done = subprocess.run(net.router.argv([program("relayd"), "-d", "--control=", "--vrf", name,
                                           "-i", "c0", SERVER]), text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert cause in done.stderr.strip().splitlines()[-1]


def test_ipv6(net6):
    net6.relay("--downstream-vrf", "l0", "--upstream-vrf", "u0")
    assert bound(net6) == {"l0:547", "u0:547"}
    got = net6.up(plain())
    assert got is not None and got.kind == RELAY_FORW
    back = net6.down(wrapped(RELAY_REPL, plain(REPLY), link=got.link, peer=got.peer))
    assert back is not None and back.kind == REPLY


def test_vrf(net):
    """Clients in a VRF, the server outside; replies come to the address on the server's side."""
    try:
        net.router.ip("link", "add", "blue", "type", "vrf", "table", "10")
    except LabError:
        pytest.skip("this kernel has no VRF")
    net.router.ip("link", "set", "blue", "up")
    net.router.ip("link", "set", "c0", "master", "blue")
    net.relay("--downstream-vrf", "blue", "-U", "u0")
    assert bound(net) == {"blue:67", "0.0.0.0:67"}
    got = both_ways(net, giaddr="10.2.0.1", to="10.2.0.1")
    assert b"\x05\x04\x0a\x01\x00\x01" in got.all(82)[0]
