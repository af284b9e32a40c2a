# SPDX-License-Identifier: BSD-2-Clause
"""RFC 1542 section 4, RFC 951: what a relay does with BOOTP headers, in both directions."""

import pytest
from relaynet import ACK, DISCOVER, MAC, NAK, OFFER, REQUEST, message

QUIET = 0.4  # seconds in which something that must not come would have come


def test_4_1_1_giaddr_and_hops(net):
    net.relay()
    sent = message()
    got = net.up(sent)
    assert got.giaddr == "10.1.0.1"
    assert got.hops == 1
    assert got.source == ("10.2.0.1", 67)
    # and nothing else is touched
    assert got.data[:3] + got.data[4:24] + got.data[28:] == sent[:3] + sent[4:24] + sent[28:]


def test_4_1_1_giaddr_of_another_relay_stays(net):
    net.relay()
    got = net.up(message(giaddr="10.9.0.1", hops=3))
    assert (got.giaddr, got.hops) == ("10.9.0.1", 4)


@pytest.mark.parametrize("limit,hops,passes", [
    (None, 9, True), (None, 10, False), (None, 255, False),
    (2, 1, True), (2, 2, False), (0, 0, False), (16, 15, True), (255, 254, True)])
def test_4_1_1_hop_limit(net, limit, hops, passes):
    net.relay(*([] if limit is None else ["-c", limit]))
    got = net.up(message(giaddr="10.9.0.1", hops=hops), timeout=5 if passes else QUIET)
    assert (got is not None) == passes


def test_4_1_1_every_server_gets_it(net):
    second_address = "10.2.0.10"
    net.server_ns.addr("e0", second_address + "/24")
    from relaynet import Server
    second = Server(net.server_ns, second_address)
    net.relay(servers=("10.2.0.9", second_address))
    first_copy = net.up(message())
    second_copy = second.receive()
    assert first_copy.data == second_copy.data


def test_4_1_1_own_giaddr_is_a_loop_or_spoofed(net):
    relay = net.relay()
    assert net.up(message(giaddr="10.1.0.1", hops=1), QUIET) is None
    assert net.up(message(giaddr="10.2.0.1", hops=1), QUIET) is None
    relay.wait_log("giaddr is an address of this relay")


def test_4_1_1_request_from_the_servers_side(net):
    net.relay()
    net.server.send(message(giaddr="10.9.0.1"), "10.2.0.1")
    assert net.server.receive(QUIET) is None


def test_951_plain_bootp_passes_both_ways(net):
    net.relay("-a")
    sent = message(cookie=False)
    got = net.up(sent)
    assert got.data[28:] == sent[28:] and len(got.data) == 300
    reply = message(op=2, cookie=False, giaddr="10.1.0.1", yiaddr="10.1.0.50")
    back = net.down(reply)
    assert back.data == reply


def test_4_1_2_unicast_to_hardware_address(net):
    net.relay()
    back = net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.50"))
    assert (back.to_mac, back.dst, back.dport) == (MAC, "10.1.0.50", 68)
    assert (back.src, back.sport) == ("10.1.0.1", 67)
    assert back.head_ok and back.udp_ok


@pytest.mark.parametrize("kind,flags", [(OFFER, 0x8000), (ACK, 0x8000), (NAK, 0x8000), (NAK, 0)])
def test_4_1_2_broadcast(net, kind, flags):
    net.relay()
    back = net.down(message(op=2, kind=kind, giaddr="10.1.0.1", flags=flags,
                            yiaddr="0.0.0.0" if kind == NAK else "10.1.0.50"))
    assert (back.to_mac, back.dst) == (b"\xff" * 6, "255.255.255.255")
    assert back.head_ok and back.udp_ok


def test_4_1_2_hardware_address_that_is_not_ethernet(net):
    net.relay()
    back = net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.50", htype=27,
                            mac=bytes(8)))
    assert back.dst == "255.255.255.255"


def test_4_1_2_giaddr_chooses_the_interface(net):
    net.lab.veth(net.client, "e1", net.router, "c1")
    net.router.addr("c1", "10.3.0.1/24")
    from relaynet import Link
    other = Link(net.client, "e1")
    net.relay(sides=("-id", "c0", "-id", "c1", "-iu", "u0"))
    net.server.send(message(op=2, kind=OFFER, giaddr="10.3.0.1", yiaddr="10.3.0.50"), "10.3.0.1")
    assert other.receive().dst == "10.3.0.50"
    assert net.link.receive(QUIET) is None


