# SPDX-License-Identifier: BSD-2-Clause
"""tftplab.py -- TFTP packets by hand, a client that can misbehave, and servers to try it on."""

import json
import os
import random
import select
import socket
import struct
import time

from lab import LabError, program

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
BIG = 300_007  # bytes; a multiple of nothing


class Packet:
    """A parsed packet from the server; anything malformed is an assertion."""

    def __init__(self, raw, source):
        self.raw, self.source = raw, source
        assert len(raw) >= 4, f"a packet of {len(raw)} bytes"
        self.op, = struct.unpack("!H", raw[:2])
        self.block = self.code = self.data = self.text = self.options = None
        if self.op in (DATA, ACK):
            self.block, = struct.unpack("!H", raw[2:4])
            self.data = raw[4:]
            assert self.op == DATA or len(raw) == 4, f"an ACK of {len(raw)} bytes"
        elif self.op == ERROR:
            self.code, = struct.unpack("!H", raw[2:4])
            assert raw.endswith(b"\0"), "the text of an ERROR ends with NUL"
            self.text = raw[4:-1].decode()
        elif self.op == OACK:
            words = raw[2:].split(b"\0")
            assert words.pop() == b"" and len(words) % 2 == 0, f"bad OACK {raw!r}"
            self.options = [(n.decode(), v.decode()) for n, v in zip(words[::2], words[1::2])]
        else:
            raise AssertionError(f"opcode {self.op} from a server")

    def __repr__(self):
        names = {DATA: "DATA", ACK: "ACK", ERROR: "ERROR", OACK: "OACK"}
        what = self.options if self.op == OACK else self.text if self.op == ERROR else ""
        number = self.code if self.op == ERROR else self.block
        return f"<{names[self.op]} {number} {what} {len(self.raw)} bytes>"


def request(op, name, mode="octet", **options):
    """The bytes of an RRQ or WRQ; options in the order given."""
    raw = struct.pack("!H", op)
    for word in [name, mode] + [w for pair in options.items() for w in pair]:
        raw += (word if isinstance(word, bytes) else str(word).encode()) + b"\0"
    return raw


def ack(block):
    return struct.pack("!HH", ACK, block % 65536)


def data(block, payload=b""):
    return struct.pack("!HH", DATA, block % 65536) + payload


def error(code, text=b"no"):
    return struct.pack("!HH", ERROR, code) + text + b"\0"


