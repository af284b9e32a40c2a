# SPDX-License-Identifier: BSD-2-Clause
"""The same generated packets through dhcrelay and through relayd: what comes out must be the same
to the byte, but for the differences of one table."""

import random
import time

from lab import stock, wait_for
from relaynet import message

OURS, THEIRS = b"\1\2c0", b"\1\3sw7"
CONFIGS = ["", "-a", "-a -m append", "-a -m replace", "-a -m forward", "-a -m discard", "-a -D",
           "-a -m replace -A 800", "-m append -U u0", "-g 10.1.0.254", "-c 4"]
COUNT = 60  # packets each way and configuration


class Packet:
    """A generated message and what it is made of, for the table below."""

    def __init__(self, rnd, op, xid):
        self.op, self.xid = op, xid
        self.kind = rnd.choice([1, 1, 3, 3, 4, 7, 8, None] if op == 1 else [2, 2, 5, 5, 6, None])
        if rnd.random() < 0.05:
            self.kind = rnd.choice([2, 5] if op == 1 else [1, 3])
        self.cookie = rnd.random() > 0.08
        self.giaddr = rnd.choice(["0.0.0.0"] * 3 + ["10.9.0.1"] if op == 1
                                 else ["10.1.0.1"] * 6 + ["10.9.9.9"])
        if op == 1 and rnd.random() < 0.05:
            self.giaddr = rnd.choice(["10.1.0.1", "10.2.0.1", "127.0.0.1", "224.0.0.9"])
        self.hops = rnd.choice([0, 0, 1, 3, 4, 9, 10, 255]) if op == 1 else 0
        self.flags = rnd.choice([0, 0x8000])
        self.ciaddr = "10.1.0.44" if rnd.random() < 0.15 else "0.0.0.0"
        self.yiaddr = "10.1.0.55" if op == 2 and rnd.random() < 0.9 else "0.0.0.0"
        self.options, self.agents = [], []
        for code, low, high in ((12, 1, 20), (43, 1, 120), (55, 1, 30), (60, 1, 40), (61, 7, 7)):
            if rnd.random() < 0.4:
                self.options.append((code, rnd.randbytes(rnd.randint(low, high))))
        if rnd.random() < 0.15:
            self.options.append((43, bytes(rnd.randint(150, 250))))
            self.options.append((43, bytes(rnd.randint(1, 250))))
        self.max_size = rnd.choice([576, 590, 1500]) if rnd.random() < 0.3 else None
        if self.max_size:
            self.options.insert(0, (57, self.max_size.to_bytes(2, "big")))
        if rnd.random() < (0.4 if op == 1 else 0.7):
            self.agents = [rnd.choice([THEIRS, OURS] if op == 1 else [OURS, OURS, THEIRS])]
            where = rnd.randint(0, len(self.options))
            self.last_agent = where == len(self.options)
            self.options.insert(where, (82, self.agents[0]))
        self.end = rnd.random() > 0.1
        self.pad = rnd.choice([0, 300, 300, 548])
        self.data = message(op=op, kind=self.kind, giaddr=self.giaddr, hops=self.hops, xid=xid,
                            flags=self.flags, ciaddr=self.ciaddr, yiaddr=self.yiaddr,
                            options=self.options, cookie=self.cookie, end=self.end, pad=self.pad)
        self.carries = bool(self.agents) and self.cookie
        self.content = len(message(op=op, kind=self.kind, options=self.options,
                                   cookie=self.cookie, pad=0))


def limit(args):
    return 800 if "-A 800" in args else 576


def agents_on(args):
    return "-a" in args.split() or "-U" in args


def standard(args):
    return agents_on(args) and "-m" not in args


def unpadded(outputs):
    return [[x.rstrip(b"\0") if isinstance(x, bytes) else x for x in entry] for entry in outputs]


