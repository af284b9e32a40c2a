# SPDX-License-Identifier: BSD-2-Clause
"""ISC's dhcpd and ours side by side: the same configuration, the same packets, the same answers.

Each server has a link of its own to one client that plays many. What differs on purpose is switched
to ISC's way or left out (dhcpd(8), DIFFERENCES). $PXE_TWIN_RUNS says how many runs of 300."""

import os
import random

import pytest
from dhcp4 import (ACK, BROADCAST, DISCOVER, INFORM, NAK, NAMES, OFFER, RELEASE, REQUEST, mac_bytes,
                   message)
from lab import Lab, stock
from twolinks import Side, close

CONF = """
default-lease-time 1200; max-lease-time 3600; min-lease-time 900; ping-check false; dhcp-cache-threshold 0;
{authoritative}
option domain-name "example.org";
option domain-name-servers 192.0.2.53, 192.0.2.54;
option space PXE;
option PXE.discovery-control code 6 = unsigned integer 8;
option arch code 93 = unsigned integer 16;
option magic code 208 = string;
class "pxe" {{
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
  next-server 192.0.2.5;
  vendor-option-space PXE;
  option PXE.discovery-control 8;
  if option arch = 00:07 {{ filename "grubx64.efi"; }} else {{ filename "pxelinux.0"; }}
}}
class "ms" {{ match if option vendor-class-identifier = "MSFT 5.0"; option merit-dump "ms"; }}
shared-network both {{
  subnet 192.0.2.0 netmask 255.255.255.0 {{
    option routers 192.0.2.1;
    option broadcast-address 192.0.2.255;
    pool {{ range 192.0.2.100 192.0.2.109; deny members of "pxe"; }}
    pool {{ range 192.0.2.120 192.0.2.124; allow members of "pxe"; option root-path "/pool"; }}
  }}
  subnet 203.0.113.0 netmask 255.255.255.0 {{ range 203.0.113.10 203.0.113.12; option routers 203.0.113.1; }}
}}
subnet 198.51.100.0 netmask 255.255.255.0 {{ range 198.51.100.10 198.51.100.20; }}
group {{
  option host-name "grouped";
  host fixed {{ hardware ethernet 02:00:00:00:00:f1; fixed-address 192.0.2.201; filename "fixed.0"; }}
  host byid {{ option dhcp-client-identifier "node2"; fixed-address 192.0.2.202; }}
  host plain {{ hardware ethernet 02:00:00:00:00:f3; option log-servers 192.0.2.9; }}
  host away {{ hardware ethernet 02:00:00:00:00:f4; fixed-address 10.1.1.1; }}
  host denied {{ hardware ethernet 02:00:00:00:00:f5; deny booting; }}
}}
"""

# One identity a MAC: ISC loses its way among several identifiers of one (identity.scn has ours), but an
# identifier may move to another MAC.
CLIENTS = [(f"02:00:00:00:00:{n:02x}", None) for n in range(1, 7)]
CLIENTS += [(f"02:00:00:00:00:{n:02x}", b"\x01" + bytes([2, 0, 0, 0, 0, n])) for n in range(7, 13)]
CLIENTS += [("02:00:00:00:00:21", b"moving"), ("02:00:00:00:00:22", b"moving")]
CLIENTS += [(f"02:00:00:00:00:f{n}", None) for n in range(1, 6)] + [("02:00:00:00:00:aa", b"node2")]
CLASSES = [None, None, None, b"PXEClient:Arch:00000:UNDI:002001", b"MSFT 5.0"]
LISTS = [None, bytes([1, 3, 6, 15]), bytes([3, 1, 66, 67, 43, 60]), bytes([12, 28, 3, 6, 6, 17, 51, 54]),
         bytes([55, 208, 121, 7])]
ADDRESSES = ([f"192.0.2.{n}" for n in (*range(100, 112), *range(120, 126), 200, 201, 202)] +
             ["203.0.113.10", "203.0.113.11", "198.51.100.10", "10.9.9.9"])


def describe(got, has_list, own_mac):
    """What both must agree on. Without a parameter request list the order behind the first few
    options is that of a hash table on ISC's side."""
    if got is None:
        return None
    options = [(c, v) for c, v in got.options if c not in (51, 56)]
    if got.kind == NAK:  # ISC echoes the option 82 that it stored with the lease
        options = [(c, v) for c, v in options if c != 82]
    if not has_list:
        options = options[:2] + sorted(options[2:])
    return {
        "kind": NAMES.get(got.kind, got.kind), "yiaddr": got.yiaddr, "siaddr": got.siaddr,
        "ciaddr": got.ciaddr, "giaddr": got.giaddr, "flags": got.flags, "hops": got.hops,
        "file": got.file.rstrip(b"\0"), "sname": got.sname.rstrip(b"\0"),
        "options": options,
        "to": ("own" if got.to_mac == own_mac else got.to_mac, got.dst, got.dport)}