class Client:
    """A socket that talks to one server; remembers the TID that answered first."""

    def __init__(self, server, family=None, to=None):
        self.server = server
        self.to = to or server.host
        family = family or (socket.AF_INET6 if ":" in self.to else socket.AF_INET)
        self.sock = server.ns.socket(family)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.peer = None

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.sock.close()

    def ask(self, *args, **kwargs):
        """Send a request to the well-known port; the next answer may come from anywhere."""
        self.raw(request(*args, **kwargs))

    def raw(self, packet):
        self.peer = None
        self.sock.sendto(packet, (self.to, self.server.port))

    def send(self, packet):
        self.sock.sendto(packet, self.peer)

    def recv(self, timeout=5):
        """Next packet of this transfer; None after timeout seconds."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return None
            raw, source = self.sock.recvfrom(70000)
            if self.peer is None:
                self.peer = source
            if source == self.peer:
                return Packet(raw, source)

    def quiet(self, seconds=0.4):
        """Assert that nothing comes."""
        got = self.recv(seconds)
        assert got is None, f"nothing should come, but {got!r} did"

    def get(self, name, mode="octet", wrap=0, chaos=None, **options):
        """Read a whole file as a correct client; returns (bytes, options of the OACK).

        chaos: a Chaos that loses, doubles and swaps packets both ways."""
        chaos = chaos or Chaos(0)
        req = request(RRQ, name, mode, **options)
        granted, body, expect, last_ack = {}, bytearray(), 1, None
        blksize, window, in_window = 512, 1, 0
        self.raw(req)
        while True:
            p = chaos.take(lambda: self.recv(0.5 if chaos.rate else 5))
            if p is None:
                assert chaos.rate, "the server has gone silent"
                assert chaos.patience(), "too many repeats"
                in_window = 0
                chaos.give(self.send if last_ack else lambda _: self.sock.sendto(
                    req, (self.to, self.server.port)), last_ack or req)
                continue
            if p.op == ERROR:
                raise ServerError(p.code, p.text)
            if p.op == OACK:
                granted = {n.lower(): v for n, v in p.options}
                blksize = int(granted.get("blksize", 512))
                window = int(granted.get("windowsize", 1))
                if expect == 1 and not body:
                    last_ack = ack(0)
                    chaos.give(self.send, last_ack)
                continue
            assert p.op == DATA, p
            if p.block != wire(expect, wrap):
                if in_window >= 0 and last_ack:
                    in_window = -1  # one ACK per gap
                    chaos.give(self.send, last_ack)
                continue
            in_window = max(in_window, 0) + 1
            assert len(p.data) <= blksize
            body += p.data
            last_ack = ack(wire(expect, wrap))
            expect += 1
            if len(p.data) < blksize:
                self.send(last_ack)
                return bytes(body), granted
            if in_window >= window:
                in_window = 0
                chaos.give(self.send, last_ack)

    def put(self, name, body, mode="octet", wrap=0, **options):
        """Write a whole file in lockstep or windows; returns the options of the OACK."""
        self.ask(WRQ, name, mode, **options)
        p = self.recv()
        assert p is not None, "no answer to a WRQ"
        if p.op == ERROR:
            raise ServerError(p.code, p.text)
        granted = dict(p.options or [])
        assert p.op == OACK or (p.op == ACK and p.block == 0), p
        blksize, window = int(granted.get("blksize", 512)), int(granted.get("windowsize", 1))
        blocks = [body[i:i + blksize] for i in range(0, len(body) + 1, blksize)]
        if len(blocks[-1]) == blksize:
            blocks.append(b"")
        sent = 0
        while sent < len(blocks):
            last = min(sent + window, len(blocks))
            for i in range(sent, last):
                self.send(data(wire(i + 1, wrap), blocks[i]))
            p = self.recv()
            assert p is not None, "no ACK"
            if p.op == ERROR:
                raise ServerError(p.code, p.text)
            assert p.op == ACK and p.block == wire(last, wrap), (p, last)
            sent = last
        return granted


class ServerError(Exception):
    """The server answered ERROR."""

    def __init__(self, code, text):
        super().__init__(f"ERROR {code} {text}")
        self.code, self.text = code, text


class Chaos:
    """Loses, doubles and swaps packets with the same luck in every run."""

    def __init__(self, rate, seed=1):
        self.rate, self.random, self.held, self.silences = rate, random.Random(seed), [], 0

    def patience(self):
        self.silences += 1
        return self.silences < 400

    def give(self, send, packet):
        luck = self.random.random()
        if luck < self.rate:
            return
        send(packet)
        if luck > 1 - self.rate:
            send(packet)

    def take(self, recv):
        if self.held and self.random.random() < 0.7:
            return self.held.pop(0)
        p = recv()
        luck = self.random.random()
        if p is None or luck >= 3 * self.rate:
            return p
        if luck < self.rate:
            return self.take(recv)  # lost
        self.held.append(p)  # doubled, or late
        return p if luck < 2 * self.rate else self.take(recv)


def wire(block, wrap):
    return block if block < 65536 else wrap + (block - 65536) % (65536 - wrap)


def listen(server, group, port):
    """A socket that hears what is sent to a multicast group on lo."""
    sock = server.ns.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((group, port))
    loopback = 1  # its interface index
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    struct.pack("=4s4si", socket.inet_aton(group), b"\0" * 4, loopback))
    return sock


class Server:
    """One running tftpd with its root."""

    def __init__(self, servers, proc, root, host, port):
        self.ns, self.lab = servers.ns, servers.lab
        self.proc, self.root, self.host, self.port = proc, root, host, port
        self.control_path = None

    def client(self, **kwargs):
        return Client(self, **kwargs)

    def file(self, name, content=None, mode=0o644):
        """A file below the root; random content by default. Returns the content."""
        if content is None:
            content = random.Random(name).randbytes(BIG)
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.chmod(path, mode)
        return content

    def error_of(self, name, op=RRQ, **kwargs):
        """(code, text) of the ERROR that a request gets."""
        with self.client() as c:
            c.ask(op, name, **kwargs)
            p = c.recv()
            assert p is not None, f"no answer to {name!r}"
            assert p.op == ERROR, f"{name!r} got {p!r}"
            return p.code, p.text

    def ask_control(self, line):
        """JSON documents that the control socket answers, without the closing one."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.control_path))
            s.sendall(line.encode() + b"\n")
            text = b""
            while True:
                more = s.recv(65536)
                text += more
                if not more or text.endswith((b'{"end":true}\n', b"# EOF\n")):
                    break
        if text.endswith(b"# EOF\n"):
            return text.decode()
        docs = [json.loads(x) for x in text.splitlines()]
        assert docs[-1] == {"end": True}, docs[-1]
        return docs[:-1]

    def events(self, stage=None):
        docs = self.ask_control("events 1000")
        return [d for d in docs if stage is None or d["stage"] == stage]

    def last_event(self, **wanted):
        """The newest event of a transfer, once it is there."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            found = [d for d in self.events() if d["stage"].startswith("tftp") and
                     all(d.get(k) == v for k, v in wanted.items())]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no event {wanted} among {self.events()}")


class Servers:
    """Starts tftpd in a namespace of its own."""

    def __init__(self, lab):
        self.lab = lab
        self.ns = lab.netns("tftp")
        self.ns.ip("addr", "add", "192.0.2.1/24", "dev", "lo")
        self.ns.ip("addr", "add", "192.0.2.2/24", "dev", "lo")
        self.ns.ip("addr", "add", "2001:db8::1/64", "dev", "lo", "nodad")
        self.count = 0

    def root(self):
        root = self.lab.dir / f"root{self.count}"
        root.mkdir(exist_ok=True)
        os.chmod(root, 0o777)
        return root

    def start(self, *flags, host="127.0.0.1", port=69, root=None, secure=True, user="nobody",
              config=None, directory=True, **kwargs):
        """tftpd -L; ready when it returns. config: text of a tftpd.cfg instead of flags; directory:
        false when the flags name it."""
        self.count += 1
        root = root or self.root()
        control = self.lab.dir / f"control{self.count}"
        argv = ["-L", "-a", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "-u", user,
                "-vvv"]
        if config is not None:
            path = self.lab.file(f"tftpd{self.count}.cfg", config)
            argv += ["--config", path]
        argv += flags
        if config is None and directory:
            argv += ["-s", root] if secure else [root]
        proc = self.lab.daemon("tftpd", *argv, ns=self.ns, control=control, **kwargs)
        proc.wait_log(r"tftpd \S+, \d+ workers?, serving")
        server = Server(self, proc, root, host, port)
        server.control_path = control
        return server

    def fails(self, *flags, **kwargs):
        """Run tftpd to its end: (status, last line it said)."""
        proc = self.lab.spawn("tftpd", program("tftpd"), "--control", "", *flags, ns=self.ns,
                              **kwargs)
        status = proc.wait(20)
        lines = proc.text().splitlines()
        if not lines:
            raise LabError("not a word")
        return status, lines[-1]