# (name, direction, does it apply to the packet and what the two made of it?, why ours is right). The first that applies to a packet on which
# the two differ explains it; one that explains nothing any more fails the test too.
DIFFERENCES = [
    ("request with a server's type", 1, lambda p, args, a, b: p.kind in (2, 5, 6) and p.cookie,
     "forged or broken: no client sends it, and a server must not be made to believe it"),
    ("reply with a client's type", 2, lambda p, args, a, b: p.kind in (1, 3) and p.cookie,
     "the same, the other way"),
    ("giaddr that cannot be a relay's", 1,
     lambda p, args, a, b: p.giaddr in ("127.0.0.1", "224.0.0.9"),
     "a server would answer to itself or to a group"),
    ("another relay's request", 1, lambda p, args, a, b: standard(args) and p.giaddr == "10.9.0.1",
     "RFC 3046 2.1.1: it SHALL be forwarded without adding an option; -m restores dhcrelay's way"),
    ("option 82 without giaddr", 1,
     lambda p, args, a, b: standard(args) and p.giaddr == "0.0.0.0" and p.carries,
     "RFC 3046 2.1.1: from an untrusted circuit it SHALL be discarded; --trusted, or -m, accept it"),
    ("request without END", 1,
     lambda p, args, a, b: agents_on(args) and not (p.end and p.cookie),
     "dhcrelay reads on into what an earlier packet left in its buffer, and sends it along"),
    ("request longer than -A", 1,
     lambda p, args, a, b: agents_on(args) and p.content > limit(args) - 16,
     "RFC 3046 2.1: forward without the option; dhcrelay drops it or cuts its end off"),
    ("request near the client's own limit", 1,
     lambda p, args, a, b: agents_on(args) and p.max_size and p.content > p.max_size - 16,
     "dhcrelay reads one byte of option 57 and so hardly ever heeds it"),
    ("NAK without the broadcast flag", 2,
     lambda p, args, a, b: p.kind == 6 and p.cookie and not p.flags,
     "RFC 2131 4.1: a NAK is broadcast; dhcrelay goes to an address that the client must not use"),
    ("reply without yiaddr", 2, lambda p, args, a, b: p.yiaddr == "0.0.0.0" and not p.flags,
     "the answer to INFORM goes to ciaddr, anything else to all; dhcrelay sends it to 0.0.0.0"),
    ("another's option 82 under -m forward", 2,
     lambda p, args, a, b: "-m forward" in args and p.agents == [THEIRS],
     "it went up untouched, so the element that added it gets it back; dhcrelay strips it"),
    ("padding of a reply", 2,
     lambda p, args, a, b: agents_on(args) and p.carries and unpadded(a) == unpadded(b),
     "what a server sent behind END stays; dhcrelay cuts it to 300 bytes"),
    ("interface of -U", 1, lambda p, args, a, b: "-U" in args and p.giaddr == "10.9.0.1",
     "dhcrelay takes what it has sent there for a request, up to the hop limit"),
]


def drive(net, packets):
    """Send all; what came out: xid -> what the server got, or what was on the client's link."""
    out = {}

    def collect(quiet):
        while True:
            got = net.server.receive(quiet)
            if got is None:
                break
            out.setdefault(got.xid, []).append(("up", got.data, got.source))
        while True:
            got = net.link.receive(0)
            if got is None:
                break
            xid = int.from_bytes(got.data[4:8], "big")
            out.setdefault(xid, []).append(
                ("down", got.data, got.to_mac, got.src, got.dst, got.sport, got.dport))

    for packet in packets:
        if packet.op == 1:
            net.link.send(packet.data)
        else:
            net.server.send(packet.data, "10.1.0.1")
        time.sleep(0.002)
        collect(0)
    collect(1)
    return out


def sides(args):
    """dhcrelay crashes when the interface of -U is named by -iu too."""
    return ("-id", "c0") if "-U" in args else ("-id", "c0", "-iu", "u0")


def run_isc(net, args, packets):
    isc = net.lab.spawn("dhcrelay", stock("dhcrelay"), "-d", *args.split(), *sides(args),
                        "10.2.0.9", ns=net.router)
    isc.wait_log("Sending on   Socket/fallback")
    out = drive(net, packets)
    assert isc.alive(), f"[{args}] status {isc.popen.returncode}: {isc.text()}"
    isc.stop()
    wait_for(lambda: 67 not in net.router.ports("udp"), 5, "the end of dhcrelay")
    return out


def run_ours(net, args, packets):
    relay = net.relay(*args.split(), sides=sides(args))
    out = drive(net, packets)
    assert relay.stop() == 0
    return out


def explain(packet, args, a, b):
    for row in DIFFERENCES:
        if row[1] == packet.op and row[2](packet, args, a, b):
            return row[0]
    return None


def test_twin(net):
    # the client answers ARP for an address it may be said to have
    net.client.addr("e0", "10.1.0.44/24")
    rnd = random.Random(3046)
    used, compared, unexplained, same = set(), 0, [], {"up": 0, "down": 0}
    for number, args in enumerate(CONFIGS):
        packets = [Packet(rnd, 1 + i % 2, 0x1000 * (number + 1) + i) for i in range(2 * COUNT)]
        isc, ours = run_isc(net, args, packets), run_ours(net, args, packets)
        for packet in packets:
            compared += 1
            a, b = isc.get(packet.xid, []), ours.get(packet.xid, [])
            if a == b:
                for entry in a:
                    same[entry[0]] += 1
                continue
            name = explain(packet, args, a, b)
            if name is None:
                unexplained.append((args, vars(packet), a, b))
            used.add(name)
    assert compared >= 200 and min(same.values()) >= 200, same
    for args, packet, a, b in unexplained[:10]:
        print(f"\n[{args}] {({k: v for k, v in packet.items() if k != 'data'})}")
        print(f"  sent {packet['data'][:28].hex()} {packet['data'][240:].hex()}")
        for who, got in (("dhcrelay", a), ("relayd", b)):
            for entry in got or [("nothing",)]:
                shown = [f"{len(x)}: {x[:28].hex()} {x[240:].hex()}" if isinstance(x, bytes) and len(x) > 20
                         else x.hex() if isinstance(x, bytes) else str(x) for x in entry]
                print(f"  {who}: {' '.join(shown)}")
    assert not unexplained, f"{len(unexplained)} of {compared} differ without a reason"
    idle = [row[0] for row in DIFFERENCES if row[0] not in used]
    assert not idle, f"differences that do not show any more: {idle}"
