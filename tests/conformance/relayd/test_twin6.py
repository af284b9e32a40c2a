# SPDX-License-Identifier: BSD-2-Clause
"""The same generated DHCPv6 packets through dhcrelay and through relayd: what comes out must be the
same to the byte, but for the differences of one table."""

import random
import sys
import time

from lab import Lab, stock, wait_for
from relaynet6 import (INTERFACE_ID, LINK, RELAY_FORW, RELAY_REPL, RelayNet6, plain, wrapped)

# With a number of ours: left to itself dhcrelay counts its interfaces in an order of its own, where
# we say the kernel's index.
LINKS = ("-l", "l0#7", "-u", "u0")
CONFIGS = ["", "-I", "-s customer", "-c 4"]
COUNT = 50  # packets each way and configuration
CLIENTS = (1, 3, 4, 5, 6, 8, 9, 11, 14)
SERVERS = (2, 7, 10, 15)


class Packet:
    """A generated message and what it is made of, for the table below."""

    def __init__(self, rnd, net, going_up, xid):
        self.going_up, self.xid = going_up, xid
        self.kind = rnd.choice(CLIENTS if going_up else SERVERS)
        if rnd.random() < 0.15:
            self.kind = rnd.choice(SERVERS if going_up else CLIENTS)
        elif rnd.random() < 0.1:
            self.kind = rnd.choice((16, 20, 36, 99, 200, 255))
        data = plain(self.kind, xid, [(rnd.choice((1, 3, 6, 8, 39)), rnd.randbytes(rnd.randint(1, 90)))
                                      for _ in range(rnd.randint(1, 6))])
        self.nested, self.hops, self.peer, self.inside = False, 0, net.address, 1
        if going_up and rnd.random() < 0.3:
            self.nested, self.hops = True, rnd.choice((0, 1, 3, 4, 9, 10, 31, 255))
            data = wrapped(RELAY_FORW, data, "2001:db8:7::1", "fe80::7", self.hops)
        if not going_up:
            self.link = rnd.choice([LINK, LINK, "::", "2001:db8:9::1"])
            self.id = rnd.choice([None, net.l0_id, b"\1\2\3\4", b"x"])
            self.peer = rnd.choice([net.address] * 5 + ["ff02::1"])
            self.inside = rnd.choice([1] * 8 + [0])
            data = wrapped(RELAY_REPL, data if self.inside else None, self.link, self.peer,
                           options=[(INTERFACE_ID, self.id)] if self.id else [])
        self.is_cut = rnd.random() < 0.08
        self.data = data[:-1] if self.is_cut else data


# (name, going up?, does it apply?, why ours is right); as in test_twin.py
DIFFERENCES = [
    ("unknown type", True, lambda p, args: p.kind in (16, 20, 36, 99, 200, 255) and not p.nested,
     "RFC 7283 4.1: a relay passes on types it does not know"),
    ("unknown type from a server", False, lambda p, args: p.kind in (16, 20, 36, 99, 200, 255),
     "the same, the other way"),
    ("relay below on another port", True, lambda p, args: p.nested,
     "RFC 8357: the port it sent from is remembered in option 135"),
    ("to a group", False, lambda p, args: p.peer == "ff02::1",
     "a server writes there whose request it answers; nobody's address is a group"),
    ("interface-id not of four bytes", False, lambda p, args: p.id == b"x",
     "with one link there is no choice; dhcrelay gives up on it"),
    ("reply without interface-id", False, lambda p, args: p.id is None and "-I" in args,
     "link-address is as good; dhcrelay -I wants back what it sent"),
]


def drive(net, packets):
    """Send all; what came out: xid -> what the server got, or what the client got."""
    out = {}

    def collect(quiet):
        for name, sock in (("up", net.server), ("down", net.link)):
            while True:
                got = sock.receive(quiet)
                if got is None:
                    break
                message = got
                while message.kind in (RELAY_FORW, RELAY_REPL):
                    message = type(got)(message.inner)
                out.setdefault(message.xid, []).append((name, got.data, got.source[:2]))

    for packet in packets:
        if packet.going_up:
            net.link.send(packet.data)
        else:
            net.server.send(packet.data, "2001:db8:2::1")
        time.sleep(0.002)
        collect(0)
    collect(1)
    return out


def run_isc(net, args, packets):
    isc = net.lab.spawn("dhcrelay", stock("dhcrelay"), "-6", "-d", *args.split(), *LINKS,
                        ns=net.router)
    isc.wait_log("Bound to")
    isc.wait_udp(547)
    time.sleep(0.3)
    out = drive(net, packets)
    assert isc.alive(), isc.text()
    isc.stop()
    wait_for(lambda: 547 not in net.router.ports("udp"), 5, "the end of dhcrelay")
    return out


def run_ours(net, args, packets):
    relay = net.relay(*args.split(), links=LINKS)
    out = drive(net, packets)
    assert relay.stop() == 0
    return out


def test_twin():
    with Lab("twin6") as lab:
        net = RelayNet6(lab)
        rnd = random.Random(8415)
        net.l0_id = (7).to_bytes(4, sys.byteorder)
        used, compared, unexplained, same = set(), 0, [], {"up": 0, "down": 0}
        for number, args in enumerate(CONFIGS):
            packets = [Packet(rnd, net, i % 2 == 0, 0x1000 * (number + 1) + i)
                       for i in range(2 * COUNT)]
            isc, ours = run_isc(net, args, packets), run_ours(net, args, packets)
            for packet in packets:
                compared += 1
                a, b = isc.get(packet.xid, []), ours.get(packet.xid, [])
                if a == b:
                    for entry in a:
                        same[entry[0]] += 1
                    continue
                row = next((r for r in DIFFERENCES
                            if r[1] == packet.going_up and r[2](packet, args)), None)
                if row is None:
                    unexplained.append((args, vars(packet), a, b))
                else:
                    used.add(row[0])
        for args, packet, a, b in unexplained[:10]:
            print(f"\n[{args}] {({k: v for k, v in packet.items() if k != 'data'})}")
            print(f"  sent {packet['data'].hex()}")
            for who, got in (("dhcrelay", a), ("relayd", b)):
                for entry in got or [("nothing", b"", "")]:
                    print(f"  {who}: {entry[0]} {entry[1].hex()} {entry[2]}")
        assert not unexplained, f"{len(unexplained)} of {compared} differ without a reason"
        idle = [row[0] for row in DIFFERENCES if row[0] not in used]
        assert not idle, f"differences that do not show any more: {idle}"
        assert compared >= 200 and min(same.values()) >= 50, same
