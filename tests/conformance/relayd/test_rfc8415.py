# SPDX-License-Identifier: BSD-2-Clause
"""RFC 8415 section 19: the DHCPv6 relay, in both directions. RFC 4580, 4649, 7283, 8357."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from lab import Lab, LabError, program, stock, wait_for
from relaynet6 import (ADVERTISE, DUID, INTERFACE_ID, LEASEQUERY, LINK, RECONFIGURE, RELAY_FORW,
                       RELAY_REPL, RELEASE, REMOTE_ID, RENEW, REPLY, REQUEST, SOLICIT, SOURCE_PORT,
                       SUBSCRIBER_ID, Message6, RelayNet6, Socket6, ip_bytes,
                       link_local, plain, wrapped)

QUIET = 0.4


@pytest.fixture
def net():
    with Lab("relayd6") as lab:
        yield RelayNet6(lab)


@pytest.mark.parametrize("kind", [SOLICIT, REQUEST, RENEW, RELEASE, LEASEQUERY, 99])
def test_19_1_1_message_of_a_client(net, kind):
    net.relay()
    sent = plain(kind)
    got = net.up(sent)
    assert (got.kind, got.hops, got.link, got.peer) == (RELAY_FORW, 0, LINK, net.address)
    assert got.inner == sent and got.options == [(9, sent)]
    assert got.source[1] == 547


@pytest.mark.parametrize("kind", [ADVERTISE, REPLY, RECONFIGURE, RELAY_REPL])
def test_19_1_messages_that_only_servers_send(net, kind):
    relay = net.relay()
    data = wrapped(kind, plain(REPLY)) if kind == RELAY_REPL else plain(kind)
    assert net.up(data, QUIET) is None
    relay.wait_log("Discarding .* going up: only servers send this")


def test_19_1_1_link_without_address_has_interface_id(net):
    net.router.ip("-6", "addr", "del", LINK + "/64", "dev", "l0")
    relay = net.relay()
    relay.wait_log("l0 does not have a global IPv6 address")
    got = net.up(plain())
    assert got.link == "::"
    assert got.get(INTERFACE_ID) == [net.index("l0").to_bytes(4, sys.byteorder)]
    back = net.down(wrapped(RELAY_REPL, plain(ADVERTISE), "::", net.address,
                            options=[(INTERFACE_ID, got.get(INTERFACE_ID)[0])]))
    assert back.data == plain(ADVERTISE)


@pytest.mark.parametrize("args,ids", [
    (("-I",), lambda i: [i.to_bytes(4, sys.byteorder)]),
    (("-I", "--interface-id", "gw:${ifname}"), lambda i: [b"gw:l0"])])
def test_19_1_1_interface_id(net, args, ids):
    net.relay(*args)
    assert net.up(plain()).get(INTERFACE_ID) == ids(net.index("l0"))


def test_interface_id_by_number_and_link_by_address(net):
    net.router.addr("l0", "2001:db8:11::1/64")
    net.relay("-I", links=("-l", "2001:db8:11::1%l0#77", "-u", "u0"))
    got = net.up(plain())
    assert got.link == "2001:db8:11::1"
    assert got.get(INTERFACE_ID) == [(77).to_bytes(4, sys.byteorder)]


def test_two_links_are_told_apart(net):
    net.lab.veth(net.client, "e1", net.router, "l1")
    net.router.addr("l1", "2001:db8:3::1/64")
    other = Socket6(net.client, "e1", 1546)
    net.relay(links=("-l", "l0", "-l", "l1", "-u", "u0"))
    other.send(plain(xid=1))
    got = net.server.receive()
    assert got.link == "2001:db8:3::1"
    assert got.get(INTERFACE_ID) == [net.index("l1").to_bytes(4, sys.byteorder)]
    assert net.up(plain(xid=2)).link == LINK


def test_19_1_2_relay_below(net):
    net.relay()
    inner = wrapped(RELAY_FORW, plain(), "2001:db8:7::1", "fe80::7", hops=3)
    got = net.up(inner)
    # from a link-local address: which link it came in on is said
    assert (got.hops, got.link, got.peer, got.inner) == (4, LINK, net.address, inner)
    # its port is not 547, so it is remembered (RFC 8357)
    assert got.get(SOURCE_PORT) == [(546).to_bytes(2, "big")]


def test_19_1_2_relay_below_with_a_global_address(net):
    net.client.addr("e0", "2001:db8:1::5/64")
    net.relay()
    net.link.send(wrapped(RELAY_FORW, plain(), "2001:db8:7::1", "fe80::7"), LINK)
    got = net.server.receive()
    assert (got.hops, got.link, got.peer) == (1, "::", "2001:db8:1::5")
    assert len(got.get(INTERFACE_ID)) == 1


@pytest.mark.parametrize("limit,hops,passes", [(None, 9, True), (None, 10, False), (8, 7, True),
                                               (8, 8, False), (None, 255, False)])
def test_19_1_2_hop_limit(net, limit, hops, passes):
    relay = net.relay(*([] if limit is None else ["-c", limit]))
    got = net.up(wrapped(RELAY_FORW, plain(), hops=hops), 5 if passes else QUIET)
    assert (got is not None) == passes
    if not passes:
        relay.wait_log("Hop count exceeded,")


def test_subscriber_id_and_remote_id(net):
    net.relay("-s", "customer 7", "--remote-id", "${hostname}:${ifname}", "--enterprise", "32473")
    got = net.up(plain())
    assert got.get(SUBSCRIBER_ID) == [b"customer 7"]
    remote, = got.get(REMOTE_ID)
    assert remote[:4] == (32473).to_bytes(4, "big") and remote.endswith(b":l0")


def test_templates_of_a_vlan(net):
    try:
        net.router.ip("link", "add", "link", "l0", "name", "l0.30", "type", "vlan", "id", "30")
    except LabError:
        pytest.skip("this kernel has no VLANs")
    net.client.ip("link", "add", "link", "e0", "name", "e0.30", "type", "vlan", "id", "30")
    for ns, dev in ((net.router, "l0.30"), (net.client, "e0.30")):
        ns.ip("link", "set", dev, "up")
    net.router.addr("l0.30", "2001:db8:30::1/64")
    net.relay("--interface-id", "${vlan}", links=("-l", "l0.30", "-l", "l0", "-u", "u0"))
    link = Socket6(net.client, "e0.30", 1546)
    link.send(plain())
    assert net.server.receive().get(INTERFACE_ID) == [b"30"]


@pytest.mark.parametrize("user", [(), ("--user", "nobody")], ids=["root", "nobody"])
def test_6939_link_layer_address(net, user):
    net.relay("--client-link-layer", *user)
    mac = bytes.fromhex(net.client.mac("e0").replace(":", ""))
    assert net.up(plain()).get(79) == [b"\0\1" + mac]
    net.client.ip("link", "set", "e0", "down")
    net.client.ip("link", "set", "e0", "address", "02:00:00:00:00:77")
    net.client.ip("link", "set", "e0", "up")
    wait_for(lambda: link_local(net.client, "e0") == "fe80::ff:fe00:77", 5, "the new address")

    def asked():
        try:
            return net.up(plain(), 0.5)
        except OSError:  # the address is there, but not to be used yet
            return None
    got = wait_for(asked, 5, "relaying from the new address")
    assert got.get(79) == [b"\0\1" + bytes.fromhex("020000000077")]
    # what comes from a relay below is not the client's
    assert net.up(wrapped(RELAY_FORW, plain())).get(79) == []


def test_6939_is_off_by_default(net):
    net.relay()
    assert net.up(plain()).get(79) == []


def test_8357_our_own_source_port(net):
    net.relay("-rp", "1547")
    got = net.up(plain())
    assert got.source[1] == 1547 and got.get(SOURCE_PORT) == [b"\0\0"]
    back = net.down(wrapped(RELAY_REPL, plain(REPLY), LINK, net.address), port=1547)
    assert back.data == plain(REPLY) and back.source[1] == 547


def test_8357_port_of_a_relay_below(net):
    below = Socket6(net.client, "e0", 1547)
    net.relay()
    net.server.send(wrapped(RELAY_REPL, wrapped(RELAY_REPL, plain(REPLY)), LINK, net.address,
                            options=[(SOURCE_PORT, (1547).to_bytes(2, "big"))]), "2001:db8:2::1")
    assert below.receive().kind == RELAY_REPL


def test_upper_with_an_address(net):
    net.relay(links=("-l", "l0", "-u", "2001:db8:2::9%u0", "-u", "u0"))
    net.link.send(plain())
    assert net.server.receive() is not None and net.server.receive() is not None


@pytest.mark.parametrize("kind", [ADVERTISE, REPLY, RECONFIGURE, 99])
def test_19_2_reply_to_a_client(net, kind):
    relay = net.relay()
    back = net.down(wrapped(RELAY_REPL, plain(kind), LINK, net.address))
    assert back.data == plain(kind)
    assert back.source[0].startswith("fe80") and back.source[1] == 547
    relay.wait_log(r"Relaying \S+( 99)? to fe80::\S+ port 546 down\.")


def test_19_2_reply_to_a_relay_below(net):
    below = Socket6(net.client, "e0", 547)
    net.relay()
    inner = wrapped(RELAY_REPL, plain(REPLY), "2001:db8:7::1", "fe80::7")
    net.server.send(wrapped(RELAY_REPL, inner, LINK, net.address), "2001:db8:2::1")
    assert below.receive().data == inner


BAD_REPLIES = {  # peer-address fe80::aaaa stands for the client's
    "a plain Reply": plain(REPLY),
    "a Solicit inside": wrapped(RELAY_REPL, plain(SOLICIT), LINK, "fe80::aaaa"),
    "a Relay-forward inside": wrapped(RELAY_REPL, wrapped(RELAY_FORW, plain()), LINK, "fe80::aaaa"),
    "nothing inside": wrapped(RELAY_REPL, None, LINK, "fe80::aaaa"),
    "two inside": wrapped(RELAY_REPL, plain(REPLY), LINK, "fe80::aaaa",
                          options=[(9, plain(REPLY))]),
    "cut inside": wrapped(RELAY_REPL, plain(REPLY)[:6], LINK, "fe80::aaaa"),
    "cut": wrapped(RELAY_REPL, plain(REPLY), LINK, "fe80::aaaa")[:-3],
    "to a group": wrapped(RELAY_REPL, plain(REPLY), LINK, "ff02::1"),
    "to itself": wrapped(RELAY_REPL, plain(REPLY), LINK, "::1"),
    "empty": b"", "one byte": b"\x0d"}


@pytest.mark.parametrize("what", BAD_REPLIES)
def test_19_2_replies_that_are_dropped(net, what):
    relay = net.relay()
    data = BAD_REPLIES[what].replace(ip_bytes("fe80::aaaa"), ip_bytes(net.address))
    assert net.down(data, QUIET) is None
    assert net.down(wrapped(RELAY_REPL, plain(REPLY), LINK, net.address)) is not None
    assert relay.alive()


def test_19_2_unknown_link(net):
    net.lab.veth(net.client, "e1", net.router, "l1")
    net.router.addr("l1", "2001:db8:3::1/64")
    relay = net.relay(links=("-l", "l0", "-l", "l1", "-u", "u0"))
    assert net.down(wrapped(RELAY_REPL, plain(REPLY), "2001:db8:9::1", net.address), QUIET) is None
    relay.wait_log("neither interface-id nor link-address is of this relay")


def test_spoofed_reply_from_below(net):
    """A client that plays server towards another client."""
    net.client.addr("e0", "2001:db8:1::5/64")
    relay = net.relay()
    net.link.send(wrapped(RELAY_REPL, plain(REPLY), LINK, net.address), LINK)
    assert net.link.receive(QUIET) is None
    relay.wait_log("only servers send this")


@pytest.mark.parametrize("what", ["cut", "option", "empty", "one byte"])
def test_malformed_requests(net, what):
    relay = net.relay()
    data = {"cut": plain()[:-3], "option": plain() + b"\0\1\xff\xff", "empty": b"",
            "one byte": b"\1"}[what]
    assert net.up(data, QUIET) is None
    assert net.up(plain()) is not None and relay.alive()


def test_interface_gone_and_back(net):
    relay = net.relay()
    assert net.up(plain()) is not None
    net.router.ip("link", "del", "l0")
    relay.wait_log("l0 is gone; waiting for it to come back")
    net.lab.veth(net.client, "e0", net.router, "l0")
    net.router.addr("l0", "2001:db8:5::1/64")
    net.link = Socket6(net.client, "e0", 1546)
    net.link.sock.close()
    net.link = Socket6(net.client, "e0", 2546)
    got = wait_for(lambda: net.up(plain(), 0.2), 5, "relaying from the new interface")
    assert got.link == "2001:db8:5::1"
    assert relay.stop() == 0


def test_interface_gone_and_back_under_load(net):
    """Links come and go while another one is busy, which notices nothing."""
    net.lab.veth(net.client, "e1", net.router, "l1")
    net.router.addr("l1", "2001:db8:11::1/64")
    relay = net.relay(links=("-l", "l0", "-l", "l1", "-u", "u0"))
    busy, stop = Socket6(net.client, "e1", 2546), threading.Event()

    def flood():
        xid = 0
        while not stop.is_set():
            xid += 1
            busy.send(plain(xid=xid))
            time.sleep(0.001)

    def come(*links):
        """Requests from all of these links, asked for on the one that came back until it is there."""
        seen, end = set(), time.monotonic() + 30
        while not seen >= set(links) and time.monotonic() < end:
            net.link.send(plain())
            for _ in range(20):
                got = net.server.receive(0.1)
                seen.add(got.link if got else None)
        return seen >= set(links)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for i in range(3):
            net.router.ip("link", "del", "l0")
            net.lab.veth(net.client, "e0", net.router, "l0")
            net.router.addr("l0", f"2001:db8:5{i}::1/64")
            net.link.sock.close()
            net.link = Socket6(net.client, "e0", 3546 + i)
            assert come(f"2001:db8:5{i}::1", "2001:db8:11::1")
    finally:
        stop.set()
        thread.join()
    assert relay.stop() == 0


def test_late_interface(net):
    net.relay("--wait-interfaces", links=("-l", "l7", "-u", "u0"))
    net.lab.veth(net.client, "e7", net.router, "l7")
    net.router.addr("l7", "2001:db8:7::1/64")
    net.link = Socket6(net.client, "e7", 1546)
    wait_for(lambda: (net.up(plain(), 0.2) or net).__dict__.get("link") == "2001:db8:7::1", 5,
             "relaying from the late interface with its address")


def many_links(net, n):
    """n pairs of interfaces in the router: m1 to r1 and so on, the relay's are the r."""
    net.router.sysctl("net.ipv6.conf.default.addr_gen_mode", 1)
    net.router.run("sh", "-c", f"for i in $(seq {n}); do echo link add m$i type veth peer name r$i; "
                   "echo link set m$i up; echo link set r$i up; done | ip -batch -", timeout=600)
    net.router.ip("addr", "add", "fe80::aa/64", "dev", f"m{n}")
    net.router.ip("addr", "add", "fe80::bb/64", "dev", f"r{n}")


