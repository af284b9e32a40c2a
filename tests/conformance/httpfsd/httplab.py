# SPDX-License-Identifier: BSD-2-Clause
"""httplab.py -- an HTTP client that writes any bytes and believes nothing, and servers to try.

Responses are parsed strictly: what a lenient client would forgive is an error here.
"""

import functools
import os
import re
import socket
import time

from lab import LabError

BIG = 3_000_017
DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"


class Response:
    """One parsed response: version, status, reason, fields (list of pairs), body."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        m = re.fullmatch(r"HTTP/1\.1 (\d{3}) ([A-Za-z -]+)", lines[0])
        assert m, f"bad status line: {lines[0]!r}"
        self.status, self.reason = int(m.group(1)), m.group(2)
        self.fields = []
        for line in lines[1:]:
            m = re.fullmatch(r"([A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*|ETag|WWW-Authenticate): (\S.*)", line)
            assert m, f"a boot loader would stumble over {line!r}"
            self.fields.append((m.group(1), m.group(2)))
        self.head, self.body = head, body

    def get(self, name, default=None):
        values = [v for n, v in self.fields if n.lower() == name.lower()]
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else default

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:60]!r}>"


class Conn:
    """A raw connection."""

    def __init__(self, server, timeout=20):
        self.server = server
        if server.unix:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(server.unix)
        else:
            self.sock = socket.create_connection((server.host, server.port), timeout)
        self.buf = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def shut(self):
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def _more(self):
        chunk = self.sock.recv(262144)
        self.buf += chunk
        return bool(chunk)

    def _take(self, n):
        data = bytes(self.buf[:n])
        del self.buf[:n]
        return data

    def read_response(self, method="GET"):
        while b"\r\n\r\n" not in self.buf[:65536]:
            if not self._more():
                raise EOFError(f"connection ended inside a head: {bytes(self.buf)!r}")
        head = self._take(self.buf.index(b"\r\n\r\n") + 4)[:-4]
        r = Response(head, b"")
        if method == "HEAD" or r.status == 304 or r.status == 204:
            return r
        length = r.get("Content-Length")
        assert length is not None, f"no Content-Length: {r}"
        while len(self.buf) < int(length):
            if not self._more():
                raise EOFError(f"{len(self.buf)} of {length} bytes of {r}")
        r.body = self._take(int(length))
        return r

    def rest(self):
        """Everything up to the end of the connection; a reset is an error."""
        while self._more():
            pass
        return self._take(len(self.buf))

    def ends(self, timeout=5):
        """True when the server has closed and nothing more was said."""
        self.sock.settimeout(timeout)
        try:
            return self.rest() == b""
        except ConnectionResetError:
            return True


class Server:
    """One running httpfsd."""

    def __init__(self, proc, host, port, root, unix=None):
        self.proc, self.host, self.port, self.root, self.unix = proc, host, port, root, unix
        self.url = f"http://{host}:{port}"

    def connect(self, **kwargs):
        return Conn(self, **kwargs)

    def ask(self, target="/", method="GET", fields=(), version="HTTP/1.1", host=True):
        """One request on a connection of its own."""
        with self.connect() as c:
            c.send(request(target, method, fields, version, host))
            return c.read_response(method)

    def raw(self, data, shut=False):
        """Bytes in, all responses out, until the server closes."""
        with self.connect() as c:
            c.send(data)
            if shut:
                c.shut()
            responses = []
            while True:
                if not c.buf and not c._more():
                    return responses
                responses.append(c.read_response())

    def still_serves(self):
        return self.ask("/hello.txt").body == b"hello\n"

    def log_line(self, pattern, timeout=10):
        return self.proc.wait_log(pattern, timeout)


def request(target="/", method="GET", fields=(), version="HTTP/1.1", host=True):
    lines = [f"{method} {target} {version}"]
    if host:
        lines.append("Host: test")
    lines += [f"{n}: {v}" for n, v in (fields.items() if isinstance(fields, dict) else fields)]
    return "\r\n".join(lines) + "\r\n\r\n"


@functools.lru_cache(maxsize=8)
def pattern(size):
    """Bytes that tell their place."""
    block = b"".join(b"%07d\n" % i for i in range((size + 7) // 8))
    return block[:size]


def control(own, command):
    """Lines a control command answers with."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(str(own.lab.dir / "run/httpfsd/control"))
    s.sendall(command.encode() + b"\n")
    data = b""
    while not re.search(rb'("end":\s*true|"error":.*|^# EOF)[}\n]', data, re.M):
        chunk = s.recv(65536)
        if not chunk:
            break
        data += chunk
    s.close()
    return data.decode().splitlines()


class HttpLab:
    def __init__(self, lab):
        self.lab = lab
        self.root = lab.dir / "root"
        self.root.mkdir()
        os.chmod(self.root, 0o755)

    def file(self, name, content, age_s=86400):
        """A file below the root, last changed age_s ago."""
        path = self.lab.file(f"root/{name}", content)
        then = int(time.time()) - age_s
        os.utime(path, (then, then))
        return path

    def fill(self):
        self.file("hello.txt", "hello\n")
        self.file("big.bin", pattern(BIG))
        self.file("k.bin", pattern(1000))
        self.file("empty", "")
        self.file("EFI/BOOT/BOOTX64.EFI", b"MZ" + bytes(998))
        self.file("sub/index.html", "<p>index</p>\n")
        self.file("list/b.txt", "b\n")
        self.file("list/a/deep.txt", "deep\n")
        self.file(".treeinfo", "[general]\n")
        self.file(".secret", "no\n")
        self.file(".git/config", "no\n")
        self.file("repo/a+b~1^2:3%3a.rpm", "odd\n")
        self.file("repo/sp ace.txt", "space\n")
        self.file("repo/\u00e4.txt", "umlaut\n")
        return self

    def start(self, *args, config=None, root=True, workers=2, wait=True, env=None):
        """A server on a free port; config is the text of its libconfig file."""
        argv = []
        if config is not None:
            argv += ["--config", self.lab.file("httpfsd.cfg", config)]
        if wait:
            argv += ["--listen", "127.0.0.1:0"]
        argv += ["--workers", workers, *args]
        if root:
            argv += [self.root]
        proc = self.lab.daemon("httpfsd", *argv, env=env)
        if not wait:
            return proc
        m = proc.wait_log(r"serving on 127\.0\.0\.1:(\d+)", 20)
        return Server(proc, "127.0.0.1", int(m.group(1)), self.root)

    def standard(self):
        self.fill()
        return self.start(config='limits: { head_timeout = "3s"; idle_timeout = "4s"; '
                                 'linger_timeout = "1s"; };')


__all__ = ["BIG", "DATE", "Conn", "HttpLab", "LabError", "Response", "Server", "control", "pattern",
           "request"]
