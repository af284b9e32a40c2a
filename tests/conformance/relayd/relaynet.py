# SPDX-License-Identifier: BSD-2-Clause
"""relaynet.py -- a client's link, a router and a server's link, with hands on every packet.

    client e0 ---- c0 router u0 ---- e0 server
                   10.1.0.1   10.2.0.1   10.2.0.9

Messages are made and read byte by byte in dhcp4.py."""

import select
import socket

import dhcp4
from dhcp4 import ACK, DECLINE, DISCOVER, INFORM, NAK, OFFER, RELEASE, REQUEST, Message  # noqa: F401

CLIENT_LINK, SERVER = "10.1.0.1", "10.2.0.9"
MAC = bytes.fromhex("020000000009")


def message(op=1, kind=DISCOVER, mac=MAC, **fields):
    """As dhcp4.message, of our client."""
    return dhcp4.message(kind, mac, op, **fields)


def agent(*subs):
    """Body of option 82 from (code, value) pairs."""
    return b"".join(bytes([code, len(value)]) + value for code, value in subs)


class Link(dhcp4.Link):
    """The client's link: what is no message is sent too, and waiting is longer."""

    def send(self, payload, **kwargs):
        super().send(payload, **{"from_mac": MAC, **kwargs})

    def receive(self, timeout=5.0, dport=68):
        return super().receive(timeout, dport)


class Server:
    """A server that is a bare socket."""

    def __init__(self, ns, address=SERVER, port=67):
        self.sock = ns.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.sock.bind((address, port))

    def receive(self, timeout=5.0):
        """The next message, with .source; None when there is none."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return None
        data, source = self.sock.recvfrom(65535)
        got = Message(data)
        got.source = source
        return got

    def send(self, payload, to, port=67):
        self.sock.sendto(payload, (to, port))


def ask(control, command):
    """Answer of a control socket: its lines."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(control))
        sock.sendall(command.encode() + b"\n")
        text = b""
        while not (b'"end":true' in text or b'"error":' in text or text.endswith(b"# EOF\n")):
            more = sock.recv(65536)
            if not more:
                break
            text += more
    return text.decode().splitlines()


class RelayNet:
    def __init__(self, lab):
        self.lab = lab
        self.client, self.router, self.server_ns = map(lab.netns, ("client", "router", "server"))
        lab.veth(self.client, "e0", self.router, "c0")
        lab.veth(self.server_ns, "e0", self.router, "u0")
        self.router.addr("c0", "10.1.0.1/24")
        self.router.addr("u0", "10.2.0.1/24")
        self.router.sysctl("net.ipv4.ip_forward", 1)
        self.server_ns.addr("e0", "10.2.0.9/24")
        self.server_ns.ip("route", "add", "default", "via", "10.2.0.1")
        self.link = Link(self.client, "e0")
        self.server = Server(self.server_ns)
        self.control = lab.dir / "run" / "relayd" / "control"

    def relay(self, *args, servers=(SERVER,), sides=("-id", "c0", "-iu", "u0"), port=67):
        daemon = self.lab.daemon("relayd", "-d", *sides, *args, *servers, ns=self.router)
        daemon.wait_udp(port)
        daemon.wait_log("Sending on   Socket/fallback")
        return daemon

    def up(self, payload, timeout=5.0, **kwargs):
        """Send as the client; what the server gets, or None."""
        self.link.send(payload, **kwargs)
        return self.server.receive(timeout)

    def down(self, payload, timeout=5.0, to=CLIENT_LINK, dport=68):
        """Send as the server; what arrives on the client's link, or None."""
        self.server.send(payload, to)
        return self.link.receive(timeout, dport)

    def ask(self, command):
        """Answer of the control socket: its lines."""
        return ask(self.control, command)
