# SPDX-License-Identifier: BSD-2-Clause
"""The same generated messages to ISC dhcpd -6 and to ours: the answers must say the same.

Addresses are chosen by different hashes, so an address counts as what it is to the client: one it
named, one it holds, or a new one. Ours differs on purpose, and the test does not ask for it, where

- an address is on the link but in no range: ISC does not answer a Request for it at all;
- an IA holds an address and asks for another: ISC binds both, ours keeps the one it has; likewise
  when a fixed address is meant for it;
- an IA comes back from another link: what ISC keeps for it is out of reach until it ends;
- nothing is given: ISC leaves classes and networks aside when it looks for options then, and an IA
  of Renew or Rebind comes back empty; ours has the status (RFC 8415 18.3.4);
- several addresses of an IA are released in vain: ISC repeats the IA for each."""

import random

import pytest
from dhcp6net import (CLIENT_ID, CONFIRM, DECLINE, IA_NA, IA_PD, IA_TA, INFORMATION_REQUEST,
                      REBIND, RELEASE, RENEW, REPLY, REQUEST, SERVER, SERVER_ID, SOLICIT,
                      Dhcp6Net, addr, duid, ia_na, ia_pd, oro, prefix, relayed)
from lab import Lab, LabError, stock

CONF = """
default-lease-time 600; preferred-lifetime 300; dhcp-cache-threshold 0;
option dhcp6.name-servers 2001:db8:1::53;
option dhcp6.domain-search "example.org", "example.net";
option dhcp6.info-refresh-time 1800;
option dhcp6.preference 7;
option dhcp6.bootfile-url "tftp://[2001:db8:1::1]/x";
class "c" { match if option dhcp6.client-id = 00:03:00:01:02:00:00:00:00:02;
            option dhcp6.name-servers 2001:db8:1::54; }
host h { host-identifier option dhcp6.client-id 00:03:00:01:02:00:00:00:00:03;
         fixed-address6 2001:db8:1::33; fixed-prefix6 2001:db8:cc00::/48; }
subnet6 2001:db8:1::/64 {
  range6 2001:db8:1::1000 2001:db8:1::1fff;
  prefix6 2001:db8:a00:: 2001:db8:aff:: /56;
}
subnet6 2001:db8:2::/64 { range6 2001:db8:2::1000 2001:db8:2::1fff; option dhcp6.preference 9; }
subnet6 2001:db8:3::/64 { }
"""
PACKETS = 520
LINKS = [None, None, None, None, "2001:db8:2::1", "2001:db8:3::1", "2001:db8:99::1"]
# by client, so that what one was given does not stand in another's way
NAMED = ["2001:db8:1::100{}", "2001:db8:1::1ab{}", "2001:db8:1::1ff{}", "2001:db8:2::123{}", "2001:db8:7::{}"]
PREFIXES = ["2001:db8:a1{}::/56", "2001:db8:a2{}::/56", "2001:db8:f0{}::/56", "::/60", "2001:db8:cc00::/48"]


def make(seed):
    """Messages as plain data: what each side fills in, its own server and addresses, comes later."""
    rng = random.Random(seed)
    steps = []
    for _ in range(PACKETS):
        kind = rng.choice([SOLICIT, SOLICIT, REQUEST, REQUEST, REQUEST, RENEW, REBIND, CONFIRM, RELEASE,
                           DECLINE, INFORMATION_REQUEST])
        ias, link, who = [], rng.choice(LINKS), rng.choice([1, 2, 3, 4, 5])
        for _ in range(rng.choice([1, 1, 1, 2, 0])):
            what = rng.choice([IA_NA, IA_NA, IA_NA, IA_PD])
            names = [n.format(who) for n in (PREFIXES if what == IA_PD else NAMED)]
            hints = rng.choice([["own"], ["own"], [], [rng.choice(names)], rng.sample(names, 2),
                                ["own", rng.choice(names)]])
            if kind == DECLINE:  # ISC answers an IA no more that once had an address declined
                hints = [h for h in hints if h != "own"]
            ias.append((what, rng.randint(1, 2) + 10 * LINKS.index(link), hints))
        steps.append({
            "kind": kind, "who": who, "ias": ias, "link": link,
            "oro": rng.choice([None, [23], [24, 23], [59, 32, 23, 99], [7, 13, 1]]),
            "server": rng.choice(["right"] * 8 + ["none", "wrong"]) if kind in (
                REQUEST, RENEW, RELEASE, DECLINE) else rng.choice(["none"] * 9 + ["right"]),
            "client": rng.random() > 0.03, "unicast": rng.random() < 0.04})
    return steps


