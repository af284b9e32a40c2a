# SPDX-License-Identifier: BSD-2-Clause
"""Several servers: policies, health from real answers, the group for boot clients, repeats."""

import json
import shutil
import time
from pathlib import Path

import pytest
from relaynet import ACK, OFFER, RELEASE, REQUEST, Server, message

QUIET = 0.3
SECOND = "10.2.0.10"


@pytest.fixture
def two(net):
    net.server_ns.addr("e0", SECOND + "/24")
    net.second = Server(net.server_ns, SECOND)
    return net


def who(net, xid, **kwargs):
    """Which of the two servers a request reaches."""
    net.link.send(message(xid=xid, mac=xid.to_bytes(6, "big"), **kwargs))
    got = [s.receive(QUIET) is not None for s in (net.server, net.second)]
    return tuple(got)


def answer(net, server, xid):
    server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5", xid=xid,
                        mac=xid.to_bytes(6, "big")), "10.1.0.1")
    assert net.link.receive() is not None


def test_all(two):
    two.relay(servers=("10.2.0.9", SECOND))
    assert who(two, 1) == (True, True)


def test_hash_is_sticky(two):
    relay = two.relay("--server-policy", "hash", servers=("10.2.0.9", SECOND))
    first = {xid: who(two, xid) for xid in range(1, 9)}
    assert set(first.values()) == {(True, False), (False, True)}
    for xid, seen in first.items():
        assert who(two, xid) == seen
    # and after a restart, with the servers in another order
    relay.stop()
    two.relay("--server-policy", "hash", servers=(SECOND, "10.2.0.9"))
    assert {xid: who(two, xid) for xid in first} == first


def test_first_alive(two):
    relay = two.relay("--server-policy", "first-alive", "--dead-after", "1", "--retry", "100ms",
                      servers=("10.2.0.9", SECOND))
    assert who(two, 1) == (True, False)
    relay.wait_log(r"no answer from 10\.2\.0\.9 for 1 s", 20)
    assert who(two, 2) == (True, True)  # a copy for the one that may be back
    answer(two, two.second, 2)
    assert who(two, 3, kind=REQUEST, options=[(54, b"\x0a\2\0\x0a")]) == (False, True)
    answer(two, two.server, 2)
    relay.wait_log(r"10\.2\.0\.9 answers again")
    assert who(two, 4) == (True, False)
    assert relay.text().count("no answer from 10.2.0.9") == 1


def test_what_nobody_answers_kills_no_server(two):
    relay = two.relay("--server-policy", "first-alive", "--dead-after", "500ms",
                      servers=("10.2.0.9", SECOND))
    who(two, 1, kind=RELEASE)
    who(two, 1, kind=REQUEST, options=[(54, b"\x0a\2\0\x63")])
    time.sleep(2.2)
    assert "no answer" not in relay.text()
    assert who(two, 1) == (True, False)


@pytest.mark.parametrize("vendor,boots", [
    (b"PXEClient:Arch:00007:UNDI:003016", True), (b"HTTPClient:Arch:00016:UNDI:003016", True),
    (b"PXEClient", True), (b"MSFT 5.0", False), (b"", False)])
def test_group_for_boot_clients(two, vendor, boots):
    two.relay("--pxe-servers", SECOND)
    assert who(two, 1, options=[(60, vendor)] if vendor else []) == (True, boots)


BOOT = [(60, b"PXEClient:Arch:00007:UNDI:003016")]


@pytest.mark.parametrize("source", [4011, 68])
@pytest.mark.parametrize("to,mac", [("255.255.255.255", None), ("10.1.0.1", "c0")])
def test_boot_servers_port(two, source, to, mac):
    """PXE 2.1 2.2.4: boot servers are asked on port 4011, and answer to where they were asked from."""
    boot = Server(two.server_ns, SECOND, 4011)
    two.relay("--pxe-servers", SECOND)
    to_mac = two.router.mac(mac) if mac else "ff:ff:ff:ff:ff:ff"
    two.link.send(message(kind=REQUEST, ciaddr="10.1.0.5", options=BOOT), src="10.1.0.5", dst=to,
                  sport=source, dport=4011, to_mac=to_mac)
    got = boot.receive()
    assert (got.kind, got.giaddr, got.hops) == (REQUEST, "10.1.0.1", 1)
    assert got.source == ("10.2.0.1", 4011)
    for giaddr_port in (67, 4011):
        boot.send(message(op=2, kind=ACK, giaddr="10.1.0.1", ciaddr="10.1.0.5", yiaddr="10.1.0.5"),
                  "10.1.0.1", giaddr_port)
        back = two.link.receive(dport=source)
        assert back is not None and (back.dst, back.sport) == ("10.1.0.5", 4011)
    assert two.server.receive(QUIET) is None and two.second.receive(QUIET) is None


def test_boot_servers_port_is_for_boot_clients(two):
    boot = Server(two.server_ns, SECOND, 4011)
    two.relay("--pxe-servers", SECOND)
    two.link.send(message(options=[(60, b"MSFT 5.0")]), dport=4011)
    assert boot.receive(QUIET) is None
    events = [json.loads(line) for line in two.ask("events") if '"stage"' in line]
    assert events[-1]["reason"] == "wrong-type" and "boot client" in events[-1]["detail"]


def test_boot_servers_port_off_and_another(two):
    two.relay("--pxe-servers", SECOND, "--pxe-port", "0")
    taken = two.router.socket()
    taken.bind(("0.0.0.0", 4011))  # so nothing of the relay's is there


