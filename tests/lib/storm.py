# SPDX-License-Identifier: BSD-2-Clause
"""storm.py -- a room of machines that are switched on at once, without the machines.

Each takes an address as firmware does, asks for the menus that pxelinux looks for, reads loader and
kernel by TFTP and the initial RAM disk and its answers by HTTP, from an address of its own, with
the time-outs that firmware has. What it reads is compared.

        server ---- bridge ---- wire: DHCP of all machines, as frames
                         +----- room: one address a machine, their TFTP and HTTP
"""

import random
import socket
import struct
import threading
import time

from dhcp4 import ACK, BROADCAST, DISCOVER, OFFER, REQUEST, Link, message

SERVER = "192.0.2.1"
ARCH_BIOS, VENDOR = (93, b"\0\0"), (60, b"PXEClient:Arch:00000:UNDI:002001")
WANTED = (55, bytes([1, 3, 6, 12, 15, 43, 60, 66, 67]))
DHCPD_CONF = """\
default-lease-time 3600;
max-lease-time 7200;
subnet 192.0.2.0 netmask 255.255.255.0 {
    range 192.0.2.10 192.0.2.250;
    next-server 192.0.2.1;
    filename "pxelinux.0";
}
"""
SIZES = {"pxelinux.0": 42430, "vmlinuz": 384 << 10, "initrd.img": 2 << 20, "ks.cfg": 1500}


def content(name):
    return random.Random(name).randbytes(SIZES[name])


def network(lab):
    """(server, wire, room) namespaces, the server's with an address."""
    server, lan = lab.netns("server"), lab.netns("lan")
    wire, room = lab.netns("wire"), lab.netns("room")
    lab.bridge(lan, "br0")
    for ns, dev, port in ((server, "eth0", "p0"), (wire, "e0", "p1"), (room, "e0", "p2")):
        lab.veth(ns, dev, lan, port)
        lan.ip("link", "set", port, "master", "br0")
        ns.ip("link", "set", dev, "up")
    server.addr("eth0", f"{SERVER}/24")
    return server, wire, room


def files(lab):
    for folder, names in (("tftpboot", ("pxelinux.0", "vmlinuz")), ("html", ("initrd.img", "ks.cfg"))):
        for name in names:
            lab.file(f"{folder}/{name}", content(name))
    return lab.dir / "tftpboot", lab.dir / "html"


class Wire:
    """DHCP of all machines: frames out, answers sorted by transaction."""

    def __init__(self, ns):
        self.link, self.lock = Link(ns, "e0"), threading.Lock()
        self.waiting, self.closed = {}, False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while not self.closed:
            got = self.link.receive(0.2)
            with self.lock:
                box = self.waiting.get(got.xid) if got else None
            if box is not None:
                box["got"].append(got)
                box["event"].set()

    def close(self):
        self.closed = True
        self.thread.join()

    def ask(self, kind, xid, expected, **fields):
        """Send until an answer of the expected kind comes: 1, 2, 4, 8 and 16 s, as firmware does."""
        box = {"got": [], "event": threading.Event()}
        with self.lock:
            self.waiting[xid] = box
        try:
            for wait in (1, 2, 4, 8, 16):
                with self.lock:
                    self.link.send(message(kind, xid=xid, flags=BROADCAST, **fields))
                end = time.monotonic() + wait
                while time.monotonic() < end:
                    box["event"].wait(max(0, end - time.monotonic()))
                    box["event"].clear()
                    for answer in box["got"]:
                        if answer.kind == expected:
                            return answer
            raise TimeoutError(f"no answer of kind {expected} to kind {kind}")
        finally:
            with self.lock:
                del self.waiting[xid]


