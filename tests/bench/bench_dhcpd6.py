# SPDX-License-Identifier: BSD-2-Clause
"""bench_dhcpd6.py -- DHCPv6 exchanges (Solicit, Advertise, Request, Reply) of fresh clients behind a
relay, a range of 2^64 addresses, and a million leases loaded at start.

ISC dhcpd and Kea do not sync replies of DHCPv6 at all; ours always does."""

import json
import time

from bench import LOAD_CPU, SERVER_CPU, Meter, each, load, pinned, seconds, show, tool
from lab import Lab, LabError, program, stock

SERVER, RELAY = "2001:db8:b::1", "2001:db8:b::2"

ISC_CONF = """\
default-lease-time 3600;
preferred-lifetime 1800;
option dhcp6.name-servers 2001:db8:b::53;
option dhcp6.domain-search "example.org";
subnet6 2001:db8:b::/64 { range6 2001:db8:b::1:0:0 2001:db8:b::ffff:ffff:ffff; }
"""

KEA_CONF = {"Dhcp6": {
    "interfaces-config": {"interfaces": [f"eth0/{SERVER}"]},
    "valid-lifetime": 3600, "preferred-lifetime": 1800,
    "server-id": {"type": "LLT", "persist": False},
    "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 0},
    "option-data": [{"name": "dns-servers", "data": "2001:db8:b::53"},
                    {"name": "domain-search", "data": "example.org"}],
    "subnet6": [{"subnet": "2001:db8:b::/64", "interface": "eth0",
                 "pools": [{"pool": "2001:db8:b::1:0:0-2001:db8:b::ffff:ffff:ffff"}]}],
    "loggers": [{"name": "kea-dhcp6", "severity": "ERROR",
                 "output_options": [{"output": "stderr"}]}]}}


def network(lab):
    server, client = lab.netns("server"), lab.netns("client")
    for ns in (server, client):
        ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
    lab.veth(server, "eth0", client, "eth0")
    server.addr("eth0", f"{SERVER}/64")
    client.addr("eth0", f"{RELAY}/64")
    client.run("ping", "-6", "-c", "1", "-W", "2", SERVER, check=False)
    return server, client


def leases(lab):
    path = lab.dir / "dhcp/dhcpd6.leases"
    if not path.exists():
        lab.file("dhcp/dhcpd6.leases", "")
    return path


def ours(lab, ns):
    conf = lab.file("dhcpd6.conf", ISC_CONF)
    return lab.spawn("dhcpd", *pinned(SERVER_CPU, program("dhcpd"), "-6", "-f", "-q", "-cf", conf, "-lf",
                     leases(lab), "--no-pid", "--control", "", "eth0"), ns=ns)


def isc(lab, ns):
    conf = lab.file("dhcpd6.conf", ISC_CONF)
    return lab.spawn("dhcpd", *pinned(SERVER_CPU, stock("dhcpd"), "-6", "-f", "-q", "-cf", conf, "-lf",
                     leases(lab), "--no-pid", "eth0"), ns=ns)


def kea(lab, ns):
    config = json.loads(json.dumps(KEA_CONF))
    config["Dhcp6"]["lease-database"]["name"] = str(lab.dir / "kea6.csv")
    conf = lab.file("kea6.json", json.dumps(config))
    return lab.spawn("kea", *pinned(SERVER_CPU, stock("kea-dhcp6"), "-c", conf), ns=ns,
                     env={"KEA_PIDFILE_DIR": str(lab.dir), "KEA_LOCKFILE_DIR": "none"})


SERVERS = {"ours": ours, "ISC dhcpd -6": isc, "Kea memfile": kea}


