# SPDX-License-Identifier: BSD-2-Clause
"""twolinks.py -- what the twin tests share: a server with its link, once ours and once ISC's."""

from dhcp4 import Link


class Side:
    """One server with its link."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.server, self.client = lab.netns(f"{name}-server"), lab.netns(f"{name}-client")
        lab.veth(self.server, "s0", self.client, "e0")
        self.server.addr("s0", "192.0.2.1/24")
        self.server.ip("neigh", "add", "198.51.100.1", "lladdr", "02:00:00:00:ee:ee", "dev", "s0")
        self.server.ip("route", "add", "198.51.100.0/24", "dev", "s0")
        self.server.ip("route", "add", "203.0.113.0/24", "dev", "s0")
        self.link = Link(self.client, "e0")

    def ask(self, payload, xid, dport, timeout):
        self.link.send(payload)
        return self.link.receive(timeout, dport=dport, xid=xid)


def close(a, b):
    """Lease times may differ by the second that has passed on one side."""
    return a == b or (a is not None and b is not None and abs(a - b) <= 2)
