# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3046: option 82 added, judged and taken off again. RFC 3993: subscriber-id."""

import socket

import pytest
from lab import LabError
from relaynet import ACK, OFFER, agent, message

QUIET = 0.4
OURS = agent((1, b"c0"))
THEIRS = agent((1, b"sw7"), (2, b"\0\4\0\x1e\1\7"))
OTHER_RELAY = "10.9.0.1"


def test_2_1_without_a_all_passes_untouched(net):
    net.relay()
    sent = message(options=[(82, THEIRS)])
    assert net.up(sent).all(82) == [THEIRS]
    reply = message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5", options=[(82, THEIRS)])
    assert net.down(reply).data == reply


def test_2_1_is_the_last_option(net):
    net.relay("-a")
    got = net.up(message(options=[(12, b"host"), (60, b"vendor"), (55, b"\1\3\6")]))
    assert [code for code, _ in got.options] == [53, 12, 60, 55, 82]
    assert got.all(82) == [OURS]
    assert len(got.data) >= 300


def test_2_1_end_without_padding(net):
    """No END at all, and END as the very last byte."""
    net.relay("-a")
    bare = message(options=[(43, bytes(100))], end=False, pad=0)
    assert net.up(bare).all(82) == [OURS]
    assert net.up(message(options=[(43, bytes(100))], pad=0)).all(82) == [OURS]


def test_2_1_no_room(net):
    relay = net.relay("-a")
    big = message(options=[(43, bytes(250)), (43, bytes(76))], pad=0)
    assert len(big) == 574
    got = net.up(big)
    assert got.data[28:] == big[28:] and not got.all(82)
    relay.wait_log("No room in packet .* for 7-byte relay agent option: omitted")


def test_2_1_room_by_flag(net):
    net.relay("-a", "-A", "1400")
    got = net.up(message(options=[(43, bytes(250)), (43, bytes(76))], pad=0))
    assert got.all(82) == [OURS] and len(got.data) == 580


def test_2_1_room_by_the_clients_option_57(net):
    net.relay("-a", "-A", "1400")
    got = net.up(message(options=[(57, b"\2\x44"), (43, bytes(250)), (43, bytes(76))], pad=0))
    assert not got.all(82)


# flag, giaddr set, carries 82 -> option 82 that the server sees; None: the packet is dropped
POLICIES = [
    ((), False, False, [OURS]),
    ((), False, True, None),
    (("--trusted", "c0"), False, True, [THEIRS]),
    (("--trusted", "c0"), False, False, [OURS]),
    ((), True, False, []),
    ((), True, True, [THEIRS]),
    (("-m", "append"), False, False, [OURS]),
    (("-m", "append"), False, True, [THEIRS, OURS]),
    (("-m", "append"), True, False, [OURS]),
    (("-m", "append"), True, True, [THEIRS, OURS]),
    (("-m", "replace"), False, False, [OURS]),
    (("-m", "replace"), False, True, [OURS]),
    (("-m", "Replace"), True, False, [OURS]),
    (("-m", "replace"), True, True, [OURS]),
    (("-m", "forward"), False, False, [OURS]),
    (("-m", "forward"), False, True, [THEIRS]),
    (("-m", "FORWARD"), True, True, [THEIRS]),
    (("-m", "discard"), False, False, [OURS]),
    (("-m", "discard"), False, True, None),
    (("-m", "discard"), True, True, None),
]


@pytest.mark.parametrize("flags,relayed,carries,seen", POLICIES, ids=[
    "-".join([*f, "giaddr" if g else "nogiaddr", "82" if c else "no82"])
    for f, g, c, _ in POLICIES])
def test_2_1_1_policies(net, flags, relayed, carries, seen):
    net.relay("-a", *flags)
    got = net.up(message(giaddr=OTHER_RELAY if relayed else "0.0.0.0",
                         options=[(82, THEIRS)] if carries else []),
                 QUIET if seen is None else 5)
    if seen is None:
        assert got is None
    else:
        assert got.all(82) == seen


