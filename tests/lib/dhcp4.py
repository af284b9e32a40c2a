# SPDX-License-Identifier: BSD-2-Clause
"""dhcp4.py -- DHCPv4 messages and frames made and read byte by byte, without anything of the suite.

A message is built from what the test says and nothing else, so that malformed ones can be built too.
"""

import select
import socket
import struct
import time

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
NAMES = {1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM"}
COOKIE = bytes.fromhex("63825363")
BROADCAST = 0x8000


def ip_bytes(ip):
    return socket.inet_aton(ip) if isinstance(ip, str) else ip


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", "")) if isinstance(mac, str) else mac


def message(kind=DISCOVER, mac="02:00:00:00:00:01", op=1, giaddr="0.0.0.0", ciaddr="0.0.0.0",
            yiaddr="0.0.0.0", hops=0, flags=0, xid=0x11223344, htype=1, hlen=None, secs=0,
            options=(), cookie=True, end=True, pad=300):
    """Bytes of a message; options are (code, value) pairs behind option 53 (kind None: BOOTP)."""
    mac = mac_bytes(mac)
    data = struct.pack("!BBBBIHH", op, htype, len(mac) if hlen is None else hlen, hops, xid, secs,
                       flags)
    data += ip_bytes(ciaddr) + ip_bytes(yiaddr) + bytes(4) + ip_bytes(giaddr)
    data += mac.ljust(16, b"\0")[:16] + bytes(192)
    if cookie:
        data += COOKIE
        if kind is not None:
            data += bytes([53, 1, kind])
        for code, value in options:
            value = ip_bytes(value) if isinstance(value, str) else value
            data += bytes([code, len(value)]) + value
        if end:
            data += b"\xff"
    return data.ljust(pad, b"\0")


class Message:
    """A received message taken apart; overloaded fields are read too (RFC 2131 4.1)."""

    def __init__(self, data):
        self.data = data
        (self.op, self.htype, self.hlen, self.hops, self.xid, self.secs,
         self.flags) = struct.unpack("!BBBBIHH", data[:12])
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (
            socket.inet_ntoa(data[at:at + 4]) for at in (12, 16, 20, 24))
        self.chaddr = data[28:28 + min(self.hlen, 16)]
        self.sname, self.file = data[44:108], data[108:236]
        self.options = self._walk(data[240:]) if data[236:240] == COOKIE else []
        overload = self.get(52)[0] if self.get(52) is not None else 0
        if overload & 1:
            self.options += self._walk(self.file)
        if overload & 2:
            self.options += self._walk(self.sname)

    @staticmethod
    def _walk(data):
        found, at = [], 0
        while at < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            size = data[at + 1]
            found.append((data[at], data[at + 2:at + 2 + size]))
            at += 2 + size
        return found

    def get(self, code):
        """Value of an option, its instances joined (RFC 3396); None when absent."""
        values = self.all(code)
        return b"".join(values) if values else None

    def all(self, code):
        """Values of an option, one an instance."""
        return [value for c, value in self.options if c == code]

    def ip(self, code):
        value = self.get(code)
        return socket.inet_ntoa(value) if value and len(value) == 4 else None

    def u32(self, code):
        value = self.get(code)
        return struct.unpack("!I", value)[0] if value and len(value) == 4 else None

    @property
    def kind(self):
        return self.get(53)[0] if self.get(53) else None

    def __repr__(self):
        return f"<{NAMES.get(self.kind, self.kind)} yiaddr={self.yiaddr} {self.options}>"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(payload, from_mac, src="0.0.0.0", dst="255.255.255.255", sport=68, dport=67,
          to_mac="ff:ff:ff:ff:ff:ff"):
    """An Ethernet frame with IPv4 and UDP headers, as a client without address would send it."""
    udp = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    head += ip_bytes(src) + ip_bytes(dst)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return mac_bytes(to_mac) + mac_bytes(from_mac) + b"\x08\x00" + head + udp


class Datagram(Message):
    """A message with the headers it came in."""

    def __init__(self, raw):
        head = raw[14:]
        size = (head[0] & 15) * 4
        self.to_mac, self.from_mac = raw[:6], raw[6:12]
        self.tos, self.ttl = head[1], head[8]
        self.src, self.dst = socket.inet_ntoa(head[12:16]), socket.inet_ntoa(head[16:20])
        self.sport, self.dport, length, self.udp_sum = struct.unpack("!HHHH", head[size:size + 8])
        self.head_ok = checksum(head[:size]) == 0
        self.udp_ok = self.udp_sum == 0 or checksum(
            head[12:20] + struct.pack("!BBH", 0, 17, length) + head[size:size + length]) == 0
        super().__init__(head[size + 8:size + length])


class Link:
    """A client's end of a link: frames out, everything in."""

    def __init__(self, ns, dev):
        self.mac = ns.mac(dev)
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((dev, 0x0800))

    def send(self, payload, **kwargs):
        kwargs.setdefault("from_mac", payload[28:34])
        self.sock.send(frame(payload, **kwargs))

    def receive(self, timeout=20.0, dport=68, xid=None):
        """The next message to this port, 0 for any (and with this xid), or None when none came: who
        expects that says for how long."""
        end = time.monotonic() + timeout
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.sock], [], [], left)[0]:
                return None
            raw, where = self.sock.recvfrom(65535)
            if where[2] == 4 or raw[12:14] != b"\x08\x00" or raw[23] != 17:
                continue  # our own, or no UDP
            if len(raw) < 282 or dport not in (0, struct.unpack("!H", raw[36:38])[0]):
                continue
            got = Datagram(raw)
            if xid is None or got.xid == xid:
                return got