@pytest.mark.parametrize("n", [120, pytest.param(4000, marks=pytest.mark.skipif(
    "PXE_MANY" not in os.environ, reason="takes a minute and slows down the whole machine: PXE_MANY=1"))])
def test_more_links_than_one_socket_can_be_a_member_of(net, n):
    """net.core.optmem_max limits the memberships of a socket; a small one stands in for thousands."""
    optmem = Path("/proc/sys/net/core/optmem_max")
    if n < 1000:
        done = net.router.run("sh", "-c", f"echo 2048 >{optmem}", check=False)
        if done.returncode != 0:
            pytest.skip("net.core.optmem_max is not of a namespace in this kernel")
    many_links(net, n)
    links = [a for i in range(1, n + 1) for a in ("-l", f"r{i}#{i}")] + ["-u", "u0"]
    relay = net.relay(links=links)
    assert "joining" not in relay.text()
    index = int(net.router.ip("-o", "link", "show", f"m{n}").split(":")[0])
    sock = Socket6(net.router, f"m{n}", 546, address="fe80::aa", scope=index)
    sock.send(plain())
    got = net.server.receive(20)
    assert int.from_bytes(got.get(INTERFACE_ID)[0], sys.byteorder) == n
    net.server.send(wrapped(RELAY_REPL, plain(ADVERTISE), "::", "fe80::aa", options=[
        (INTERFACE_ID, got.get(INTERFACE_ID)[0])]), "2001:db8:2::1")
    assert sock.receive(20).data == plain(ADVERTISE)
    if n < 1000:  # three more where one would do: 547, netlink and control are the others
        fds = [os.readlink(p) for p in Path(f"/proc/{relay.pid}/fd").iterdir()]
        assert sum(f.startswith("socket:") for f in fds) >= 6
    else:
        print(f"peak {relay.rss_kib()} KiB")


