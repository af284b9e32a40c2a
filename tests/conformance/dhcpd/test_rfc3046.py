# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3046: the relay agent information option. Sections in the names."""

from dhcp4 import ACK, DISCOVER, NAK, OFFER, REQUEST, Message, message
from dhcpnet import CONF

GIADDR = "198.51.100.2"
AGENT = b"\1\5port7\2\3\0\1\2\x97\2xy"  # circuit, remote, one that nobody knows


def ask(net, kind=DISCOVER, options=(), agent=AGENT, **kwargs):
    kwargs.setdefault("mac", net.mac)
    return net.through_relay(message(kind, giaddr=GIADDR, hops=1, xid=net.next_xid(),
                                     options=[*options, (82, agent)], **kwargs))


def start(net, conf=CONF, **kwargs):
    net.add_relay_link()
    return net.start(conf=conf, interfaces=("s0", "s1"), **kwargs)


def test_2_1_last_option(net):
    start(net)
    offer = ask(net, options=[(55, bytes([1, 3, 6, 15]))])
    assert offer.kind == OFFER and offer.options[-1] == (82, AGENT)


def test_2_2_echoed_unchanged(net):
    """In every answer, with suboptions that are not known, too."""
    start(net)
    offer = ask(net)
    ack = ask(net, REQUEST, options=[(50, offer.yiaddr), (54, offer.get(54))])
    nak = ask(net, REQUEST, options=[(50, "192.0.2.1")])
    assert (offer.kind, ack.kind, nak.kind) == (OFFER, ACK, NAK)
    assert all(got.get(82) == AGENT for got in (offer, ack, nak))


def test_2_2_not_to_those_who_sent_none(net):
    """What a relay said is kept with the lease for expressions, and not sent to the client."""
    start(net)
    offer = ask(net)
    assert ask(net, REQUEST, options=[(50, offer.yiaddr)]).kind == ACK
    assert "option agent.circuit-id \"port7\";" in net.leases.read_text()
    net.relay.addr("e0", offer.yiaddr + "/24")
    sock = net.relay.socket()
    sock.bind((offer.yiaddr, 68))
    sock.settimeout(5)
    sock.sendto(message(REQUEST, mac=net.mac, ciaddr=offer.yiaddr, xid=net.next_xid()), ("198.51.100.1", 67))
    ack = Message(sock.recv(2048))
    assert ack.kind == ACK and ack.get(82) is None


def test_2_2_overload_leaves_room(net):
    """However full the answer, the option is in it and in the options field."""
    conf = CONF.replace('option domain-name "example.org";', f'option root-path "{"r" * 250}"; option merit-dump '
                        f'"{"m" * 250}"; option domain-name "{"d" * 60}.org";')
    start(net, conf)
    offer = ask(net, options=[(55, bytes([1, 3, 6, 15, 17, 14]))], agent=b"\1\x64" + b"c" * 100)
    assert len(offer.data) <= 548
    field = offer.data[240:]
    assert bytes([82, 102, 1, 100]) in field and offer.get(82) == b"\1\x64" + b"c" * 100


def test_4_limits_by_circuit(net):
    """One address a circuit: the second client of a port gets none, one of another port does."""
    server = start(net, 'class "port" { spawn with option agent.circuit-id; lease limit 1; }\n' + CONF)
    first = ask(net, REQUEST, options=[(50, "198.51.100.100")], mac="02:00:00:00:00:01")
    assert first.kind == ACK
    net.relay_sock.settimeout(0.3)
    assert ask(net, mac="02:00:00:00:00:02") is None
    net.relay_sock.settimeout(10)
    server.wait_log("no available billing")
    assert ask(net, mac="02:00:00:00:00:02", agent=b"\1\5port8").kind == OFFER


def test_5_malformed(net):
    """A length that runs past the option: dropped, and nothing else happens."""
    start(net)
    net.relay_sock.settimeout(0.3)
    for agent in (b"\1\xff", b"\1", b""):
        got = ask(net, agent=agent)
        assert got is None or got.get(82) == agent
    net.relay_sock.settimeout(2)
    assert ask(net).kind == OFFER
