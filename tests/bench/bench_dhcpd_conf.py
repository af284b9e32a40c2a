# SPDX-License-Identifier: BSD-2-Clause
"""bench_dhcpd_conf.py -- what the size of dhcpd.conf costs: reading it, memory, and each packet.

Starting is measured from the start of the process to the first answer to a packet, and so includes all
that a server puts off. The cost of a packet is CPU time over exchanges of clients that the file does
not name, with a small file and with a large one of the same shape; it should not grow at all. The pool
they share is small and they come again: ISC's server walks its list of free addresses for each offer,
and with 130 000 of them it would be that walk that is measured."""

import time

from bench import QUICK, SERVER_CPU, Meter, each, load, pinned, show, tool
from lab import LabError, program, stock

SERVER, GIADDR = "198.18.0.1", "198.18.0.2"

HEAD = """\
default-lease-time 3600; max-lease-time 7200; ping-check false; dhcp-cache-threshold 0; {extra}
subnet 198.18.0.0 netmask 255.254.0.0 {{ range 198.18.1.0 198.18.8.255; option routers 198.18.0.1; }}
"""


def mac(i):
    return f"06:00:00:{i >> 16 & 255:02x}:{i >> 8 & 255:02x}:{i & 255:02x}"


def hosts(n):
    return "".join(f"host h{i} {{ hardware ethernet {mac(i)}; option host-name \"h{i}\"; }}\n" for i in range(n))


def subnets(n):
    return "".join(f"subnet 10.{i >> 8 & 255}.{i & 255}.0 netmask 255.255.255.0 {{ option routers "
                   f"10.{i >> 8 & 255}.{i & 255}.1; range 10.{i >> 8 & 255}.{i & 255}.10 "
                   f"10.{i >> 8 & 255}.{i & 255}.20; }}\n" for i in range(n))


def pool(n):
    last = (10 << 24) + 255 + n
    text = ".".join(str(last >> s & 255) for s in (24, 16, 8, 0))
    return f"subnet 10.0.0.0 netmask 255.0.0.0 {{ range 10.0.1.0 {text}; }}\n"


def subclasses(n):
    return 'class "c" { match hardware; }\n' + "".join(
        f'subclass "c" 1:{mac(i)} {{ option root-path "/c{i}"; }}\n' for i in range(n))


def server(argv, extra):
    def start(lab, ns, text):
        conf = lab.file("dhcpd.conf", HEAD.format(extra=extra) + text)
        leases = lab.file("dhcp/dhcpd.leases", "")
        return lab.spawn("dhcpd", *pinned(SERVER_CPU, *argv(), "-4", "-f", "-q", "-cf", conf, "-lf", leases,
                                          "--no-pid", "eth0"), ns=ns)
    return start


SERVERS = {"ours": server(lambda: (program("dhcpd"), "--control", ""), ""),
           "ISC, no fsync": server(lambda: (stock("dhcpd"),), "dont-use-fsync true;")}


def network(lab):
    ns, client = lab.netns("server"), lab.netns("client")
    lab.veth(ns, "eth0", client, "eth0")
    ns.addr("eth0", f"{SERVER}/15")
    client.addr("eth0", f"{GIADDR}/15")
    return ns, client


def answers(client, proc, timeout):
    """Wait for the first answer, asking again and again; seconds since the start are the caller's."""
    sock = client.socket()
    sock.bind((GIADDR, 67))
    sock.settimeout(0.005)
    ask = bytes([1, 1, 6, 1]) + bytes(20) + bytes(map(int, GIADDR.split(".")))
    ask += bytes.fromhex(mac(1 << 23).replace(":", "")) + bytes(202) + bytes.fromhex("63825363350101ff")
    end = time.monotonic() + timeout
    while time.monotonic() < end and proc.alive():
        sock.sendto(ask.ljust(300, b"\0"), (SERVER, 67))
        try:
            sock.recv(2048)
            sock.close()
            return
        except (TimeoutError, ConnectionRefusedError):
            pass
    raise LabError(f"no answer: {proc.tail()}")


def starting(text):
    def case(lab, start):
        ns, client = network(lab)
        client.ip("neigh", "replace", SERVER, "lladdr", ns.mac("eth0"), "dev", "eth0")
        began = time.monotonic()
        proc = start(lab, ns, text)
        answers(client, proc, 300)
        return {"start_s": time.monotonic() - began, "cpu_s": proc.cpu_s(), "mem_mib": proc.rss_kib() / 1024}
    return case


def exchanging(text):
    def case(lab, start):
        ns, client = network(lab)
        proc = start(lab, ns, text)
        answers(client, proc, 300)
        with Meter(proc.pid) as meter:
            got = load(client, tool("dhcp_load"), "server", SERVER, "giaddr", GIADDR, "seconds", 10, "count",
                       5000 if QUICK else 30000, "window", 16, "clients", 1000)
        return {"cpu_us": meter.cpu_s * 1e6 / max(1, got["done"]), "per_s": got["per_s"]}
    return case


START = [("start_s", "start s", ".3f"), ("cpu_s", "CPU s", ".2f"), ("mem_mib", "peak MiB", ".1f")]


def packet_cost(title, small, large):
    few, many = (each(SERVERS, exchanging(text)) for text in (small, large))
    rows = {}
    for name in SERVERS:
        if few[name] and many[name]:
            rows[name] = {"few": few[name]["cpu_us"], "many": many[name]["cpu_us"],
                          "growth": many[name]["cpu_us"] / few[name]["cpu_us"]}
        else:
            rows[name] = None
    show(title, [("few", "us with 10", ".1f"), ("many", "us with all", ".1f"), ("growth", "growth", ".2f")], rows,
         lower=("few", "many", "growth"))
    return rows


def run():
    scale, good = 10 if QUICK else 1, True
    for what, text in ((f"{100000 // scale} hosts", hosts(100000 // scale)),
                       (f"{10000 // scale} subnets", subnets(10000 // scale)),
                       (f"a pool of {1000000 // scale} addresses", pool(1000000 // scale))):
        rows = each(SERVERS, starting(text))
        show(f"dhcpd.conf: start to first answer, {what}", START, rows, lower=[k for k, _, _ in START])
        good = good and rows["ours"] is not None
    packet_cost(f"dhcpd.conf: CPU of an exchange, {100000 // scale} hosts and 10", hosts(10), hosts(100000 // scale))
    packet_cost(f"dhcpd.conf: CPU of an exchange, {5000 // scale} subclasses and 10", subclasses(10),
                subclasses(5000 // scale))
    return 0 if good else 1