def exchanges(*args):
    def case(lab, start):
        server, client = network(lab)
        proc = start(lab, server)
        proc.wait_udp(547)
        warm = load(client, tool("dhcp6_load"), "server", SERVER, "relay", RELAY, "clients", 1, "count",
                    5, "window", 1, "seconds", 20)
        if not warm["done"]:
            raise LabError(f"it does not answer: {proc.tail()}")
        with Meter(proc.pid) as meter:
            got = load(client, tool("dhcp6_load"), "server", SERVER, "relay", RELAY, *args)
        done = got["done"] or 1
        return {**got, "drop_pct": 100 * got["dropped"] / max(1, got["started"]),
                "cpu_us": meter.cpu_s * 1e6 / done, "mem_mib": meter.peak_kib / 1024}
    return case


def perfdhcp(rate):
    """The field's own generator, as a cross-check; a reply it missed is a drop."""
    def case(lab, start):
        server, client = network(lab)
        start(lab, server).wait_udp(547)
        done = client.run(*pinned(LOAD_CPU, stock("perfdhcp"), "-6", "-r", rate, "-R", "100000", "-p",
                          seconds(5), "-W", "1000000", "-l", "eth0", "all"), check=False, timeout=120)
        drops = [float(l.split()[2]) for l in done.stdout.splitlines() if l.startswith("drops ratio")]
        return {"rate": rate, "drop_pct": max(drops)}
    return case


def million(count):
    """A lease file of so many IAs, of ISC's making to the letter: how long until it serves?"""
    def case(lab, start):
        server, _ = network(lab)
        path = leases(lab)
        with open(path, "w") as f:
            f.write("authoring-byte-order little-endian;\n\n")
            for n in range(count):
                key = "".join(f"\\{b:03o}" for b in n.to_bytes(4, "big"))
                f.write(f'ia-na "\\001\\000\\000\\000\\000\\003\\000\\001\\002\\013{key}" {{\n'
                        "  cltt 2 2026/11/24 15:36:36;\n"
                        f"  iaaddr 2001:db8:b::1:{n >> 16:x}:{n & 0xffff:x} {{\n"
                        "    binding state active;\n    preferred-life 1800;\n    max-life 3600;\n"
                        "    ends never;\n  }\n}\n\n")
        begin = time.monotonic()
        proc = start(lab, server)
        proc.wait_udp(547, timeout=120)
        took = time.monotonic() - begin
        return {"start_s": took, "mem_mib": proc.rss_kib() / 1024}
    return case


COLUMNS = [("per_s", "SARR/s", ".0f"), ("drop_pct", "drops %", ".2f"), ("p50_us", "p50 us", ".0f"),
           ("p99_us", "p99 us", ".0f"), ("cpu_us", "CPU us/SARR", ".1f"), ("mem_mib", "peak MiB", ".1f")]
LOWER = ("drop_pct", "p50_us", "p99_us", "cpu_us", "mem_mib")


def run():
    rows = each(SERVERS, exchanges("seconds", seconds(6), "count", 200000, "window", 256))
    show("dhcpd6: fresh clients, 256 exchanges open, up to 200 000", COLUMNS, rows, lower=LOWER)
    peers = [r["per_s"] for n, r in rows.items() if r and n != "ours"]
    if peers:
        rate = max(100, int(min(peers) / 2))
        show(f"dhcpd6: {rate} exchanges a second, half of what the slowest peer can",
             COLUMNS, each(SERVERS, exchanges("seconds", seconds(5), "rate", rate)), lower=LOWER)
        show("dhcpd6: the same rate by perfdhcp -6, direct",
             [("rate", "asked/s", ".0f"), ("drop_pct", "drops %", ".2f")],
             each(SERVERS, perfdhcp(rate)), lower=("drop_pct",))
    files = {n: s for n, s in SERVERS.items() if not n.startswith("Kea")}
    show("dhcpd6: a lease file of 1 000 000 IAs at start",
         [("start_s", "seconds", ".2f"), ("mem_mib", "MiB", ".0f")], each(files, million(1000000)),
         lower=("start_s", "mem_mib"))
    return 0 if rows.get("ours") else 1
