# SPDX-License-Identifier: BSD-2-Clause
"""ISC's dhcpd and ours on the same generated configuration: what the statements mean, not only which are
accepted. Each pair of packets is compared field by field and option by option; what differs on purpose
stands in INTENDED. The life of leases is the business of ../dhcpd/test_twin.py, and so which address of a
pool is given does not count here, only which pool it is of."""

import os
import random

import pytest
from dhcp4 import DISCOVER, INFORM, NAMES, OFFER, REQUEST, message
from lab import stock
from twingen import MACS, Conf, packet
from tworelays import Side, ask

SEEDS = [int(s) for s in os.environ.get("PXE_TWIN_SEEDS", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").split()]
PAIRS = int(os.environ.get("PXE_TWIN_PAIRS", "50"))  # clients of a configuration; some are two pairs
BATCH = 10


def is_inform(pair):
    return "ciaddr" in pair


def same_inside(key, x, y):
    """The same suboptions in another order."""
    def walk(data):
        found, at = [], 0
        while at + 1 < len(data):
            found.append(data[at:at + 2 + data[at + 1]])
            at += 2 + data[at + 1]
        return sorted(found)
    return key in (43, 220) and x and y and walk(x) == walk(y)


HOST_FILES = [b"p/" + name for name in (*(b"h%d" % n for n in range(1, 8)), b"byid", b"byrelay")]

# What differs on purpose: field or option, why, and whether that explains the difference of x (ISC), y (ours).
INTENDED = [
    ("hops", "RFC 2131 table 3 has 0 in answers; ISC copies the request's",
     lambda k, x, y, pair: k == "hops" and (x, y) == (pair["hops"], 0)),
    ("port", "RFC 2131 4.1: with giaddr set an answer goes to the relay; ISC sends that of a DHCPINFORM past it",
     lambda k, x, y, pair: k == "port" and is_inform(pair) and (x, y) == (68, 67)),
    ("file", "host-decl-name in `filename`: ISC computes that before it notes the host with the lease, and so the "
     "first boot of a machine has none",
     lambda k, x, y, pair: k == "file" and x == b"" and y in HOST_FILES),
    ("suboptions", "ours come in the order of the file, ISC's in that of a hash table",
     lambda k, x, y, pair: same_inside(k, x, y)),
]




def describe(got, has_list, place):
    if got is None:
        return {"kind": None}
    seen = {"port": got.port, "kind": NAMES.get(got.kind, got.kind), "yiaddr": place(got.yiaddr), "siaddr": got.siaddr,
            "ciaddr": got.ciaddr, "giaddr": got.giaddr, "flags": got.flags, "hops": got.hops, "secs": got.secs,
            "file": got.file.split(b"\0")[0], "sname": got.sname.split(b"\0")[0], "chaddr": got.chaddr,
            "order": [c for c, _ in got.options] if has_list else None}
    for code in {c for c, _ in got.options}:
        seen[code] = got.get(code)
    return seen


def differs(key, x, y, ours, isc, place):
    if x == y:
        return False
    if key == 51 and x and y:  # a second may pass on one side
        return abs(int.from_bytes(x, "big") - int.from_bytes(y, "big")) > 2
    # an option computed from the leased address follows it
    if isc and ours and isinstance(x, bytes) and isinstance(y, bytes) and ours.yiaddr != isc.yiaddr:
        return x.replace(isc.yiaddr.encode(), b"@") != y.replace(ours.yiaddr.encode(), b"@") and \
            not (key == 3 and place(ours.yiaddr) == place(isc.yiaddr))
    return True


def compare(pair, isc, ours, place):
    """Lines of what differs and is not intended."""
    has_list = 55 in dict(pair["options"])
    a, b = describe(isc, has_list, place), describe(ours, has_list, place)
    keys = [k for k in sorted({*a, *b}, key=str) if differs(k, a.get(k), b.get(k), ours, isc, place)]
    if a["kind"] is None or b["kind"] is None:
        keys = [k for k in keys if k == "kind"]
    keys = [k for k in keys if not any(test(k, a.get(k), b.get(k), pair) for _, _, test in INTENDED)]
    return [f"    {k}: ISC {a.get(k)!r}, ours {b.get(k)!r}" for k in keys]


def start(lab, seed):
    made = Conf(seed)
    conf = lab.file("dhcpd.conf", made.text)
    sides = [Side(lab, "isc"), Side(lab, "ours")]
    checked = lab.spawn("isc-check", stock("dhcpd"), "-t", "-cf", conf)
    if checked.wait() != 0:
        pytest.fail(f"seed {seed}: ISC refuses the generated file: {checked.text()}")
    isc = lab.spawn("isc-dhcpd", stock("dhcpd"), "-d", "-cf", conf, "-lf", sides[0].leases, "--no-pid", "s0",
                    ns=sides[0].server)
    ours = lab.daemon("dhcpd", "-d", "-cf", conf, "-lf", sides[1].leases, "--no-pid", "s0",
                      ns=sides[1].server)
    for proc in (isc, ours):
        proc.wait_log("Server starting service")
    return made, sides


def make_unknown(pair):
    """For a DHCPINFORM ISC looks for no host-identifier, and `known` is false whoever asks, though the options
    of host declarations are given. Ours knows its hosts there too (INTENDED cannot tell what follows)."""
    pair["mac"] = pair["mac"].replace("02:00:00:00:00", "02:00:00:02:00")
    pair["options"] = [(c, v.replace(b"rem-a", b"rem-b")) for c, v in pair["options"] if c != 61]


def build(kind, pair, xid, extra=((), ())):
    options = pair["options"]
    agent = [o for o in options if o[0] == 82]
    rest = [o for o in options if o[0] != 82]
    how = {k: v for k, v in pair.items() if k not in ("options", "bytes")}
    return [message(kind, xid=xid, options=[*rest, *more, *agent], **how) for more in extra]


@pytest.mark.parametrize("seed", SEEDS)
def test_same_answers(lab, seed):
    made, sides = start(lab, seed)
    rng = random.Random(seed * 7919)
    bad, pairs, answered, xid = [], 0, 0, 0x100
    for first in range(0, PAIRS, BATCH):
        batch = [packet(rng, first + i + seed * 1000) for i in range(BATCH)]
        # what a DHCPINFORM sets, ISC has for every client from then on; ours is forgotten with the packet
        informs = 0 if "set mine" in made.text else 3
        kinds = [rng.choices([DISCOVER, INFORM, None], [16, informs, 1])[0] for _ in batch]
        for i, (pair, kind) in enumerate(zip(batch, kinds)):
            if pair["mac"] in MACS[10:] or kind is None:  # who speaks both has two leases, a story of its own
                pair["mac"], kind = rng.choice(MACS[10:]), None
                pair["options"] = [(c, v) for c, v in pair["options"] if c != 61]
                kinds[i] = kind
            if kind == INFORM:
                pair["ciaddr"] = pair["giaddr"][:-1] + "77"
                make_unknown(pair)
            pair["bytes"] = build(kind, pair, xid + i)
        isc, ours = ask(sides, batch, xid)
        again = []
        for i, (pair, kind) in enumerate(zip(batch, kinds)):
            a, b = isc.get(xid + i), ours.get(xid + i)
            pairs += 1
            answered += a is not None
            wrong = compare(pair, a, b, made.place)
            if wrong:
                bad.append(f"{NAMES.get(kind, 'BOOTP')} {pair}\n" + "\n".join(wrong))
            if a is not None and b is not None and a.kind == b.kind == OFFER and rng.random() < 0.4:
                again.append((pair, a, b))
        xid += len(batch) + 1
        for i, (pair, a, b) in enumerate(again):
            pair["bytes"] = build(REQUEST, pair, xid + i, [[(50, m.yiaddr), (54, m.get(54))] for m in (a, b)])
        isc, ours = ask(sides, [pair for pair, _, _ in again], xid, 0.1)
        for i, (pair, _, _) in enumerate(again):
            a, b = isc.get(xid + i), ours.get(xid + i)
            pairs += 1
            wrong = compare(pair, a, b, made.place)
            if wrong:
                bad.append(f"REQUEST {pair}\n" + "\n".join(wrong))
        xid += len(again) + 1
    print(f"seed {seed}: {pairs} pairs, {answered} answered")
    assert answered * 3 > PAIRS, f"only {answered} of {pairs} have an answer at all"
    if bad:
        for pair in bad:
            print(pair)
        print(made.text)
    assert not bad, f"{len(bad)} of {pairs} pairs differ; the first:\n" + "\n".join(bad[:3])


def test_there_are_enough_pairs():
    assert len(SEEDS) * PAIRS >= 300 or os.environ.get("PXE_TWIN_SEEDS") or os.environ.get("PXE_TWIN_PAIRS")
