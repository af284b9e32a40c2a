# SPDX-License-Identifier: BSD-2-Clause
"""relaynet.py -- a client's link, a router and a server's link, with hands on every packet.

    client e0 ---- c0 router u0 ---- e0 server
                   10.1.0.1   10.2.0.1   10.2.0.9

Messages are made and read here byte by byte, without anything of the suite's own."""

import select
import socket
import struct
import time

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
CLIENT_LINK, SERVER = "10.1.0.1", "10.2.0.9"
MAC = bytes.fromhex("020000000009")
COOKIE = bytes.fromhex("63825363")


def ip_bytes(ip):
    return socket.inet_aton(ip) if isinstance(ip, str) else ip


def message(op=1, kind=DISCOVER, giaddr="0.0.0.0", ciaddr="0.0.0.0", yiaddr="0.0.0.0", hops=0,
            flags=0, xid=0x11223344, mac=MAC, htype=1, hlen=None, secs=0, options=(), cookie=True,
            end=True, pad=300):
    """Bytes of a message; options are (code, value) pairs behind option 53."""
    data = struct.pack("!BBBBIHH", op, htype, len(mac) if hlen is None else hlen, hops, xid, secs,
                       flags)
    data += ip_bytes(ciaddr) + ip_bytes(yiaddr) + bytes(4) + ip_bytes(giaddr)
    data += mac.ljust(16, b"\0")[:16] + bytes(192)
    if cookie:
        data += COOKIE
        if kind is not None:
            data += bytes([53, 1, kind])
        for code, value in options:
            data += bytes([code, len(value)]) + value
        if end:
            data += b"\xff"
    return data.ljust(pad, b"\0")


class Message:
    """A received message taken apart."""

    def __init__(self, data):
        self.data = data
        (self.op, self.htype, self.hlen, self.hops, self.xid, self.secs,
         self.flags) = struct.unpack("!BBBBIHH", data[:12])
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (
            socket.inet_ntoa(data[at:at + 4]) for at in (12, 16, 20, 24))
        self.options, at = [], 240
        while data[236:240] == COOKIE and at < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            size = data[at + 1]
            self.options.append((data[at], data[at + 2:at + 2 + size]))
            at += 2 + size

    def get(self, code):
        """All values of an option."""
        return [value for c, value in self.options if c == code]

    @property
    def kind(self):
        return self.get(53)[0][0] if self.get(53) else None


def agent(*subs):
    """Body of option 82 from (code, value) pairs."""
    return b"".join(bytes([code, len(value)]) + value for code, value in subs)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(payload, src="0.0.0.0", dst="255.255.255.255", sport=68, dport=67,
          to_mac=b"\xff" * 6, from_mac=MAC):
    """An Ethernet frame with IPv4 and UDP headers that a client without address would send."""
    udp = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    head += ip_bytes(src) + ip_bytes(dst)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return to_mac + from_mac + b"\x08\x00" + head + udp


class Delivered:
    """A UDP datagram as it was seen on a link."""

    def __init__(self, raw):
        self.to_mac, self.from_mac = raw[:6], raw[6:12]
        head = raw[14:]
        size = (head[0] & 15) * 4
        self.src, self.dst = socket.inet_ntoa(head[12:16]), socket.inet_ntoa(head[16:20])
        self.sport, self.dport, length, self.udp_sum = struct.unpack("!HHHH", head[size:size + 8])
        payload = head[size + 8:size + length]
        self.pseudo_ok = self.udp_sum == 0 or checksum(
            head[12:20] + struct.pack("!BBH", 0, 17, length) + head[size:size + length]) == 0
        self.head_ok = checksum(head[:size]) == 0
        self.message = Message(payload) if len(payload) >= 240 else None
        self.payload = payload


class Link:
    """Everything on a link, as frames."""

    def __init__(self, ns, dev):
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.sock.bind((dev, 0x0800))
        # Ours are seen too, as "outgoing" (packet type 4); they are skipped below.

    def send(self, payload, **kwargs):
        self.sock.send(frame(payload, **kwargs))

    def receive(self, timeout=5.0, dport=68):
        """The next datagram to this port, or None."""
        end = time.monotonic() + timeout
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.sock], [], [], left)[0]:
                return None
            raw, where = self.sock.recvfrom(65535)
            if where[2] == 4 or raw[12:14] != b"\x08\x00" or raw[23] != 17:
                continue
            got = Delivered(raw)
            if got.dport == dport:
                return got


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
        return text.decode().splitlines()