class Machine:
    """One boot, from DISCOVER to its answer file."""

    def __init__(self, number, wire, room):
        self.number, self.wire, self.room = number, wire, room
        self.mac = bytes([2, 0, 0, 0x5c, number >> 8, number & 255])
        self.failed, self.bytes, self.seconds, self.ip = None, 0, 0.0, None

    def run(self):
        start = time.monotonic()
        try:
            self.boot()
        except (OSError, ValueError) as e:
            self.failed = f"machine {self.number} ({self.ip}): {type(e).__name__}: {e}"
        self.seconds = time.monotonic() - start

    def boot(self):
        base = 0x5c000000 + self.number * 16
        say = dict(mac=self.mac)
        offer = self.wire.ask(DISCOVER, base, OFFER, **say, options=[ARCH_BIOS, VENDOR, WANTED])
        ack = self.wire.ask(REQUEST, base + 1, ACK, **say, options=[
            (50, offer.yiaddr), (54, offer.ip(54)), ARCH_BIOS, VENDOR, WANTED])
        self.ip = ack.yiaddr
        self.room.ip("addr", "add", f"{self.ip}/24", "dev", "e0")
        loader = ack.file.split(b"\0")[0].decode()
        self.check(loader, self.tftp(loader, 1432))
        for end in range(8, 0, -1):
            name = "pxelinux.cfg/" + socket.inet_aton(self.ip).hex().upper()[:end]
            if self.tftp(name, 1408) is not None:
                raise ValueError(f"{name} is not there and was sent")
        self.check("vmlinuz", self.tftp("vmlinuz", 1408))
        self.check("initrd.img", self.http("initrd.img"))
        self.check("ks.cfg", self.http("ks.cfg"))

    def check(self, name, got):
        if got != content(name):
            raise ValueError(f"{name}: {len(got or b'')} bytes that differ from the file")
        self.bytes += len(got)

    def tftp(self, name, blksize):
        """The file, or None when the server says that there is none."""
        with self.room.socket() as sock:
            sock.bind((self.ip, 0))
            request = b"\0\1" + b"\0".join([name.encode(), b"octet", b"tsize", b"0", b"blksize",
                                            str(blksize).encode(), b""])
            packet, to, block, data, tries = request, (SERVER, 69), 0, [], 0
            while True:
                sock.sendto(packet, to)
                sock.settimeout(min(8, 1 << tries))
                try:
                    got, peer = sock.recvfrom(2048)
                except TimeoutError:
                    tries += 1
                    if tries == 6:
                        raise TimeoutError(f"{name}: no answer from tftpd at block {block}") from None
                    continue
                tries = 0
                kind, number = struct.unpack("!HH", got[:4])
                if kind == 5:
                    if number == 1:
                        return None
                    raise ValueError(f"{name}: {got[4:]!r}")
                to = peer
                if kind == 6:
                    packet = struct.pack("!HH", 4, 0)
                elif kind == 3 and number == (block + 1) & 0xffff:
                    block += 1
                    data.append(got[4:])
                    packet = struct.pack("!HH", 4, number)
                    if len(got) - 4 < blksize:
                        sock.sendto(packet, to)
                        return b"".join(data)

    def http(self, name):
        with self.room.socket(kind=socket.SOCK_STREAM) as sock:
            sock.bind((self.ip, 0))
            sock.settimeout(30)
            sock.connect((SERVER, 80))
            sock.sendall(f"GET /{name} HTTP/1.0\r\nHost: {SERVER}\r\n\r\n".encode())
            parts = []
            while part := sock.recv(1 << 18):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ValueError(f"{name}: {head[:60]!r}")
        return body


def run(wire_ns, room, count):
    """Switch the machines on. Returns them and the seconds until the last was done."""
    wire = Wire(wire_ns)
    machines = [Machine(n, wire, room) for n in range(count)]
    threads = [threading.Thread(target=m.run) for m in machines]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wire.close()
    return machines, time.monotonic() - start


def summary(machines, seconds):
    """One line: how many came up, how long it took, what was carried."""
    done = sorted(m.seconds for m in machines if not m.failed)
    carried = sum(m.bytes for m in machines)
    if not done:
        return f"none of {len(machines)} machines came up"
    return (f"{len(done)} of {len(machines)} machines up in {seconds:.1f} s: half within "
            f"{done[len(done) // 2]:.1f} s, {carried / 1e6:.0f} MB, {carried / 1e6 / seconds:.0f} MB/s")
