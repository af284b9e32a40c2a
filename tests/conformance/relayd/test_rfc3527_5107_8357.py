# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3527 link selection, RFC 5107 server identifier override, RFC 8357 source port."""

import socket

from relaynet import ACK, MAC, OFFER, REQUEST, Server, agent, message

LINK = socket.inet_aton("10.1.0.1")
QUIET = 0.4


def test_3527_3_link_selection(net):
    relay = net.relay("-U", "u0")
    got = net.up(message())
    assert got.giaddr == "10.2.0.1"
    assert got.all(82) == [agent((1, b"c0"), (5, LINK))]
    relay.wait_log("Adding link selection suboption with addr: 10.1.0.1")
    back = net.down(message(op=2, kind=OFFER, giaddr="10.2.0.1", yiaddr="10.1.0.5",
                            options=[(82, got.all(82)[0])]), to="10.2.0.1")
    assert back.dst == "10.1.0.5" and back.src == "10.1.0.1" and not back.all(82)


def test_3527_3_loopback_address(net):
    net.router.addr("lo", "10.255.0.1/32")
    net.relay("-U", "lo")
    assert net.up(message()).giaddr == "10.255.0.1"
    # nobody to deliver to when the server forgets to echo option 82
    assert net.down(message(op=2, kind=OFFER, giaddr="10.255.0.1", yiaddr="10.1.0.5"),
                    QUIET, to="10.255.0.1") is None


def test_3527_3_not_for_packets_of_another_relay(net):
    net.relay("-U", "u0")
    got = net.up(message(giaddr="10.9.0.1"))
    assert got.giaddr == "10.9.0.1" and not got.all(82)


def test_5107_4_override_and_flags(net):
    """A broadcast, then a renewal that the client sends to us as its server."""
    net.relay("--server-id-override")
    net.client.addr("e0", "10.1.0.5/24")
    got = net.up(message())
    assert got.all(82) == [agent((1, b"c0"), (11, LINK), (10, b"\0"))]
    router = bytes.fromhex(net.router.mac("c0").replace(":", ""))
    got = net.up(message(kind=REQUEST, ciaddr="10.1.0.5"), src="10.1.0.5", dst="10.1.0.1",
                 to_mac=router)
    assert got.all(82) == [agent((1, b"c0"), (11, LINK), (10, b"\x80"))]
    assert got.giaddr == "10.1.0.1"
    # its answer goes to the address the client has
    back = net.down(message(op=2, kind=ACK, giaddr="10.1.0.1", ciaddr="10.1.0.5",
                            yiaddr="10.1.0.5", mac=MAC, options=[(82, got.all(82)[0])]))
    assert back.dst == "10.1.0.5" and back.dport == 68 and back.sport == 67
    assert back.src == "10.1.0.1"


def test_8357_4_source_port(net):
    net.relay("-rp", "1067")
    got = net.up(message())
    assert got.source == ("10.2.0.1", 1067)
    assert got.all(82) == [agent((1, b"c0"), (19, b""))]
    net.server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5",
                            options=[(82, got.all(82)[0])]), "10.1.0.1", 1067)
    back = net.link.receive()
    assert back.sport == 67 and not back.all(82)


def test_port_moved(net):
    """-p: server and relay on the port, clients on the next one."""
    server = Server(net.server_ns, port=1067)
    net.relay("-p", "1067", port=1067)
    net.link.send(message(), dport=1067)
    assert server.receive().source == ("10.2.0.1", 1067)
    server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5"), "10.1.0.1", 1067)
    back = net.link.receive(dport=1068)
    assert (back.sport, back.dport) == (1067, 1068)


def test_giaddr_chosen_among_several(net):
    net.router.addr("c0", "10.1.9.1/24")
    net.relay("--giaddr", "c0=10.1.9.1")
    assert net.up(message()).giaddr == "10.1.9.1"
    # replies to either are ours
    for giaddr in ("10.1.9.1", "10.1.0.1"):
        assert net.down(message(op=2, kind=OFFER, giaddr=giaddr, yiaddr="10.1.9.5"),
                        to=giaddr).src == "10.1.9.1"
