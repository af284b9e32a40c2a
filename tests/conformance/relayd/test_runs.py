# SPDX-License-Identifier: BSD-2-Clause
"""Packets of one size leave for a server in one call: what arrives is what single ones would be."""

import json
import signal

import pytest
from relaynet import Server, message

COUNT = 40
SIZES = {"one size": [300] * COUNT, "two sizes": [300, 300, 300, 548] * (COUNT // 4),
         "all differ": [300 + i for i in range(COUNT)], "small and long": [300, 1390, 1390, 1472] * (COUNT // 4)}


def burst(net, relay, sizes):
    """All at once: they wait for the relay, which then reads many in one go."""
    relay.signal(signal.SIGSTOP)
    for xid, size in enumerate(sizes):
        net.link.send(message(xid=xid, pad=size))
    relay.signal(signal.SIGCONT)


def receive(server, n):
    got = []
    while len(got) < n:
        one = server.receive(10)
        if one is None:
            break
        got.append((one.xid, len(one.data), one.giaddr, one.hops))
    return got


def wanted(sizes):
    return [(xid, size, "10.1.0.1", 1) for xid, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_every_packet_arrives_whole_and_in_order(net, sizes):
    relay = net.relay()
    burst(net, relay, sizes)
    assert receive(net.server, len(sizes)) == wanted(sizes)


def test_every_server_gets_every_packet(net):
    net.server_ns.addr("e0", "10.2.0.10/24")
    second = Server(net.server_ns, "10.2.0.10")
    relay = net.relay(servers=("10.2.0.9", "10.2.0.10"))
    burst(net, relay, SIZES["one size"])
    assert receive(net.server, COUNT) == receive(second, COUNT) == wanted(SIZES["one size"])
    states = [json.loads(line) for line in net.ask("servers") if '"name"' in line]
    assert [(s["sent"], s["failed"]) for s in states] == [(COUNT, 0)] * 2


def test_a_route_with_a_small_mtu(net):
    """The kernel refuses a run of packets that its route would fragment; each one alone it takes."""
    net.router.ip("route", "add", "10.2.0.9/32", "dev", "u0", "mtu", "600")
    relay = net.relay()
    for _ in range(2):
        burst(net, relay, [1000] * COUNT)
        assert receive(net.server, COUNT) == wanted([1000] * COUNT)
    burst(net, relay, [400] * COUNT)
    assert receive(net.server, COUNT) == wanted([400] * COUNT)
    assert json.loads(net.ask("servers")[0])["failed"] == 0


def test_failures_are_of_each_packet(net):
    net.router.ip("route", "add", "unreachable", "203.0.113.9")
    relay = net.relay(servers=("203.0.113.9", "10.2.0.9"))
    burst(net, relay, SIZES["one size"])
    assert receive(net.server, COUNT) == wanted(SIZES["one size"])
    dead, alive = [json.loads(line) for line in net.ask("servers") if '"name"' in line]
    assert (dead["sent"], dead["failed"], alive["sent"], alive["failed"]) == (0, COUNT, COUNT, 0)
