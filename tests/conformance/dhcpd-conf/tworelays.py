# SPDX-License-Identifier: BSD-2-Clause
"""tworelays.py -- what the twin tests share: a server and a relay on all its networks, once ours and
once ISC's, and packets sent to both."""

import select
import time

from dhcp4 import DISCOVER, Message, message
from twingen import NETS

SENTINEL = {"mac": "02:00:00:ff:ff:ff", "giaddr": "10.0.0.2", "hops": 1, "options": []}


class Side:
    """A server, and a relay that stands on every network."""

    def __init__(self, lab, name):
        self.server, self.relay = lab.netns(f"{name}-server"), lab.netns(f"{name}-relay")
        lab.veth(self.server, "s0", self.relay, "e0")
        self.server.addr("s0", "10.0.0.1/16")
        self.relay.addr("e0", "10.0.0.2/16", *(f"10.{n}.0.{last}/32" for n in (*NETS, 9) for last in (1, 77)))
        self.server.ip("route", "add", "10.0.0.0/8", "via", "10.0.0.2")
        self.leases = lab.file(f"{name}/dhcpd.leases", "")
        self.socks = [self.relay.socket(), self.relay.socket()]
        for sock, port in zip(self.socks, (67, 68)):
            sock.bind(("0.0.0.0", port))


def gather(sides, last, quiet):
    """Answers of both sides, by xid. Both servers answer in order, so that a packet without an answer is
    noticed when the last one, which always has one, is answered. Only what waits for the disk comes later:
    when one side has an answer that the other has not, a slow disk may be why."""
    got = [{}, {}]
    end = time.monotonic() + 30
    quiet_since = time.monotonic()
    while time.monotonic() < end:
        socks = {sock: answers for side, answers in zip(sides, got) for sock in side.socks}
        ready = select.select(list(socks), [], [], quiet / 2)[0]
        for sock in ready:
            answer = Message(sock.recv(65535))
            answer.port = sock.getsockname()[1]
            socks[sock][answer.xid] = answer
        if ready:
            quiet_since = time.monotonic()
        elif all(last in answers for answers in got):
            if time.monotonic() - quiet_since > (quiet if set(got[0]) == set(got[1]) else 5):
                return got
    raise AssertionError("a server does not answer any more")


def ask(sides, batch, xid, quiet=0.03):
    """Send pair["bytes"] to its side; the answers of both. One more xid than there are pairs is used."""
    last = message(DISCOVER, xid=xid + len(batch), **SENTINEL)
    for i, side in enumerate(sides):
        for payload in [pair["bytes"][i] for pair in batch] + [last]:
            side.socks[0].sendto(payload, ("10.0.0.1", 67))
    return gather(sides, xid + len(batch), quiet)
