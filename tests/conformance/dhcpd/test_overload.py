# SPDX-License-Identifier: BSD-2-Clause
"""More work than time: nothing is lost to a small buffer, begun exchanges come first, nobody is starved."""

import re
import time

from dhcp4 import ACK, DISCOVER, OFFER, REQUEST, RELEASE, message
from dhcpnet import CONF
from lab import wait_for

WIDE = """
default-lease-time 600; authoritative; ping-check false;
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.150; }
subnet 10.0.0.0 netmask 255.192.0.0 { range 10.0.1.0 10.0.255.255; }
"""
RELAYS = ["10.0.0.2", "10.0.0.3"]


def wide(net, *extra):
    """A server behind relays that all live on the client's link."""
    net.server.addr("s0", "10.0.0.1/10")
    net.client.addr("e0", *(f"{ip}/10" for ip in RELAYS))
    server = net.start(*extra, conf=WIDE)
    socks = []
    for ip in RELAYS:
        sock = net.client.socket()
        sock.setsockopt(1, 33, 32 << 20)  # SO_RCVBUFFORCE
        sock.bind((ip, 67))
        sock.settimeout(5)
        socks.append(sock)
    return server, socks


def mac(n):
    return f"02:01:00:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


def flood(sock, giaddr, numbers):
    for n in numbers:
        sock.sendto(message(DISCOVER, mac=mac(n), xid=n, giaddr=giaddr), ("10.0.0.1", 67))


def counters(net):
    return net.command("stats")[0]["counters"]


def receive(sock):
    data = sock.recv(2048)
    return data[242], int.from_bytes(data[4:8], "big")


def test_a_burst_loses_nothing_to_a_small_buffer(net):
    """10 000 at once: each is looked at; what waits so long that its client asks again is left out."""
    _, (sock, _) = wide(net)
    flood(sock, RELAYS[0], range(1, 10001))
    wait_for(lambda: sum(net.command("stats")[0]["exchanges"].get(f"{s}/ok", 0) for s in ("offer",)) +
             counters(net)["dhcpd_backlog_stale"] == 10000, 60, "all of them")
    got = counters(net)
    assert got["dhcpd_receive_overflows"] == 0
    assert got["dhcpd_backlog_crowded_out"] == 0 and got["dhcpd_dropped_busy"] == 0
    assert 'dhcpd_received_total{type="DISCOVER"} 10000\n' in net.command("metrics")


def test_begun_exchanges_come_first(net):
    """A DHCPREQUEST behind 4000 DHCPDISCOVERs is answered before most of them."""
    _, (sock, _) = wide(net)
    flood(sock, RELAYS[0], [9999])
    assert receive(sock) == (OFFER, 9999)
    flood(sock, RELAYS[0], range(1, 4001))
    sock.sendto(message(REQUEST, mac=mac(9999), xid=77777, giaddr=RELAYS[0], options=[(50, "10.0.1.0")]),
                ("10.0.0.1", 67))
    before = 0
    while receive(sock) != (ACK, 77777):
        before += 1
    assert before < 3000


def test_one_relay_does_not_starve_another(net):
    """One DHCPDISCOVER of the other relay behind 4000 of the first."""
    _, (noisy, quiet) = wide(net)
    flood(noisy, RELAYS[0], range(1, 4001))
    flood(quiet, RELAYS[1], [50000])
    assert receive(quiet) == (OFFER, 50000)
    answered = net.command("stats")[0]["exchanges"]["offer/ok"]
    assert answered < 4001 or counters(net)["dhcpd_backlog"] == 0


def test_a_repeat_is_answered_once(net):
    _, (sock, _) = wide(net)
    flood(sock, RELAYS[0], [*range(1, 2001), *range(1001, 2001)])
    wait_for(lambda: (lambda c: c["dhcpd_backlog"] == 0 and c["dhcpd_backlog_repeats"] > 0)(counters(net)),
             30, "the end of the backlog")
    assert net.command("stats")[0]["exchanges"]["discover/duplicate"] == counters(net)["dhcpd_backlog_repeats"]


def test_a_client_that_floods(net):
    """client_rate: the rest is dropped, counted, an event each and a line now and then."""
    cfg = net.lab.file("rate.cfg", "client_rate = 10;\n")
    server = net.start("--config", cfg)
    for n in range(200):
        net.link.send(message(DISCOVER, mac=net.mac, xid=n))
    assert net.ask(DISCOVER, mac="02:00:00:00:00:77").kind == OFFER
    server.wait_log(rf"{net.mac} from 0\.0\.0\.0 brings more than 10 packets a second, some are dropped "
                    r"\(client_rate\)")
    stats = net.command("stats")[0]
    assert stats["counters"]["dhcpd_dropped_rate"] > 100
    assert stats["exchanges"]["discover/overload"] == stats["counters"]["dhcpd_dropped_rate"]
    assert len(re.findall("brings more than", server.text())) < 10
    wait_for(lambda: net.ask(DISCOVER, timeout=0.5), 20, "an offer once it is quiet")


