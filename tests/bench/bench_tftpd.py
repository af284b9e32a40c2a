# SPDX-License-Identifier: BSD-2-Clause
"""bench_tftpd.py -- one big file, a thousand machines in lockstep, windows, loss, refusals."""

import time

from bench import (LOAD_CPU, QUICK, SERVER_CPU, Meter, each, load, pinned, show, tool)
from lab import PROJECT, LabError, program, stock

SERVER, CLIENT = "192.0.2.1", "192.0.2.2"
MIB = 1 << 20


def network(lab):
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "eth0", client, "eth0")
    server.addr("eth0", f"{SERVER}/24")
    client.addr("eth0", f"{CLIENT}/24")
    return server, client


def root(lab):
    folder = lab.dir / "tftpboot"
    folder.mkdir()
    for name, size in (("big", 64 * MIB), ("mib", MIB)):
        lab.file(f"tftpboot/{name}", bytes(range(256)) * (size // 256))
    return folder


def ours(lab, ns):
    return lab.spawn("tftpd", *pinned(SERVER_CPU, program("tftpd"), "-L", "-s", root(lab),
                     "--control", ""), ns=ns)


def hpa(lab, ns):
    return lab.stock_with_syslog("in.tftpd", *pinned(SERVER_CPU, stock("in.tftpd"), "-L", "-s",
                                 root(lab)), ns=ns)


def atftpd(lab, ns):
    path = PROJECT / "build/peers/usr/sbin/atftpd"
    if not path.exists():
        raise LabError("atftpd is not unpacked (packaging/install-deps bench)")
    return lab.stock_with_syslog("atftpd", *pinned(SERVER_CPU, path, "--daemon", "--no-fork", "--port",
                                 "69", "--maxthread", "1100", "--user", "nobody.nogroup", "-v0",
                                 root(lab)), ns=ns)


def dnsmasq(lab, ns):
    return lab.spawn("dnsmasq", *pinned(SERVER_CPU, stock("dnsmasq"), "-k", "-p", "0", "-C",
                     "/dev/null", "--enable-tftp", f"--tftp-root={root(lab)}", "--tftp-max=1100",
                     "-u", "root", "--quiet-tftp", "--interface=eth0", "--bind-interfaces"), ns=ns)


def floor(size):
    def start(lab, ns):
        return lab.spawn("floor", *pinned(SERVER_CPU, tool("floor"), "tftp", "local", SERVER, "size",
                         size), ns=ns)
    return start


PEERS = {"ours": ours, "tftp-hpa": hpa, "atftpd": atftpd, "dnsmasq": dnsmasq}
COLUMNS = [("mb_per_s", "MB/s", ".1f"), ("failed", "failed", ".0f"),
           ("cpu_gib", "CPU s/GiB", ".2f"), ("mem_mib", "peak MiB", ".1f"),
           ("p50_ms", "p50 ms", ".1f"), ("p99_ms", "p99 ms", ".1f"),
           ("first_ms", "first p99", ".1f")]
LOWER = ("failed", "cpu_gib", "mem_mib", "p50_ms", "p99_ms", "first_ms")


def fetch(*args):
    def case(lab, start):
        server, client = network(lab)
        proc = start(lab, server)
        proc.wait_udp(69)
        with Meter(proc.pid) as meter:
            got = load(client, tool("tftp_load"), "server", SERVER, *args)
        return {**got, "cpu_gib": meter.cpu_s * (1 << 30) / max(1, got["bytes"]),
                "mem_mib": meter.peak_kib / 1024, "p50_ms": got["p50_us"] / 1000,
                "p99_ms": got["p99_us"] / 1000, "first_ms": got["first_p99_us"] / 1000}
    return case


def refused(lab, start):
    """Requests for a file that is not there, from 64 clients one after another."""
    server, client = network(lab)
    proc = start(lab, server)
    proc.wait_udp(69)
    each_one = 20 if QUICK else 400
    with Meter(proc.pid) as meter:
        got = load(client, tool("tftp_load"), "server", SERVER, "file", "missing", "clients", 64,
                   "repeat", each_one, "timeout", 30)
    return {"per_s": got["refused"] / got["seconds"],
            "cpu_us": meter.cpu_s * 1e6 / max(1, got["refused"])}


def busy(lab, start):
    """The first packet of a new transfer while many are running: one client, a small file."""
    server, client = network(lab)
    proc = start(lab, server)
    lab.file("tftpboot/small", b"x" * 1000)
    proc.wait_udp(69)
    storm = lab.spawn("storm", *pinned(LOAD_CPU, tool("tftp_load"), "server", SERVER, "file", "big",
                      "clients", 100 if QUICK else 1000, "timeout", 600), ns=client)
    time.sleep(1 if QUICK else 5)  # until all of them run
    got = load(client, tool("tftp_load"), "server", SERVER, "file", "small", "repeat",
               100 if QUICK else 1000, "timeout", 60)
    if not storm.alive():
        raise LabError("the storm has passed already")
    storm.stop()
    return {"first_ms": got["first_p99_us"] / 1000, "p99_ms": got["p99_us"] / 1000,
            "failed": got["failed"]}


def run():
    clients = 100 if QUICK else 1000
    result = 0
    for window in (1, 16, 64):
        rows = each({**PEERS, "floor": floor(64 * MIB)}, fetch("file", "big", "windowsize", window))
        result |= not rows.get("ours")
        show(f"tftpd: 1 client, 64 MiB, blksize 1468, windowsize {window}", COLUMNS, rows, lower=LOWER)
    for window in (1, 8):
        show(f"tftpd: {clients} clients at once, 1 MiB each, blksize 1468, windowsize {window}",
             COLUMNS, each({**PEERS, "floor": floor(MIB)},
                           fetch("file", "mib", "clients", clients, "windowsize", window,
                                 "timeout", 90)), lower=LOWER)
    show(f"tftpd: {clients} clients at once, 1 MiB each, blksize 512, windowsize 1", COLUMNS,
         each({**PEERS, "floor": floor(MIB)},
              fetch("file", "mib", "clients", clients, "blksize", 512, "timeout", 120)),
         lower=LOWER)
    show(f"tftpd: {clients // 2} clients at once, 1 MiB each, 1 % loss each way", COLUMNS,
         each(PEERS, fetch("file", "mib", "clients", clients // 2, "loss", 0.01, "timeout", 90)),
         lower=LOWER)
    show(f"tftpd: a small file while {clients} clients fetch a big one",
         [("first_ms", "first p99", ".1f"), ("p99_ms", "p99 ms", ".1f"), ("failed", "failed", ".0f")],
         each(PEERS, busy), lower=LOWER)
    show("tftpd: a file that is not there, 64 clients",
         [("per_s", "refused/s", ".0f"), ("cpu_us", "CPU us each", ".1f")],
         each(PEERS, refused), lower=("cpu_us",))
    return result
