# SPDX-License-Identifier: BSD-2-Clause
"""Several DHCPv6 servers: policies, health from real answers."""

import json

import pytest
from lab import Lab, wait_for
from relaynet6 import (ADVERTISE, INFORMATION_REQUEST, RELAY_FORW, RELAY_REPL, RENEW, SERVER, SOLICIT, RelayNet6,
                       Socket6, plain, wrapped)

QUIET = 0.3
SECOND = "2001:db8:2::a"
LINKS = ("-l", "l0", "-u", f"{SERVER}%u0", "-u", f"{SECOND}%u0")


@pytest.fixture
def two():
    with Lab("relayd6") as lab:
        net = RelayNet6(lab)
        net.server.sock.close()
        net.server_ns.addr("e0", SECOND + "/64")
        net.server = Socket6(net.server_ns, "e0", 547, address=SERVER)
        net.second = Socket6(net.server_ns, "e0", 547, address=SECOND)
        yield net


def duid(client):
    return b"\0\3\0\1\2\0\0\0\0" + bytes([client])


def request(client, kind=SOLICIT):
    return plain(kind, client, [(1, duid(client))])


def who(net, client, kind=SOLICIT):
    """Which of the two servers a request reaches."""
    net.link.send(request(client, kind))
    return tuple(s.receive(QUIET) is not None for s in (net.server, net.second))


def answer(net, server, client, peer=None):
    server.send(wrapped(RELAY_REPL, request(client, ADVERTISE), "2001:db8:1::1", net.address), "2001:db8:2::1")
    return net.link.receive()


def states(net):
    return [json.loads(line) for line in net.ask("interfaces") if '"upper"' in line]


def test_all(two):
    two.relay(links=LINKS)
    assert who(two, 1) == (True, True)


def test_hash_is_sticky(two):
    two.relay("--server-policy", "hash", links=LINKS)
    first = {client: who(two, client) for client in range(1, 9)}
    assert set(first.values()) == {(True, False), (False, True)}
    for client, seen in first.items():
        assert who(two, client, RENEW) == seen


def test_hash_is_of_the_client_behind_a_relay(two):
    """What another relay sends on goes where the client's own would go."""
    two.relay("--server-policy", "hash", links=LINKS)
    for client in range(1, 9):
        direct = who(two, client)
        two.link.send(wrapped(RELAY_FORW, request(client), "2001:db8:7::1", "fe80::7"))
        assert tuple(s.receive(QUIET) is not None for s in (two.server, two.second)) == direct


def test_first_alive(two):
    relay = two.relay("--server-policy", "first-alive", "--dead-after", "1", "--retry", "100ms", links=LINKS)
    assert who(two, 1) == (True, False)
    relay.wait_log(r"no answer from 2001:db8:2::9%u0 for 1 s", 20)
    assert who(two, 2) == (True, True)  # a copy for the one that may be back
    assert answer(two, two.second, 2) is not None
    assert who(two, 2, RENEW) == (False, True)
    assert [s["state"] for s in states(two)] == ["silent", "alive"]
    assert answer(two, two.server, 2) is not None
    relay.wait_log(r"2001:db8:2::9%u0 answers again")
    assert who(two, 4) == (True, False)
    assert relay.text().count("no answer from 2001:db8:2::9") == 1


def test_what_names_a_server_kills_none(two):
    relay = two.relay("--server-policy", "first-alive", "--dead-after", "100ms", links=LINKS)
    assert who(two, 1, RENEW) == (True, False)
    relay.signal(10)  # SIGUSR1: the clock ticks once a second; two lines later it has
    relay.wait_log("untried, 1 sent")
    wait_for(lambda: who(two, 1, RENEW) and states(two)[0]["sent"] > 4, 20, "some seconds")
    assert "no answer" not in relay.text()
    assert who(two, 2, INFORMATION_REQUEST) == (True, False)
    relay.wait_log("no answer from 2001:db8:2::9%u0", 20)


def test_numbers_of_a_server(two):
    two.relay(links=LINKS)
    who(two, 1)
    assert answer(two, two.second, 1) is not None
    first, second = states(two)
    assert (first["state"], first["sent"], first["answers"]) == ("untried", 1, 0)
    assert (second["state"], second["sent"], second["answers"]) == ("alive", 1, 1)
    assert 0 < second["rtt"] < 5 and second["last_answer_age"] >= 0
    metrics = two.ask("metrics")
    for line in (f'relayd6_upper_up{{interface="u0",to="{SECOND}"}} 1',
                 f'relayd6_upper_answers_total{{interface="u0",to="{SECOND}"}} 1',
                 f'relayd6_upper_answers_total{{interface="u0",to="{SERVER}"}} 0'):
        assert line in metrics, f"{line} is not in:\n" + "\n".join(metrics)
    assert any(line.startswith(f'relayd6_upper_rtt_microseconds{{interface="u0",to="{SECOND}"}} ')
               for line in metrics)


def test_answer_from_another_address(two):
    """A server with several addresses may answer from any of them; where it is the only one, it is it."""
    two.relay(links=("-l", "l0", "-u", f"{SERVER}%u0"))
    two.link.send(request(1))
    assert two.server.receive() is not None
    assert answer(two, two.second, 1) is not None
    assert states(two)[0]["answers"] == 1


def test_group_of_servers(two):
    two.server.sock.close()
    two.server = Socket6(two.server_ns, "e0", 547, "ff05::1:3")
    two.relay("--server-policy", "hash")
    two.link.send(request(1))
    assert two.server.receive() is not None
    assert answer(two, two.second, 1) is not None
    assert states(two)[0]["answers"] == 1


def test_reply_on_a_link_of_both_sides(two):
    """A client there may not play server."""
    two.client.addr("e0", "2001:db8:1::66/64", "2001:db8:1::9/64")
    two.relay(links=("-l", "l0", "-u", "2001:db8:1::9%l0"))
    for source, passes in (("2001:db8:1::66", False), ("2001:db8:1::9", True)):
        sock = Socket6(two.client, "e0", 547, address=source)
        sock.send(wrapped(RELAY_REPL, plain(ADVERTISE), "2001:db8:1::1", two.address), "2001:db8:1::1")
        assert (two.link.receive(5 if passes else QUIET) is not None) == passes
        sock.sock.close()
