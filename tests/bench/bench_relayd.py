# SPDX-License-Identifier: BSD-2-Clause
"""bench_relayd.py -- requests through a relay and the answers back; a burst of 10 000.

Beside what a server has, the build for routers (preset router): the memory and the size that count
are its."""

import subprocess
import tempfile
from pathlib import Path

from bench import SERVER_CPU, Meter, each, load, pinned, seconds, show, tool
from lab import program, stock

LAN, WAN, SERVER = "198.51.100.1", "192.0.2.254", "192.0.2.1"


def network(lab):
    client, router, server = lab.netns("client"), lab.netns("router"), lab.netns("server")
    lab.veth(router, "lan0", client, "eth0")
    lab.veth(router, "wan0", server, "eth0")
    client.addr("eth0", "198.51.100.2/24")
    router.addr("lan0", f"{LAN}/24")
    router.addr("wan0", f"{WAN}/24")
    server.addr("eth0", f"{SERVER}/24")
    server.ip("route", "add", "default", "via", WAN)
    return client, router, server


def relay(program_path, *more):
    def start(lab, ns):
        return lab.spawn("relay", *pinned(SERVER_CPU, program_path, "-4", "-d", "-q", "--no-pid", *more,
                         "-id", "lan0", "-iu", "wan0", SERVER), ns=ns)
    return start


def ours(lab, ns):
    return relay(program("relayd"), "--control", "")(lab, ns)


def isc(lab, ns):
    return relay(stock("dhcrelay"))(lab, ns)


def floor(lab, ns):
    return lab.spawn("floor", *pinned(SERVER_CPU, tool("floor"), "relay", "client-side", LAN, "server",
                     SERVER, "broadcast", "198.51.100.255"), ns=ns)


RELAYS = {"ours": ours, "ISC dhcrelay": isc, "floor": floor}
ROUTER = "ours, router's build"


def router_build(folder):
    """What a router gets, stripped; None after saying why there is none."""
    project = Path(__file__).resolve().parents[2]
    for command in (["cmake", "--preset", "router", "-S", project, "-B", folder],
                    ["ninja", "-C", folder, "relayd/relayd"],
                    ["strip", f"{folder}/relayd/relayd"]):
        done = subprocess.run(list(map(str, command)), cwd=project, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(f"no {ROUTER}: {done.stdout.strip().splitlines()[-1]}")
            return None
    return Path(folder) / "relayd/relayd"


def through(*args):
    def case(lab, start):
        client, router, server = network(lab)
        proc = start(lab, router)
        proc.wait_udp(67)
        lab.spawn("server", *pinned("1", tool("relay_load"), "role", "server", "local", SERVER),
                  ns=server).wait_udp(67)
        with Meter(proc.pid) as meter:
            got = load(client, tool("relay_load"), "role", "client", "broadcast", "198.51.100.255",
                       *args)
        packets = 2 * got["back"] or 1
        return {**got, "drop_pct": 100 * got["dropped"] / max(1, got["sent"]),
                "cpu_us": meter.cpu_s * 1e6 / packets,
                "per_cpu_s": packets / meter.cpu_s if meter.cpu_s else None,
                "mem_mib": meter.peak_kib / 1024}
    return case


COLUMNS = [("per_s", "answers/s", ".0f"), ("drop_pct", "lost %", ".2f"), ("p99_us", "p99 us", ".0f"),
           ("cpu_us", "CPU us/pkt", ".2f"), ("per_cpu_s", "pkt/CPU s", ".0f"),
           ("mem_mib", "peak MiB", ".1f")]
LOWER = ("drop_pct", "p99_us", "cpu_us", "mem_mib")


def run():
    with tempfile.TemporaryDirectory() as folder:
        small = router_build(folder)
        relays = RELAYS if small is None else {**RELAYS, ROUTER: relay(small, "--control", "")}
        rows = each(relays, through("seconds", seconds(6), "window", 128))
        show("relayd: 128 requests open, each answered", COLUMNS, {k: rows[k] for k in RELAYS}, lower=LOWER)
        bursts = each(relays, through("seconds", 5, "burst", 10000))
        show("relayd: 10 000 requests in one burst", COLUMNS, {k: bursts[k] for k in RELAYS}, lower=LOWER)
        if small is not None:
            size = small.stat().st_size
            peak = max(r[ROUTER]["mem_mib"] for r in (rows, bursts) if r.get(ROUTER))
            print(f"\n{ROUTER}: {size} bytes stripped (at most 150000), peak {peak * 1.048576:.2f} MB (at most 2.5)")
    return 0 if rows.get("ours") else 1