REFUSED = {
    "no lower": (("-6", "-u", "u0"), "at least one lower and one upper interface"),
    "no upper": (("-6", "-l", "l0"), "at least one lower and one upper interface"),
    "nothing": (("-6",), "at least one lower and one upper interface"),
    "twice": (("-6", "-l", "l0", "-l", "l0#3", "-u", "u0"), "declared twice"),
    "missing": (("-6", "-d", "-l", "l9", "-u", "u0"), "l9: no such interface"),
    "address": (("-6", "-l", "2001:%l0", "-u", "u0"), "[ADDRESS%]INTERFACE[#ID]"),
    "id": (("-6", "-l", "l0#x", "-u", "u0"), "[ADDRESS%]INTERFACE[#ID]"),
    "both families": (("-4", "-6", "-l", "l0", "-u", "u0"), "one relay is of one family"),
    "a flag of the other": (("-6", "-a", "-l", "l0", "-u", "u0"), "-a for DHCPv4"),
    "a setting of the other": (("-6", "-l", "l0", "-u", "u0", "--dedup", "1"),
                               "dedup is a setting of the DHCPv4 relay"),
    "a server": (("-6", "-l", "l0", "-u", "u0", "10.2.0.9"), "10.2.0.9 for DHCPv4"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_the_cause_last(net, what):
    args, cause = REFUSED[what]
    done = subprocess.run(net.router.argv([program("relayd"), "--control=", *args]), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert cause in done.stderr.strip().splitlines()[-1], done.stderr


def test_reload(net):
    conf = 'lower = ["l0"];\nupper = ["u0"];\n'
    path = net.lab.file("relayd6.cfg", conf)
    relay = net.relay("--config", path, links=())
    assert net.up(plain()).get(SUBSCRIBER_ID) == []
    net.lab.file("relayd6.cfg", conf + 'subscriber_id = "new";\n')
    assert '"end":true' in net.ask("reload")[-1]
    assert net.up(plain()).get(SUBSCRIBER_ID) == [b"new"]
    net.lab.file("relayd6.cfg", 'lower = ["l0"];\n')
    assert "error" in net.ask("reload")[-1]
    assert net.up(plain()).get(SUBSCRIBER_ID) == [b"new"]
    assert relay.stop() == 0


def test_numbers_and_events(net):
    net.relay()
    net.up(plain())
    net.down(wrapped(RELAY_REPL, plain(ADVERTISE), LINK, net.address))
    net.up(plain(REPLY), QUIET)
    metrics = net.ask("metrics")
    for line in ('relayd6_messages_total{direction="up",type="Solicit"} 1',
                 'relayd6_messages_total{direction="down",type="Advertise"} 1',
                 'relayd6_drops_total{reason="wrong-type"} 1',
                 'relayd6_upper_sent_total{interface="u0",to="ff05::1:3"} 1',
                 'relayd6_lower_received_total{interface="l0"} 2'):
        assert line in metrics, f"{line} is not in:\n" + "\n".join(metrics)
    events = [json.loads(line) for line in net.ask("events") if '"stage"' in line]
    assert [(e["stage"], e["reason"]) for e in events] == [
        ("service", "started"), ("relay-request", "ok"), ("relay-reply", "ok"),
        ("relay-request", "wrong-type")]
    assert events[1]["mac"] == "02:00:00:00:00:09" and events[1]["xid"] == "00abcdef"
    assert events[1]["client_id"] == DUID.hex(":") and events[1]["interface"] == "l0"
    assert events[2]["ip"] == net.address
    names = [json.loads(line)["name"] for line in net.ask("interfaces") if "name" in line]
    assert names == ["l0", "u0"]


def test_as_another_user(net):
    net.relay("--user", "nobody")
    assert net.up(plain()) is not None
    assert net.down(wrapped(RELAY_REPL, plain(REPLY), LINK, net.address)) is not None


# ---- with real programs ----

def dhcpd(net):
    net.server.sock.close()
    conf = net.lab.file("dhcpd6.conf", "authoritative;\ndefault-lease-time 600;\n"
                        "subnet6 2001:db8:2::/64 { }\n"
                        "subnet6 2001:db8:1::/64 { range6 2001:db8:1::100 2001:db8:1::1ff; }\n")
    daemon = net.lab.spawn("dhcpd", stock("dhcpd"), "-6", "-d", "-cf", conf, "-lf",
                           net.lab.file("leases6", ""), "-pf", net.lab.dir / "dhcpd6.pid", "e0",
                           ns=net.server_ns)
    daemon.wait_log("Server starting service")
    return daemon


def dhclient(net, ns, dev="e0"):
    return net.lab.spawn("dhclient", stock("dhclient"), "-6", "-d", "-v", "-sf",
                         net.lab.file("script", "#!/bin/sh\nexit 0\n", 0o755), "-lf",
                         net.lab.file("client6", ""), "-pf", net.lab.dir / "client6.pid",
                         "-cf", net.lab.file("client.conf", ""), dev, ns=ns)


@pytest.mark.parametrize("args", [(), ("-I",), ("--interface-id", "x-${ifname}", "-I")],
                         ids=" ".join)
def test_isc_server_and_client(net, args):
    server = dhcpd(net)
    net.relay(*args)
    net.link.sock.close()
    dhclient(net, net.client).wait_log(r"RCV: {2}\| \| X-- IAADDR 2001:db8:1::1\w\w", 20)
    server.wait_log("Sending Relay-reply")


@pytest.mark.parametrize("first", ["ours", "dhcrelay"])
def test_two_relays_in_series(net, first):
    """client - relay - relay - server, the one nearer to the client ours or ISC's."""
    leaf, near = net.lab.netns("leaf"), net.lab.netns("near")
    for ns in (leaf, near):
        ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
    net.lab.veth(leaf, "e0", near, "n0")
    net.lab.veth(near, "n1", net.router, "d0")
    net.router.addr("d0", "2001:db8:6::1/64")
    near.addr("n1", "2001:db8:6::2/64")
    near.addr("n0", "2001:db8:9::1/64")
    near.sysctl("net.ipv6.conf.all.forwarding", 1)
    args = ("-6", "-d", "-l", "n0", "-u", "2001:db8:6::1%n1")
    if first == "ours":
        net.lab.daemon("relayd", *args, ns=near, control=net.lab.dir / "near").wait_udp(547)
    else:
        net.lab.spawn("dhcrelay", stock("dhcrelay"), *args, ns=near).wait_udp(547)
    net.relay(links=("-l", "d0", "-u", "u0"))
    link = Socket6(leaf, "e0", 546)
    wait_for(lambda: link_local(leaf, "e0"), 5, "a link-local address")
    got = None
    for _ in range(10):
        link.send(plain())
        got = net.server.receive(0.5)
        if got is not None:
            break
    inside = Message6(got.inner)
    assert got.hops == 1 and inside.hops == 0
    assert inside.link == "2001:db8:9::1" and inside.inner == plain()
    inner = wrapped(RELAY_REPL, plain(ADVERTISE), inside.link, inside.peer,
                    options=[(c, v) for c, v in inside.options if c == INTERFACE_ID])
    net.server.send(wrapped(RELAY_REPL, inner, got.link, got.peer, hops=1,
                            options=[(c, v) for c, v in got.options
                                     if c in (INTERFACE_ID, SOURCE_PORT)]), "2001:db8:2::1")
    assert link.receive().data == plain(ADVERTISE)
