# SPDX-License-Identifier: BSD-2-Clause
"""dhcp6net.py -- a link with a DHCPv6 server and clients on it, and its messages byte by byte.

    client e0 ---- s0 server 2001:db8:1::1/64

The same client also plays relay agent: it then sends from port 547."""

import json
import re
import select
import socket
import struct

(SOLICIT, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE, RECONFIGURE,
 INFORMATION_REQUEST, RELAY_FORW, RELAY_REPL) = range(1, 14)
(CLIENT_ID, SERVER_ID, IA_NA, IA_TA, IA_ADDR, ORO, PREFERENCE, ELAPSED, RELAY_MSG, UNICAST, STATUS,
 RAPID_COMMIT, USER_CLASS, VENDOR_CLASS, VENDOR_OPTS, INTERFACE_ID, DNS, DOMAINS, IA_PD, IA_PREFIX,
 REFRESH, ERO, BOOT_URL, BOOT_PARAM, ARCH, LINK_LAYER) = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 23, 24, 25, 26, 32, 43, 59, 60, 61, 79)
(SUCCESS, UNSPEC_FAIL, NO_ADDRS, NO_BINDING, NOT_ON_LINK, USE_MULTICAST, NO_PREFIX) = range(7)
SERVER = "2001:db8:1::1"
DUID = bytes.fromhex("00030001020000000a01")

CONF = """
default-lease-time 600; preferred-lifetime 300;
option dhcp6.name-servers 2001:db8:1::53;
option dhcp6.domain-search "example.org";
option dhcp6.info-refresh-time 1800;
subnet6 2001:db8:1::/64 {
  range6 2001:db8:1::1000 2001:db8:1::1fff;
  prefix6 2001:db8:a00:: 2001:db8:aff:: /56;
}
subnet6 2001:db8:2::/64 { range6 2001:db8:2::1000 2001:db8:2::1fff; }
"""


def pton(ip):
    return socket.inet_pton(socket.AF_INET6, ip)


def ntop(data):
    return socket.inet_ntop(socket.AF_INET6, data)


def opt(code, value=b""):
    return struct.pack("!HH", code, len(value)) + value


def oro(*codes):
    return opt(ORO, struct.pack(f"!{len(codes)}H", *codes))


def addr(ip, preferred=0, valid=0):
    return opt(IA_ADDR, pton(ip) + struct.pack("!II", preferred, valid))


def prefix(text, preferred=0, valid=0):
    ip, length = text.split("/")
    return opt(IA_PREFIX, struct.pack("!IIB", preferred, valid, int(length)) + pton(ip))


def ia_na(iaid=1, *leases):
    return opt(IA_NA, struct.pack("!III", iaid, 0, 0) + b"".join(leases))


def ia_ta(iaid=1, *leases):
    return opt(IA_TA, struct.pack("!I", iaid) + b"".join(leases))


def ia_pd(iaid=1, *leases):
    return opt(IA_PD, struct.pack("!III", iaid, 0, 0) + b"".join(leases))


def duid(n):
    """DUID-LL of the n-th made-up machine."""
    return bytes.fromhex("00030001") + bytes([2, 0]) + n.to_bytes(4, "big")


def relayed(inner, link="2001:db8:2::1", peer="fe80::99", hops=0, *options):
    return bytes([RELAY_FORW, hops]) + pton(link) + pton(peer) + b"".join(options) + opt(RELAY_MSG, inner)


class Options:
    def __init__(self, data):
        self.list = []
        while data:
            code, size = struct.unpack("!HH", data[:4])
            assert len(data) >= 4 + size, data
            self.list.append((code, data[4:4 + size]))
            data = data[4 + size:]

    def all(self, code):
        return [value for c, value in self.list if c == code]

    def get(self, code):
        return next(iter(self.all(code)), None)

    def codes(self):
        return [c for c, _ in self.list]

    @property
    def status(self):
        """(code, text), None without the option."""
        value = self.get(STATUS)
        return value and (int.from_bytes(value[:2], "big"), value[2:].decode())


class Ia(Options):
    def __init__(self, kind, data):
        self.kind, self.iaid = kind, int.from_bytes(data[:4], "big")
        head = 4 if kind == IA_TA else 12
        if kind != IA_TA:
            self.t1, self.t2 = struct.unpack("!II", data[4:12])
        super().__init__(data[head:])

    @property
    def leases(self):
        """[(address or prefix, preferred, valid)]"""
        found = []
        for value in self.all(IA_ADDR):
            found.append((ntop(value[:16]), *struct.unpack("!II", value[16:24])))
        for value in self.all(IA_PREFIX):
            p, v, size = struct.unpack("!IIB", value[:9])
            found.append((f"{ntop(value[9:25])}/{size}", p, v))
        return found

    @property
    def address(self):
        return self.leases[0][0] if self.leases else None


class Message(Options):
    def __init__(self, data):
        self.data, self.kind = data, data[0]
        if self.kind in (RELAY_FORW, RELAY_REPL):
            self.hops, self.link, self.peer = data[1], ntop(data[2:18]), ntop(data[18:34])
            super().__init__(data[34:])
        else:
            self.xid = int.from_bytes(data[1:4], "big")
            super().__init__(data[4:])

    @property
    def inner(self):
        return Message(self.get(RELAY_MSG))

    @property
    def ias(self):
        return [Ia(code, value) for code, value in self.list if code in (IA_NA, IA_TA, IA_PD)]

    @property
    def ia(self):
        return self.ias[0]