def play(net, steps):
    """What each step's answer says, in the client's own terms."""
    held, said = {}, []
    server = net.find_server()
    for step in steps:
        who, options = duid(step["who"]), []
        named = {}
        seen = set()
        for what, iaid, hints in step["ias"]:
            if (what, iaid) in seen:
                continue
            seen.add((what, iaid))
            own = held.get((step["who"], what, iaid, step["link"] or ""))
            if own and step["kind"] in (SOLICIT, REQUEST, REBIND):
                hints = ["own"]
            if step["who"] == 3 and not step["link"]:  # has a fixed address and prefix here
                hints = [h for h in hints if not h.startswith(("2001:db8:1::", "2001:db8:a", "2001:db8:f"))]
            if step["kind"] == RELEASE:
                hints = hints[:1]
            hints = [h for h in hints if h != "own" or own]
            real = [own if h == "own" else h for h in hints]
            named.update(zip(real, hints))
            options.append((ia_pd if what == IA_PD else ia_na)(
                iaid, *[(prefix if what == IA_PD else addr)(r) for r in dict.fromkeys(real)]))
        if step["oro"]:
            options.append(oro(*step["oro"]))
        sid = {"right": server, "wrong": b"\0\3\0\1\7\7\7\7\7\7", "none": None}[step["server"]]
        client = who if step["client"] else None
        try:
            got = exchange(net, step, options, client, sid, server)
        except Gone:
            return said
        said.append(describe(got, step, named, held))
    return said


class Gone(Exception):
    """The server does not answer any more."""


def exchange(net, step, options, client, sid, server):
    """The answer; None when there is none, which is sure once a later Request has been answered: both
    servers answer in order, ours also when the disk is slow."""
    message, xid = net.message(step["kind"], *options, who=client, server=sid), net.last
    if step["link"]:
        net.relay.send(relayed(message, step["link"], "fe80::7"), SERVER)
    else:
        net.direct.send(message, SERVER if step["unicast"] else "ff02::1:2")
    net.direct.send(net.message(REQUEST, ia_na(1), who=duid(0xffff), server=server))
    got = None
    while True:
        m = net.direct.receive(10)
        if m is None:
            raise Gone
        if m.xid == net.last:
            break
        got = m if m.xid == xid else got
    while step["link"] and got is None:
        m = net.relay.receive(0.01)
        if m is None:
            break
        got = m.inner if m.inner.xid == xid else None
    return got


def describe(got, step, named, held):
    if got is None:
        return "silence"
    ias = []
    for ia in got.ias:
        key = (step["who"], ia.kind, ia.iaid, step["link"] or "")
        leases = []
        for address, preferred, valid in ia.leases:
            leases.append((named.get(address, "own" if address == held.get(key) else
                                     "new/" + address.partition("/")[2]), preferred, valid))
            if valid and got.kind == REPLY:
                held[key] = address
        status = ia.status
        if status and status[0] in (2, 6) and step["kind"] in (RENEW, REBIND):
            status = None
        ias.append((ia.kind, ia.iaid, getattr(ia, "t1", 0), getattr(ia, "t2", 0), sorted(leases), status))
    if got.kind == REPLY and step["kind"] in (RELEASE, DECLINE):
        for what, iaid, _ in step["ias"]:
            key = (step["who"], what, iaid, step["link"] or "")
            if held.get(key) in named and (what == IA_NA or step["kind"] == RELEASE):
                held.pop(key)
    rest = [(code, value.hex()) for code, value in got.list
            if code not in (IA_NA, IA_TA, IA_PD, SERVER_ID)]
    if ias and not any(valid for ia in ias for _, _, valid in ia[4]):
        rest = [(code, value) for code, value in rest if code in (CLIENT_ID, 13)]
    return got.kind, sorted(set(map(repr, ias))), sorted(rest)


def compare(seed):
    """Number of messages compared, and where the answers differ."""
    steps = make(seed)
    with Lab("twin6") as lab:
        net = Dhcp6Net(lab)
        net.start_isc(CONF)
        isc = play(net, steps)
    with Lab("twin6") as lab:
        net = Dhcp6Net(lab)
        rate = lab.file("rate.cfg", "client_rate = 0;\n")  # few clients, many messages
        net.start("--config", rate, conf=CONF)
        ours = play(net, steps)
    assert len(ours) == PACKETS and sum(a != "silence" for a in isc) > len(isc) / 3
    return len(isc), [f"seed {seed}, {i}: {step}\n  ISC:  {a}\n  ours: {b}" for i, (step, a, b) in
                      enumerate(zip(steps, isc, ours)) if a != b]


def test_twin():
    """Until 600 messages were compared: ISC's heap of leases fails an assertion of its own now and
    then, after some hundred messages, and a next run begins."""
    try:
        stock("dhcpd")
    except LabError as e:
        pytest.skip(str(e))
    done, wrong, seed = 0, [], 2
    while done < 600 and seed < 10 and not wrong:
        n, wrong = compare(seed)
        done, seed = done + n, seed + 1
    assert not wrong, f"{len(wrong)} of {done} differ:\n" + "\n".join(wrong[:12])
    assert done >= 600, "ISC's dhcpd ends too early"
