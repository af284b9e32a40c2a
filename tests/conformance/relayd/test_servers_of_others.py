# SPDX-License-Identifier: BSD-2-Clause
"""RFC 2131 through the relay with real programs: ISC dhcpd behind it, dhclient and udhcpc before
it; two relays in series; pools by circuit-id and by link selection."""

import json
import re

import pytest
from lab import stock, wait_for
from relaynet import Link, message

CONF = """
authoritative;
ddns-update-style none;
default-lease-time {lease};
max-lease-time {lease};
option agent.server-id-override code 11 = ip-address;
{extra}
subnet 10.2.0.0 netmask 255.255.255.0 {{ }}
subnet 10.1.0.0 netmask 255.255.255.0 {{
    range 10.1.0.100 10.1.0.120;
    option routers 10.1.0.1;
}}
"""


def dhcpd(net, extra="", lease=600, conf=CONF):
    """ISC dhcpd in the place of the bare socket."""
    net.server.sock.close()
    path = net.lab.file("dhcpd.conf", conf.format(extra=extra, lease=lease))
    leases = net.lab.file("dhcpd.leases", "")
    daemon = net.lab.spawn("dhcpd", stock("dhcpd"), "-4", "-d", "-cf", path, "-lf", leases,
                           "-pf", net.lab.dir / "dhcpd.pid", "e0", ns=net.server_ns)
    daemon.wait_log("Server starting service")
    return daemon


def dhclient(net, conf="", dev="e0"):
    script = net.lab.file("dhclient-script", "#!/bin/sh\n"
                          "case $reason in BOUND|RENEW|REBIND|REBOOT)\n"
                          "ip addr replace $new_ip_address/24 dev $interface\n"
                          "ip route replace default via $new_routers;; esac\n", 0o755)
    cf = net.lab.file("dhclient.conf", "timeout 20;\nbackoff-cutoff 2;\ninitial-interval 1;\n" + conf)
    leases = net.lab.file("dhclient.leases", "")
    return net.lab.spawn("dhclient", stock("dhclient"), "-4", "-d", "-v", "-cf", cf, "-sf", script,
                         "-lf", leases, "-pf", net.lab.dir / "dhclient.pid", dev, ns=net.client)


@pytest.mark.parametrize("flags", [(), ("-a",), ("-a", "-D"), ("--server-id-override",),
                                   ("-U", "u0"), ("--dedup", "1")], ids=" ".join)
def test_3_1_dora(net, flags):
    daemon = dhcpd(net)
    net.relay(*flags)
    client = dhclient(net)
    client.wait_log(r"bound to 10\.1\.0\.1\d\d", 20)
    daemon.wait_log(r"DHCPACK on 10\.1\.0\.1\d\d .* via 10\.[12]\.0\.1")


def test_4_4_5_renewal_goes_past_the_relay(net):
    """Without override the client renews with the server itself."""
    daemon = dhcpd(net, lease=10)
    net.relay()
    dhclient(net).wait_log("bound to", 20)
    daemon.wait_log(r"DHCPREQUEST for \S+ from \S+ via e0", 20)


def test_5107_renewal_comes_through_the_relay(net):
    """The server takes its identifier from the override, so the client renews with the relay."""
    daemon = dhcpd(net, "if exists agent.server-id-override { option dhcp-server-identifier = "
                        "option agent.server-id-override; }", lease=10)
    net.relay("--server-id-override")
    client = dhclient(net)
    client.wait_log("bound to", 20)
    assert "from 10.1.0.1" in client.text()
    client.wait_log(r"DHCPREQUEST for \S+ on e0 to 10\.1\.0\.1 port 67[\s\S]*bound to", 20)
    assert not re.search(r"DHCPREQUEST for .* via e0", daemon.text())


def test_3046_pool_by_circuit_id(net):
    conf = CONF.replace("range 10.1.0.100 10.1.0.120;",
                        'pool {{ range 10.1.0.100 10.1.0.120; deny members of "port"; }}\n'
                        '    pool {{ range 10.1.0.200 10.1.0.201; allow members of "port"; }}')
    dhcpd(net, 'class "port" { match if option agent.circuit-id = "sw1:c0"; }', conf=conf)
    net.relay("-a", "--circuit-id", "sw1:${ifname}")
    dhclient(net).wait_log(r"bound to 10\.1\.0\.20[01]", 20)