def test_a_circuit_that_floods(net):
    """circuit_rate: one subscriber behind a relay, with many addresses; the next one is served."""
    cfg = net.lab.file("rate.cfg", "circuit_rate = 10; relay_rate = 1000;\n")
    server, (sock, _) = wide(net, "--config", cfg)
    for n in range(100):
        sock.sendto(message(DISCOVER, mac=mac(n), xid=n, giaddr=RELAYS[0], options=[(82, b"\1\2p1")]),
                    ("10.0.0.1", 67))
    sock.sendto(message(DISCOVER, mac=mac(500), xid=500, giaddr=RELAYS[0], options=[(82, b"\1\2p2")]),
                ("10.0.0.1", 67))
    while receive(sock) != (OFFER, 500):
        pass
    server.wait_log(r"packets a second, some are dropped \(circuit_rate\)")
    assert counters(net)["dhcpd_dropped_rate"] > 50


def test_an_exhausted_pool_is_one_line(net):
    """What makes it full is in it: here nothing is bound, all is on offer."""
    server = net.start(conf=CONF.replace("192.0.2.100 192.0.2.150", "192.0.2.100 192.0.2.109"))
    for n in range(40):
        net.link.send(message(DISCOVER, mac=mac(n), xid=n))
    server.wait_log(r"network 192\.0\.2\.0/24 has no free lease: pool 192\.0\.2\.100-192\.0\.2\.109: "
                    r"10 of 10 in use \(0 bound, 0 abandoned, 10 on offer\)")
    wait_for(lambda: net.command("stats")[0]["exchanges"].get("discover/no-free-lease") == 30, 10, "all")
    assert len(re.findall("has no free lease", server.text())) == 1
    # given back, it is said that there is room again
    for n in range(3):
        ip = f"192.0.2.{100 + n}"
        assert net.ask(REQUEST, mac=mac(n), options=[(50, ip)]).kind == ACK
        net.ask(RELEASE, mac=mac(n), ciaddr=ip, timeout=0.1)
    assert net.ask(DISCOVER, mac=mac(100)).kind == OFFER
    server.wait_log("has free leases again")


def test_times_are_measured(net):
    """Histograms of what clients wait for and what the disk takes."""
    net.start()
    net.lease()
    time.sleep(0.05)
    text = net.command("metrics")
    for name in ("dhcpd_reply_seconds", "dhcpd_dora_seconds", "dhcpd_store_sync_seconds",
                 "dhcpd_store_batch_replies"):
        assert f"# TYPE {name} histogram\n" in text
        counts = [int(n) for n in re.findall(rf'^{name}_bucket{{le="[^"]+"}} (\d+)$', text, re.M)]
        assert len(counts) == 17 and counts == sorted(counts)
        total = int(re.search(rf"^{name}_count (\d+)$", text, re.M).group(1))
        assert total == counts[-1] > 0
    assert int(re.search(r"^dhcpd_dora_seconds_count (\d+)$", text, re.M).group(1)) == 1
    assert net.command("stats")[0]["times"]["dora_us"]["count"] == 1


def test_thousands_of_relays_and_subnets(net):
    """Each relay's clients get an address of its own subnet."""
    nets = [f"10.{n >> 8}.{n & 255}" for n in range(256, 3256)]
    conf = WIDE.split("subnet 10.0.0.0")[0] + "".join(
        f"subnet {n}.0 netmask 255.255.255.0 {{ range {n}.100 {n}.200; option routers {n}.1; }}\n" for n in nets)
    net.server.ip("route", "add", "10.0.0.0/8", "via", "192.0.2.250", "dev", "s0")
    net.server.ip("neigh", "add", "192.0.2.250", "lladdr", net.mac, "dev", "s0")
    net.start(conf=conf)
    for number, prefix in enumerate(nets):
        net.link.send(message(DISCOVER, mac=mac(number), xid=number, giaddr=f"{prefix}.1", hops=1))
    seen = {}
    while len(seen) < len(nets) and (got := net.link.receive(10, dport=67)) is not None:
        seen[got.xid] = (got.yiaddr, got.dst, got.ip(3))
    assert seen == {n: (f"{prefix}.100", f"{prefix}.1", f"{prefix}.1") for n, prefix in enumerate(nets)}