def test_boot_servers_port_taken(two):
    taken = two.router.socket()
    taken.bind(("0.0.0.0", 4011))
    relay = two.lab.daemon("relayd", "-d", "-id", "c0", "-iu", "u0", "--pxe-servers", SECOND,
                           ns=two.router)
    assert relay.wait() == 1 and "UDP port 4011: Address already in use" in relay.text()
    two.relay("-id", "c0")  # without boot servers nobody needs the port


def test_server_on_another_port(net):
    other = Server(net.server_ns, port=6767)
    net.relay(servers=("10.2.0.9:6767",))
    net.link.send(message())
    assert other.receive() is not None and net.server.receive(QUIET) is None


def test_identical_repeats(net):
    net.relay("--dedup", "1")
    net.link.send(message(secs=1))
    net.link.send(message(secs=1))
    net.link.send(message(secs=1, hops=0))
    net.link.send(message(secs=2))  # a client that is still waiting says so
    assert [net.server.receive().secs, net.server.receive().secs] == [1, 2]
    assert net.server.receive(QUIET) is None
    time.sleep(1.1)
    net.link.send(message(secs=1))
    assert net.server.receive() is not None


def test_repeats_pass_by_default(net):
    net.relay()
    for _ in range(3):
        net.link.send(message())
    assert all(net.server.receive() is not None for _ in range(3))


def test_unknown_name_is_tried_again(net):
    relay = net.relay(servers=("no-such-host.invalid", "10.2.0.9"))
    relay.wait_log("no-such-host.invalid: host unknown", 20)
    assert net.up(message()) is not None
    states = [json.loads(line) for line in net.ask("servers") if '"name"' in line]
    assert [s["state"] for s in states] == ["unresolved", "untried"]


def test_names_are_followed(two):
    """A name whose address changes, and one that is there only later."""
    folder = Path("/etc/netns") / two.router.name  # what `ip netns exec` puts over /etc
    made = not folder.parent.exists()
    folder.mkdir(parents=True)

    def hosts(*lines):
        (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{x}\n" for x in lines))

    def clean():
        shutil.rmtree(folder)
        if made:
            folder.parent.rmdir()

    two.lab.cleanups.append(clean)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (folder / "nsswitch.conf").write_text("hosts: files\n")
    hosts("10.2.0.9 dhcp-a")
    relay = two.relay(servers=("dhcp-a", "dhcp-b:67"))
    relay.wait_log(r"dhcp-a is 10\.2\.0\.9:67")
    relay.wait_log("dhcp-b:67: host unknown")
    assert who(two, 1) == (True, False)
    # the address in use stays in use when another one comes first
    hosts("10.2.0.77 dhcp-a", "10.2.0.9 dhcp-a", f"{SECOND} dhcp-b")
    two.ask("resolve")
    relay.wait_log(r"dhcp-b:67 is 10\.2\.0\.10:67")
    assert who(two, 2) == (True, True)
    hosts(f"{SECOND} dhcp-a", "10.2.0.9 dhcp-b")
    two.ask("resolve")
    relay.wait_log(r"dhcp-a is 10\.2\.0\.10:67")
    relay.wait_log(r"dhcp-b:67 is 10\.2\.0\.9:67")
    assert relay.stop() == 0


def test_unreachable_server_costs_the_others_nothing(net):
    net.relay(servers=("203.0.113.1", "10.2.0.9"))
    for _ in range(20):
        assert net.up(message()) is not None


def test_numbers_of_a_server(net):
    net.relay()
    net.up(message())
    net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5"))
    net.down(message(op=2, kind=ACK, giaddr="10.9.9.9"), QUIET)
    server = json.loads(net.ask("servers")[0])
    assert (server["state"], server["sent"], server["answers"]) == ("alive", 1, 1)
    assert 0 < server["rtt"] < 5
    metrics = net.ask("metrics")
    assert metrics[-1] == "# EOF"
    for line in ('relayd_messages_total{direction="up",type="DISCOVER"} 1',
                 'relayd_messages_total{direction="down",type="OFFER"} 1',
                 'relayd_drops_total{reason="bad-giaddr"} 1',
                 'relayd_server_sent_total{server="10.2.0.9",group="dhcp"} 1',
                 'relayd_interface_received_total{interface="u0"} 2'):
        assert line in metrics, f"{line} is not in:\n" + "\n".join(metrics)
    stats = json.loads(net.ask("stats")[0])
    assert 'relayd_drops{reason="bad-giaddr"}' in json.dumps(stats).replace('\\"', '"')


def test_one_event_a_packet(net):
    net.relay("-c", "3")
    net.up(message(xid=0xabc, options=[(60, b"PXEClient"), (12, b"host\x1b[31m")]))
    net.up(message(hops=9), QUIET)
    net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5"))
    net.down(b"short", QUIET)
    events = [json.loads(line) for line in net.ask("events") if '"stage"' in line]
    assert [(e["stage"], e["reason"]) for e in events] == [
        ("service", "started"), ("relay-request", "ok"), ("relay-request", "hop-limit"),
        ("relay-reply", "ok"), ("packet", "malformed")]
    ok = events[1]
    assert ok["mac"] == "02:00:00:00:00:09" and ok["xid"] == "00000abc"
    assert ok["interface"] == "c0" and ok["giaddr"] == "10.1.0.1"
    assert ok["vendor_class"] == "PXEClient" and "DISCOVER" in ok["detail"]
    assert events[3]["ip"] == "10.1.0.5"