def test_3527_pool_by_link_selection(net):
    """giaddr is on the server's own link; the pool is that of the client's link all the same."""
    dhcpd(net)
    net.relay("-U", "u0")
    dhclient(net).wait_log(r"bound to 10\.1\.0\.1\d\d", 20)


def test_4_4_3_inform(net):
    """An INFORM has no yiaddr; the answer goes to ciaddr."""
    dhcpd(net)
    net.relay()
    net.client.addr("e0", "10.1.0.77/24")
    net.link.send(message(kind=8, ciaddr="10.1.0.77", options=[(55, b"\3")]), src="10.1.0.77")
    back = net.link.receive(3)
    assert back is not None and back.dst == "10.1.0.77" and back.kind == 5


def kea(net):
    """Kea in the place of the bare socket."""
    net.server.sock.close()
    conf = {"Dhcp4": {
        "interfaces-config": {"interfaces": ["e0"], "dhcp-socket-type": "udp"},
        "lease-database": {"type": "memfile", "persist": False},
        "valid-lifetime": 600,
        "subnet4": [{"id": 1, "subnet": "10.1.0.0/24",
                     "pools": [{"pool": "10.1.0.100 - 10.1.0.120"}],
                     "option-data": [{"name": "routers", "data": "10.1.0.1"}]},
                    {"id": 2, "subnet": "10.2.0.0/24"}],
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO",
                     "output_options": [{"output": "stdout"}]}]}}
    path = net.lab.file("kea.json", json.dumps(conf))
    daemon = net.lab.spawn("kea", stock("kea-dhcp4"), "-c", path, ns=net.server_ns,
                           env={"KEA_PIDFILE_DIR": str(net.lab.dir),
                                "KEA_LOCKFILE_DIR": str(net.lab.dir)})
    daemon.wait_log("DHCP4_STARTED", 20)
    return daemon


@pytest.mark.parametrize("flags", [(), ("-a", "-D"), ("-U", "u0"), ("--server-id-override",)],
                         ids=" ".join)
def test_kea(net, flags):
    kea(net)
    net.relay(*flags)
    client = dhclient(net)
    client.wait_log(r"bound to 10\.1\.0\.1\d\d", 20)
    if "--server-id-override" in flags:  # Kea heeds RFC 5107 by itself
        assert re.search(r"DHCPOFFER of \S+ from 10\.1\.0\.1\b", client.text())


def test_our_own_server(net):
    net.server.sock.close()
    path = net.lab.file("dhcpd.conf", CONF.format(extra="", lease=600))
    net.lab.file("dhcpd.leases", "")
    net.lab.daemon("dhcpd", "-4", "-d", "-cf", path, "-lf", net.lab.dir / "dhcpd.leases",
                   "-pf", net.lab.dir / "dhcpd.pid", "e0", ns=net.server_ns).wait_udp(67)
    net.relay("-a", "-D")
    dhclient(net).wait_log(r"bound to 10\.1\.0\.1\d\d", 20)


def test_udhcpc(net):
    dhcpd(net)
    net.relay("-a", "-D")
    busybox = net.lab.spawn("udhcpc", stock("busybox"), "udhcpc", "-f", "-q", "-n", "-i", "e0",
                            "-s", "/bin/true", ns=net.client)
    assert busybox.wait(20) == 0
    assert re.search(r"lease of 10\.1\.0\.1\d\d obtained", busybox.text())