class Script:
    """Random packets, the same for both sides, that know what was offered before."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.offers, self.held, self.promised, self.given = {}, {}, {}, set()
        self.xid = 0x5000

    def address(self, key):
        """One to ask for. A client that was given one only asks for others it cannot have: of several
        that are its own ISC takes any, and we the one that is bound or was last. None is on offer to
        another: ISC would give it away (dhcpd(8))."""
        if key in self.given:
            return self.rng.choice(["192.0.2.111", "192.0.2.200", "10.9.9.9"])
        return self.rng.choice([ip for ip in ADDRESSES if self.promised.get(ip, key) == key])

    def next(self):
        rng = self.rng
        mac, uid = rng.choice(CLIENTS)
        key = (mac, uid)
        self.xid += 1
        options = [(61, uid)] if uid else []
        # a client is of one class, or ISC and we free its leases at different moments
        vendor, prl = CLASSES[int(mac[-2:], 16) % len(CLASSES)], rng.choice(LISTS)
        if vendor:
            options.append((60, vendor))
        if prl:
            options.append((55, prl))
        if rng.random() < 0.3:
            options.append((12, b"host-%d" % rng.randrange(3)))
        if rng.random() < 0.2:
            options.append((51, rng.choice([60, 1000, 5000, 0xffffffff]).to_bytes(4, "big")))
        if rng.random() < 0.1:
            options.append((93, rng.choice([b"\0\0", b"\0\7"])))
        how = {"mac": mac, "xid": self.xid, "flags": rng.choice([0, 0, BROADCAST])}
        if int(mac[-2:], 16) % 4 == 3:  # and stays on one link
            how["giaddr"] = "198.51.100.1"
        elif rng.random() < 0.1:
            how["giaddr"] = "192.0.2.250"
        if "giaddr" in how:
            if rng.random() < 0.5:
                options.append((82, b"\x01\x03abc"))
        # no DECLINE: ISC offers an abandoned address to several clients at a time
        kind = rng.choices([DISCOVER, REQUEST, RELEASE, INFORM], [40, 48, 8, 4])[0]
        if kind == REQUEST:
            what = rng.random()
            if what < 0.5 and key in self.offers:
                options += [(50, self.offers[key]), (54, "192.0.2.1")]
            elif what < 0.75 and key in self.held:
                how["ciaddr"] = self.held[key]
                how.pop("giaddr", None)
            else:
                options.append((50, self.address(key)))
        elif kind == DISCOVER and rng.random() < 0.3:
            options.append((50, self.address(key)))
        elif kind == RELEASE:
            how["ciaddr"] = self.held.pop(key, None) or self.address(key)
        elif kind == INFORM:
            how["ciaddr"] = rng.choice(["192.0.2.77", "10.9.9.9"])
            how.pop("giaddr", None)
        return key, kind, how, options

    def learn(self, key, got):
        if got is not None and got.yiaddr != "0.0.0.0":
            self.given.add(key)
        if got is not None and got.kind == OFFER:
            self.offers[key] = got.yiaddr
            self.promised[got.yiaddr] = key
        elif got is not None and got.kind == ACK and got.yiaddr != "0.0.0.0":
            self.held[key] = got.yiaddr
            self.offers.pop(key, None)


def compare(lab, authoritative, packets, seed):
    conf = lab.file("dhcpd.conf", CONF.format(authoritative=authoritative))
    cfg = lab.file("dhcpd.cfg", "isc_foreign_request = true; isc_foreign_decline = true;\n")
    sides = [Side(lab, "isc"), Side(lab, "ours")]
    for side in sides:
        side.leases = lab.file(f"{side.name}/dhcpd.leases", "")
    isc = lab.spawn("isc-dhcpd", stock("dhcpd"), "-d", "-cf", conf, "-lf", sides[0].leases, "--no-pid",
                    "s0", ns=sides[0].server)
    ours = lab.daemon("dhcpd", "-d", "--config", cfg, "-cf", conf, "-lf", sides[1].leases, "--no-pid",
                      "s0", ns=sides[1].server)
    for proc in (isc, ours):
        proc.wait_log("Server starting service")
    for side in sides:
        side.client.addr("e0", "192.0.2.250/24", "192.0.2.77/24")
    script, differences = Script(seed), []
    for number in range(packets):
        key, kind, how, options = script.next()
        dport = 67 if how.get("giaddr") else 68
        payload = message(kind, options=options, **how)
        wait = 0.05 if kind == RELEASE else 0.15  # within the 120 s that offers hold
        answers = [side.ask(payload, how["xid"], dport, wait) for side in sides]
        if (answers[0] is None) != (answers[1] is None):  # one may be slow: a sync takes its time
            answers = [got or side.link.receive(1.5, dport=dport, xid=how["xid"])
                       for got, side in zip(answers, sides)]
        a, b = (describe(got, 55 in dict(options), mac_bytes(side.link.mac))
                for got, side in zip(answers, sides))
        script.learn(key, answers[0])
        if a != b or (answers[0] is not None and not close(answers[0].u32(51), answers[1].u32(51))):
            differences.append((number, NAMES[kind], key, how, options, a, b,
                                [x and x.u32(51) for x in answers]))
            break  # whatever follows may follow from it
    return differences


def show(differences):
    lines = []
    for number, kind, key, how, options, a, b, times in differences:
        lines.append(f"packet {number}: {kind} of {key} {how} {options}")
        keys = sorted({*(a or {}), *(b or {})})
        for k in keys:
            x, y = (a or {}).get(k), (b or {}).get(k)
            if x != y:
                lines.append(f"    {k}: ISC {x}")
                lines.append(f"    {' ' * len(k)}  ours {y}")
        lines.append(f"    lease times {times}")
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(int(os.environ.get("PXE_TWIN_RUNS", "1"))))
@pytest.mark.parametrize("authoritative", ["authoritative;", ""], ids=["authoritative", "not"])
def test_twin(seed, authoritative):
    with Lab("twin") as lab:
        differences = compare(lab, authoritative, 300, seed)
        assert not differences, show(differences)