def test_4_1_2_foreign_giaddr_is_dropped(net):
    relay = net.relay()
    for giaddr in ("10.9.0.1", "0.0.0.0", "10.2.0.1", "255.255.255.255"):
        assert net.down(message(op=2, kind=OFFER, giaddr=giaddr), QUIET) is None
    relay.wait_log("Packet to bogus giaddr 10.9.0.1")


def test_4_1_2_giaddr_is_not_cleared(net):
    net.relay()
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1",
                            yiaddr="10.1.0.50")).giaddr == "10.1.0.1"


def test_giaddr_shown_to_clients(net):
    net.relay("-g", "10.1.0.254")
    assert net.up(message()).giaddr == "10.1.0.1"
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1",
                            yiaddr="10.1.0.50")).giaddr == "10.1.0.254"


def test_spoofed_replies(net):
    """A client that plays server: on its own link, and with a server's address."""
    relay = net.relay()
    router = bytes.fromhex(net.router.mac("c0").replace(":", ""))
    reply = message(op=2, kind=ACK, giaddr="10.1.0.1", yiaddr="10.1.0.50", flags=0x8000)
    for src in ("10.1.0.66", "10.2.0.9"):
        net.link.send(reply, src=src, dst="10.1.0.1", sport=67, to_mac=router)
        net.link.send(reply, src=src, sport=67)
    assert net.link.receive(QUIET) is None
    relay.wait_log("Dropping reply received on c0")


def test_spoofed_reply_on_a_link_of_both_sides(net):
    relay = net.relay(sides=("-i", "c0", "-i", "u0"))
    router = bytes.fromhex(net.router.mac("c0").replace(":", ""))
    net.link.send(message(op=2, kind=ACK, giaddr="10.1.0.1", flags=0x8000), src="10.1.0.66",
                  dst="10.1.0.1", sport=67, to_mac=router)
    assert net.link.receive(QUIET) is None
    relay.wait_log("by none of the servers")
    # the real server still gets through
    assert net.down(message(op=2, kind=ACK, giaddr="10.1.0.1", yiaddr="10.1.0.50")) is not None


def test_reply_on_an_interface_that_was_not_named(net):
    """The usual mistake: only the clients' side is given. The log says it without -d's detail."""
    relay = net.relay("--log-target", "stderr", sides=("-id", "c0"))
    assert net.up(message()) is not None
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1"), QUIET) is None
    relay.wait_log("Dropping reply received on u0: an interface that is not served")
    assert "Forwarded" not in relay.text()


def test_own_packets_are_not_relayed_again(net):
    """One interface in both roles: what goes out must not come in again."""
    net.server_ns.addr("e0", "10.2.0.10/24")
    relay = net.relay(sides=("-i", "u0"))
    from relaynet import Link
    server_link = Link(net.server_ns, "e0")
    server_link.send(message(), from_mac=MAC)
    seen = []
    while True:
        got = server_link.receive(QUIET, dport=67)
        if got is None:
            break
        seen.append(got)
    assert len(seen) == 1 and seen[0].hops == 1
    assert relay.alive()


BAD_REQUESTS = {
    "empty": b"", "one byte": b"\1", "235 bytes": message()[:235], "hlen 17": message(hlen=17),
    "hlen 255": message(hlen=255), "op 0": message(op=0), "op 3": message(op=3),
    "a reply's type": message(kind=OFFER), "2048 bytes": message(pad=2048),
    "noise": bytes(range(256)) * 2}
BAD_REPLIES = {
    "235 bytes": message(op=2)[:235], "hlen 17": message(op=2, giaddr="10.1.0.1", hlen=17),
    "DISCOVER": message(op=2, kind=DISCOVER, giaddr="10.1.0.1"),
    "REQUEST": message(op=2, kind=REQUEST, giaddr="10.1.0.1")}


@pytest.mark.parametrize("what", BAD_REQUESTS)
def test_malformed_requests(net, what):
    net.client.ip("link", "set", "e0", "mtu", "9000")
    net.router.ip("link", "set", "c0", "mtu", "9000")
    relay = net.relay("-a")
    assert net.up(BAD_REQUESTS[what], QUIET) is None
    assert net.up(message()) is not None and relay.alive()


@pytest.mark.parametrize("what", BAD_REPLIES)
def test_malformed_replies(net, what):
    relay = net.relay("-a")
    assert net.down(BAD_REPLIES[what], QUIET) is None
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5")) is not None
    assert relay.alive()