@pytest.mark.parametrize("flags", [(), ("-a",), ("-a", "-m", "append")], ids=" ".join)
def test_two_relays_in_series(net, flags):
    """client - relay - relay - server: the second leaves giaddr alone, the reply goes to the first."""
    far = net.lab.netns("far")
    net.lab.veth(far, "e0", net.router, "f0")
    net.router.addr("f0", "10.5.0.1/24")
    far.addr("e0", "10.5.0.2/24")
    far.ip("route", "add", "default", "via", "10.5.0.1")
    # the client moves behind a first relay of its own
    near = net.lab.netns("near")
    leaf = net.lab.netns("leaf")
    net.lab.veth(leaf, "e0", near, "n0")
    net.lab.veth(near, "n1", net.router, "d0")
    net.router.addr("d0", "10.6.0.1/24")
    near.addr("n1", "10.6.0.2/24")
    near.addr("n0", "10.1.9.1/24")
    near.sysctl("net.ipv4.ip_forward", 1)
    near.ip("route", "add", "default", "via", "10.6.0.1")
    net.router.ip("route", "add", "10.1.9.0/24", "via", "10.6.0.2")
    first = net.lab.daemon("relayd", "-d", "-id", "n0", "-iu", "n1", *flags, "10.6.0.1", ns=near,
                           control=net.lab.dir / "near.control")
    first.wait_udp(67)
    net.relay(*flags, sides=("-id", "d0", "-iu", "u0"))
    link = Link(leaf, "e0")
    link.send(message(xid=5))
    got = net.server.receive()
    assert (got.giaddr, got.hops, got.xid) == ("10.1.9.1", 2, 5)
    seen = got.all(82)
    assert seen == ([] if not flags else [b"\1\2n0"] if len(flags) == 1
                    else [b"\1\2n0", b"\1\2d0"])
    net.server.send(message(op=2, kind=2, giaddr="10.1.9.1", yiaddr="10.1.9.50", xid=5,
                            options=[(82, b"".join(seen))] if seen else []), "10.1.9.1")
    back = link.receive()
    assert back.dst == "10.1.9.50" and back.all(82) == []


def test_relays_in_a_ring_end_at_the_hop_limit(net):
    """Two relays that name each other as server: a packet must die, and soon."""
    other = net.lab.netns("other")
    net.lab.veth(other, "o0", net.router, "x0")
    net.router.addr("x0", "10.8.0.1/24")
    other.addr("o0", "10.8.0.2/24")
    other.ip("route", "add", "default", "via", "10.8.0.1")
    net.lab.daemon("relayd", "-d", "-i", "o0", "10.8.0.1", ns=other,
                   control=net.lab.dir / "other.control").wait_udp(67)
    relay = net.relay(sides=("-i", "c0", "-i", "x0"), servers=("10.8.0.2",))
    net.link.send(message())
    wait_for(lambda: "giaddr is an address of this relay" in relay.text()
             or "hop-limit" in relay.text() or "too many relays" in relay.text(), 5, "its end")
    assert len(re.findall("Forwarded BOOTREQUEST", relay.text())) <= 10


def test_isc_relay_and_ours_in_series(net):
    """The same with dhcrelay nearer to the client."""
    near, leaf = net.lab.netns("near"), net.lab.netns("leaf")
    net.lab.veth(leaf, "e0", near, "n0")
    net.lab.veth(near, "n1", net.router, "d0")
    net.router.addr("d0", "10.6.0.1/24")
    near.addr("n1", "10.6.0.2/24")
    near.addr("n0", "10.1.9.1/24")
    near.sysctl("net.ipv4.ip_forward", 1)
    near.ip("route", "add", "default", "via", "10.6.0.1")
    net.router.ip("route", "add", "10.1.9.0/24", "via", "10.6.0.2")
    isc = net.lab.spawn("dhcrelay", stock("dhcrelay"), "-d", "-a", "-id", "n0", "-iu", "n1",
                        "10.6.0.1", ns=near)
    isc.wait_log("Sending on   Socket/fallback")
    net.relay("-a", sides=("-id", "d0", "-iu", "u0"))
    link = Link(leaf, "e0")
    link.send(message(xid=6))
    got = net.server.receive()
    assert (got.giaddr, got.hops, got.all(82)) == ("10.1.9.1", 2, [b"\1\2n0"])
    net.server.send(message(op=2, kind=2, giaddr="10.1.9.1", yiaddr="10.1.9.50", xid=6,
                            options=[(82, b"\1\2n0")]), "10.1.9.1")
    assert link.receive().dst == "10.1.9.50"


