# SPDX-License-Identifier: BSD-2-Clause
"""relaynet6.py -- the same network for DHCPv6, and its messages byte by byte.

    client e0 ---- l0 router u0 ---- e0 server
        2001:db8:1::1    2001:db8:2::1    2001:db8:2::9
"""

import select
import socket
import struct

from relaynet import ask

(SOLICIT, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE, RECONFIGURE,
 INFORMATION_REQUEST, RELAY_FORW, RELAY_REPL, LEASEQUERY) = range(1, 15)
LINK, SERVER = "2001:db8:1::1", "2001:db8:2::9"
RELAY_MSG, INTERFACE_ID, REMOTE_ID, SUBSCRIBER_ID, SOURCE_PORT = 9, 18, 37, 38, 135
DUID = b"\0\3\0\1\2\0\0\0\0\x09"


def ip_bytes(ip):
    return socket.inet_pton(socket.AF_INET6, ip) if isinstance(ip, str) else ip


def option(code, value):
    return struct.pack("!HH", code, len(value)) + value


def plain(kind=SOLICIT, xid=0xabcdef, options=None):
    return bytes([kind]) + xid.to_bytes(3, "big") + (
        option(1, DUID) if options is None else b"".join(option(*o) for o in options))


def wrapped(kind, inner, link="::", peer="fe80::2", hops=0, options=()):
    """A Relay-forward or Relay-reply; inner None: without a relayed message."""
    return bytes([kind, hops]) + ip_bytes(link) + ip_bytes(peer) + b"".join(
        option(*o) for o in options) + (option(RELAY_MSG, inner) if inner is not None else b"")


class Message6:
    def __init__(self, data):
        self.data, self.kind = data, data[0]
        at = 4
        if self.kind in (RELAY_FORW, RELAY_REPL):
            self.hops = data[1]
            self.link = socket.inet_ntop(socket.AF_INET6, data[2:18])
            self.peer = socket.inet_ntop(socket.AF_INET6, data[18:34])
            at = 34
        else:
            self.xid = int.from_bytes(data[1:4], "big")
        self.options = []
        while at < len(data):
            code, size = struct.unpack("!HH", data[at:at + 4])
            self.options.append((code, data[at + 4:at + 4 + size]))
            at += 4 + size

    def get(self, code):
        return [value for c, value in self.options if c == code]

    @property
    def inner(self):
        return self.get(RELAY_MSG)[0]


class Socket6:
    """A UDP socket on a link of a namespace."""

    def __init__(self, ns, dev, port, group=None, address="::", scope=0):
        self.sock = ns.socket(socket.AF_INET6)
        self.index = int(ns.ip("-o", "link", "show", dev).split(":")[0])
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((address, port, 0, scope))
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
        if group:
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                 ip_bytes(group) + struct.pack("@I", self.index))

    def send(self, data, to="ff02::1:2", port=547):
        scope = self.index if to.startswith(("fe80", "ff02")) else 0
        self.sock.sendto(data, (to, port, 0, scope))

    def receive(self, timeout=5.0):
        """The next message, with .source; None when there is none."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return None
        data, source = self.sock.recvfrom(65535)
        got = Message6(data)
        got.source = source
        return got


def link_local(ns, dev):
    for line in ns.ip("-6", "-o", "addr", "show", "dev", dev, "scope", "link").splitlines():
        return line.split()[3].split("/")[0]
    return None


class RelayNet6:
    def __init__(self, lab):
        self.lab = lab
        self.client, self.router, self.server_ns = map(lab.netns, ("client", "router", "server"))
        for ns in (self.client, self.router, self.server_ns):
            ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            ns.sysctl("net.ipv6.conf.default.router_solicitations", 0)
        lab.veth(self.client, "e0", self.router, "l0")
        lab.veth(self.server_ns, "e0", self.router, "u0")
        self.router.addr("l0", LINK + "/64")
        self.router.addr("u0", "2001:db8:2::1/64")
        self.router.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.server_ns.addr("e0", SERVER + "/64")
        self.server_ns.ip("-6", "route", "add", "default", "via", "2001:db8:2::1")
        self.link = Socket6(self.client, "e0", 546)
        self.server = Socket6(self.server_ns, "e0", 547, "ff05::1:3")
        self.address = link_local(self.client, "e0")
        self.control = lab.dir / "run" / "relayd6" / "control"
        self.index = lambda dev: int(self.router.ip("-o", "link", "show", dev).split(":")[0])

    def relay(self, *args, links=("-l", "l0", "-u", "u0"), port=547):
        daemon = self.lab.daemon("relayd", "-6", "-d", *links, *args, ns=self.router,
                                 control=self.control)
        daemon.wait_udp(port)
        daemon.wait_log(r"Bound to \*:")
        return daemon

    def up(self, data, timeout=5.0):
        self.link.send(data)
        return self.server.receive(timeout)

    def down(self, data, timeout=5.0, to="2001:db8:2::1", port=547):
        self.server.send(data, to, port)
        return self.link.receive(timeout)

    def ask(self, command):
        """Answer of the control socket: its lines."""
        return ask(self.control, command)
