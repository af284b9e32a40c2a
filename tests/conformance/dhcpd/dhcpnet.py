# SPDX-License-Identifier: BSD-2-Clause
"""dhcpnet.py -- a link with a server and clients on it.

    client e0 ---- s0 server 192.0.2.1/24
                   s1 server 198.51.100.1/24 ---- e0 relay 198.51.100.2
"""

import json
import re
import socket

from dhcp4 import ACK, DISCOVER, OFFER, REQUEST, Link, Message, message

CONF = """
default-lease-time 600; max-lease-time 7200; authoritative; ping-check false;
option domain-name "example.org";
option domain-name-servers 192.0.2.53;
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.150;
  option routers 192.0.2.1;
  next-server 192.0.2.1;
  filename "pxelinux.0";
}
subnet 198.51.100.0 netmask 255.255.255.0 {
  range 198.51.100.100 198.51.100.150;
  option routers 198.51.100.1;
}
"""


class DhcpNet:
    def __init__(self, lab):
        self.lab = lab
        self.server, self.client = lab.netns("server"), lab.netns("client")
        lab.veth(self.server, "s0", self.client, "e0")
        self.server.addr("s0", "192.0.2.1/24")
        self.link = Link(self.client, "e0")
        self.mac = self.client.mac("e0")
        self.leases = lab.dir / "state" / "dhcpd.leases"
        self.leases.parent.mkdir()
        self.control = lab.dir / "run" / "dhcpd" / "control"
        self.pid_file = lab.dir / "dhcpd.pid"
        self.xid = 0x1000

    def add_relay_link(self):
        """A second link, and a host on it that can play relay."""
        self.relay = self.lab.netns("relay")
        self.lab.veth(self.server, "s1", self.relay, "e0")
        self.server.addr("s1", "198.51.100.1/24")
        self.relay.addr("e0", "198.51.100.2/24")
        self.relay_sock = self.relay.socket()
        self.relay_sock.bind(("198.51.100.2", 67))
        self.relay_sock.settimeout(10)

    def through_relay(self, payload):
        """Send as the relay; the answer, or None."""
        self.relay_sock.sendto(payload, ("198.51.100.1", 67))
        try:
            data, source = self.relay_sock.recvfrom(65535)
        except TimeoutError:
            return None
        got = Message(data)
        got.source = source
        return got

    def args(self, conf=CONF, name="dhcpd.conf"):
        path = self.lab.file(name, conf)
        return ["-cf", path, "-lf", self.leases, "-pf", self.pid_file]

    def start(self, *extra, conf=CONF, interfaces=("s0",), **kwargs):
        """Start our server and wait until it serves."""
        daemon = self.lab.daemon("dhcpd", "-d", *self.args(conf), *extra, *interfaces,
                                 ns=self.server, **kwargs)
        daemon.wait_log("Server starting service")
        return daemon

    def next_xid(self):
        self.xid += 1
        return self.xid

    def ask(self, kind=DISCOVER, timeout=10.0, **kwargs):
        """Send a message as the client; the answer, or None."""
        xid = kwargs.setdefault("xid", self.next_xid())
        kwargs.setdefault("mac", self.mac)
        how = {key: kwargs.pop(key) for key in ("src", "dst", "to_mac") if key in kwargs}
        self.link.send(message(kind, **kwargs), **how)
        return self.link.receive(timeout, xid=xid)

    def lease(self, mac=None, options=(), **kwargs):
        """A whole DORA; the ACK."""
        mac = mac or self.mac
        offer = self.ask(DISCOVER, mac=mac, options=options, **kwargs)
        assert offer is not None and offer.kind == OFFER, offer
        ack = self.ask(REQUEST, mac=mac, **kwargs,
                       options=[(50, offer.yiaddr), (54, offer.get(54)), *options])
        assert ack is not None and ack.kind == ACK and ack.yiaddr == offer.yiaddr, ack
        return ack

    def command(self, command):
        """Answer of the control socket, as objects (text for metrics)."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(5)
        sock.connect(str(self.control))
        sock.sendall(command.encode() + b"\n")
        text = b""
        while not (b'"end":true' in text or b'"error":' in text or text.endswith(b"# EOF\n")):
            more = sock.recv(65536)
            if not more:
                break
            text += more
        sock.close()
        if text.endswith(b"# EOF\n"):
            return text.decode()
        return [json.loads(line) for line in text.decode().splitlines() if line]


def read_leases(path):
    """The last record of each address: {ip: {statement: value}}. As a stranger's tool reads it."""
    found = {}
    text = path.read_text()
    for ip, body in re.findall(r"^lease (\S+) \{\n(.*?)^\}", text, re.M | re.S):
        rec = {}
        for line in body.splitlines():
            m = re.match(r"  (binding state|next binding state|hardware ethernet|starts|ends|cltt|tstp|uid|"
                         r"client-hostname|set \S+ =) (.*);", line)
            if m:
                rec[m.group(1)] = m.group(2)
        found[ip] = rec
    return found

