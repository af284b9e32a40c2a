# SPDX-License-Identifier: BSD-2-Clause
"""More than there is time for: senders that flood, and what comes first."""

import re

from dhcp6net import (ADVERTISE, CONF, RELAY_REPL, RENEW, REPLY, SERVER, SOLICIT, addr, duid, ia_na, opt,
                      relayed)
from lab import wait_for


def stats(net):
    return net.command("stats")[0]


def test_a_client_that_floods(net):
    """client_rate: the rest is dropped, counted, an event each and a line now and then."""
    server = net.start("--config", net.lab.file("rate.cfg", "client_rate = 10;\n"))
    for _ in range(200):
        net.direct.send(net.message(SOLICIT, ia_na(1)))
    assert net.ask(SOLICIT, ia_na(1), who=duid(7), timeout=20).kind == ADVERTISE
    server.wait_log(r"fe80\S+ brings more than 10 packets a second, some are dropped \(client_rate\)")
    dropped = stats(net)["counters"]["dhcpd_dropped_rate"]
    assert dropped > 100 and stats(net)["exchanges"]["solicit/overload"] == dropped
    assert len(re.findall("brings more than", server.text())) < 10
    wait_for(lambda: net.ask(SOLICIT, ia_na(1), timeout=0.5), 20, "an answer once it is quiet")


def test_a_circuit_that_floods(net):
    """circuit_rate: one port of a relay, with many clients; the next one is served."""
    server = net.start("--config", net.lab.file("rate.cfg", "circuit_rate = 10; relay_rate = 1000;\n"))

    def ask(port, n):
        net.relay.send(relayed(net.message(SOLICIT, ia_na(1), who=duid(n)), "2001:db8:2::1", "fe80::1", 0,
                               opt(18, port)), SERVER)
    for n in range(100):
        ask(b"port 1", n)
    ask(b"port 2", 1000)
    while True:
        got = net.relay.receive(20)
        assert got is not None and got.kind == RELAY_REPL
        if got.get(18) == b"port 2":
            break
    server.wait_log(r"packets a second, some are dropped \(circuit_rate\)")
    assert stats(net)["counters"]["dhcpd_dropped_rate"] > 50


def test_begun_work_comes_first(net):
    """What came together while the server was busy: a Renew behind Solicits is answered before them."""
    import signal
    server = net.start()
    address = net.bind(ia_na(1)).ia.address
    sid = net.find_server()
    server.signal(signal.SIGSTOP)
    for n in range(20):
        net.direct.send(net.message(SOLICIT, ia_na(1), who=duid(100 + n)))
    net.direct.send(net.message(RENEW, ia_na(1, addr(address)), server=sid))
    server.signal(signal.SIGCONT)
    kinds = [net.direct.receive(20).kind for _ in range(21)]
    assert kinds[0] == REPLY and set(kinds[1:]) == {ADVERTISE}