class Socket6:
    def __init__(self, ns, dev, port, address="::"):
        self.sock = ns.socket(socket.AF_INET6)
        self.index = int(ns.ip("-o", "link", "show", dev).split(":")[0])
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.sock.bind((address, port))
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)

    def send(self, data, to="ff02::1:2", port=547):
        scope = self.index if to.startswith(("fe80", "ff02")) else 0
        self.sock.sendto(data, (to, port, 0, scope))

    def receive(self, timeout):
        if not select.select([self.sock], [], [], timeout)[0]:
            return None
        data, source = self.sock.recvfrom(65535)
        got = Message(data)
        got.source = source
        return got


class Dhcp6Net:
    def __init__(self, lab):
        self.lab = lab
        self.server, self.client = lab.netns("server"), lab.netns("client")
        for ns in (self.server, self.client):
            ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            ns.sysctl("net.ipv6.conf.default.router_solicitations", 0)
        self.cables()
        self.server.addr("s0", SERVER + "/64")
        self.client.addr("e0", "2001:db8:1::2/64")
        self.direct, self.relay = Socket6(self.client, "e0", 546), Socket6(self.client, "e0", 547)
        self.leases = lab.dir / "state" / "dhcpd6.leases"
        self.leases.parent.mkdir()
        self.control = lab.dir / "run" / "dhcpd6" / "control"
        self.pid_file = lab.dir / "dhcpd6.pid"
        self.xid, self.server_id = 0x1000, None

    def cables(self):
        self.lab.veth(self.server, "s0", self.client, "e0")

    def args(self, conf):
        return ["-6", "-d", "-cf", self.lab.file("dhcpd6.conf", conf), "-lf", self.leases, "-pf",
                self.pid_file]

    def start(self, *extra, conf=CONF, interfaces=("s0",), **kwargs):
        daemon = self.lab.daemon("dhcpd", *self.args(conf), "--control", self.control, *extra,
                                 *interfaces, ns=self.server, control="", **kwargs)
        daemon.wait_log("Server starting service")
        self.server_id = None
        return daemon

    def start_isc(self, conf=CONF):
        """ISC's own, for comparison."""
        from lab import stock
        self.leases.touch()
        daemon = self.lab.spawn("isc", stock("dhcpd"), *self.args(conf), "--no-pid", "s0",
                                ns=self.server)
        daemon.wait_log("Server starting service")
        self.server_id = None
        return daemon

    def next_xid(self):
        self.xid += 1
        return self.xid

    def message(self, kind, *options, who=DUID, server=None):
        self.last = self.next_xid()
        head = bytes([kind]) + self.last.to_bytes(3, "big")
        if who is not None:
            head += opt(CLIENT_ID, who)
        if server is not None:
            head += opt(SERVER_ID, server)
        return head + b"".join(options)

    def _wait(self, sock, timeout, want):
        while True:
            got = sock.receive(timeout)
            if got is None or want(got):
                return got

    def ask(self, kind, *options, who=DUID, server=None, to="ff02::1:2", timeout=10):
        """Send as the client; the answer, or None. server True: the server's own identifier."""
        if server is True:
            server = self.find_server()
        data = self.message(kind, *options, who=who, server=server)
        xid = self.last
        self.direct.send(data, to)
        return self._wait(self.direct, timeout, lambda m: m.xid == xid)

    def find_server(self):
        if self.server_id is None:
            self.server_id = self.ask(INFORMATION_REQUEST).get(SERVER_ID)
        return self.server_id

    def through_relay(self, kind, *options, who=DUID, server=None, timeout=10, wrap=relayed,
                      to=SERVER):
        if server is True:
            server = self.find_server()
        self.relay.send(wrap(self.message(kind, *options, who=who, server=server)), to)
        return self.relay.receive(timeout)

    def bind(self, *ias, who=DUID, options=()):
        """Solicit, Request; the Reply."""
        ad = self.ask(SOLICIT, *ias, *options, who=who)
        assert ad is not None and ad.kind == ADVERTISE, ad
        wanted = [opt(code, value) for code, value in ad.list if code in (IA_NA, IA_TA, IA_PD)]
        reply = self.ask(REQUEST, *wanted, *options, who=who, server=ad.get(SERVER_ID))
        assert reply is not None and reply.kind == REPLY, reply
        return reply

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
    """The last entry of each IA: {(kind, key): {address: {statement: value}}}. As a stranger reads it."""
    found = {}
    for kind, key, body in re.findall(r'^(ia-\S+) ("(?:[^"\\]|\\.)*"|\S+) \{\n(.*?)^\}',
                                      path.read_text(), re.M | re.S):
        ia = {}
        for ip, inner in re.findall(r"^  ia(?:addr|prefix) (\S+) \{\n(.*?)^  \}", body, re.M | re.S):
            ia[ip] = dict(re.findall(r"^    (binding state|preferred-life|max-life|ends) (.*);",
                                     inner, re.M))
        found[kind, key] = ia
    return found