# flags, option 82 of the reply -> option 82 that the client sees; None: dropped
REPLIES = [
    ((), [OURS], []),
    ((), [THEIRS], []),
    ((), [], []),
    (("-m", "append"), [THEIRS + OURS], []),
    (("-m", "append"), [THEIRS, OURS], []),
    (("-m", "forward"), [THEIRS], [THEIRS]),
    (("-m", "forward"), [OURS], []),
    (("--trusted", "c0"), [THEIRS], [THEIRS]),
    (("-D",), [OURS], []),
    (("-D",), [THEIRS], None),
    (("-D",), [], None),
    (("-D",), [agent((1, b"u0"))], None),
    (("-D",), [b"\1\x20c0"], None),
    (("-D",), [THEIRS + OURS], []),
]


@pytest.mark.parametrize("flags,carried,seen", REPLIES)
def test_2_2_replies(net, flags, carried, seen):
    net.relay("-a", *flags)
    back = net.down(message(op=2, kind=ACK, giaddr="10.1.0.1", yiaddr="10.1.0.5",
                            options=[(82, body) for body in carried] + [(3, b"\1\2\3\4")]),
                    QUIET if seen is None else 5)
    if seen is None:
        assert back is None
        return
    assert back.all(82) == seen
    # what stood behind option 82 is still there (a relay once cut it off)
    assert back.all(3) == [b"\1\2\3\4"]
    assert len(back.data) >= 300


def test_2_2_circuit_id_names_the_interface(net):
    """Two links with the same address on the router: only option 82 tells them apart."""
    from relaynet import Link
    net.lab.veth(net.client, "e1", net.router, "c1")
    net.router.addr("c1", "10.1.0.1/24")
    other = Link(net.client, "e1")
    net.relay("-a", sides=("-id", "c0", "-id", "c1", "-iu", "u0"))
    other.send(message())
    assert net.server.receive().all(82) == [agent((1, b"c1"))]
    for body, link, silent in ((b"c1", other, net.link), (b"c0", net.link, other)):
        net.server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5",
                                options=[(82, agent((1, body)))]), "10.1.0.1")
        assert link.receive() is not None
        assert silent.receive(QUIET) is None


TEMPLATES = [
    (("--circuit-id", "${ifname}.x"), [(1, b"c0.x")]),
    (("--circuit-id", "0x00040001"), [(1, b"\0\4\0\1")]),
    (("--circuit-id=", "--remote-id", "gw $$1"), [(2, b"gw $1")]),
    (("--remote-id", "r", "--subscriber-id", "s"), [(1, b"c0"), (2, b"r"), (6, b"s")]),
]


@pytest.mark.parametrize("flags,subs", TEMPLATES)
def test_templates(net, flags, subs):
    net.relay("-a", *flags)
    assert net.up(message()).all(82) == [agent(*subs)]


def test_templates_of_facts(net):
    net.relay("-a", "--circuit-id", "${ifname}/${vlan}/${ifindex}", "--remote-id", "${mac}",
              "--subscriber-id", "${hostname}")
    index = net.router.ip("-o", "link", "show", "c0").split(":")[0].encode()
    mac, host = net.router.mac("c0").encode(), socket.gethostname().encode()
    assert net.up(message()).all(82) == [agent((1, b"c0/0/" + index), (2, mac), (6, host))]


def test_templates_of_a_vlan(net):
    try:
        net.router.ip("link", "add", "link", "c0", "name", "c0.30", "type", "vlan", "id", "30")
    except LabError as e:
        pytest.skip(f"this kernel has no VLAN interfaces: {e}")
    net.router.addr("c0.30", "10.1.30.1/24")
    net.client.ip("link", "add", "link", "e0", "name", "e0.30", "type", "vlan", "id", "30")
    net.client.ip("link", "set", "e0.30", "up")
    from relaynet import Link
    tagged = Link(net.client, "e0.30")
    net.relay("-a", "--circuit-id", "${ifname}/${vlan}",
              sides=("-id", "c0.30", "-iu", "u0"))
    tagged.send(message())
    got = net.server.receive()
    assert got.all(82) == [agent((1, b"c0.30/30"))]
    assert got.giaddr == "10.1.30.1"
