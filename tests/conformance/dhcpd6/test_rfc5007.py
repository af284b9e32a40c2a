# SPDX-License-Identifier: BSD-2-Clause
"""Leasequery (RFC 5007): who may ask, what is asked, what is told. ISC's dhcpd -6 has none of it."""

import struct
import time

import pytest
from dhcp6net import (CLIENT_ID, CONF, DUID, IA_ADDR, IA_PREFIX, INTERFACE_ID, RELAY_MSG, RELEASE,
                      REQUEST, SERVER, SERVER_ID, SOLICIT, Message, Options, Socket6, addr, duid, ia_na,
                      ia_pd, ntop, opt, oro, pton, relayed)

LEASEQUERY, LEASEQUERY_REPLY = 14, 15
LQ_QUERY, CLIENT_DATA, CLT_TIME, RELAY_DATA, CLIENT_LINK = 44, 45, 46, 47, 48
BY_ADDRESS, BY_CLIENT = 1, 2
UNKNOWN_TYPE, MALFORMED, NOT_CONFIGURED, NOT_ALLOWED = 7, 8, 9, 10
ROUTER = b"\0\3\0\1\2\xff\0\0\0\1"
ALLOWED = "allow leasequery;" + CONF


@pytest.fixture
def router(net):
    """Asks from the client's namespace, by an address that no range holds."""
    return Socket6(net.client, "e0", 5470)


def query(kind, *options, link="::"):
    return opt(LQ_QUERY, bytes([kind]) + pton(link) + b"".join(options))


def ask(net, router, *options, who=ROUTER, server=None, to=SERVER, timeout=10):
    router.send(net.message(LEASEQUERY, *options, who=who, server=server), to)
    got = router.receive(timeout)
    assert got is None or (got.kind == LEASEQUERY_REPLY and got.get(CLIENT_ID) == ROUTER and
                           got.get(SERVER_ID) and got.xid == net.last)
    return got


def by_address(address):
    return query(BY_ADDRESS, addr(address))


def client(got):
    """What an answer tells of a client: options, {address or prefix: (preferred, valid)}."""
    data = Options(got.get(CLIENT_DATA))
    leases = {ntop(v[:16]): struct.unpack("!II", v[16:24]) for v in data.all(IA_ADDR)}
    for v in data.all(IA_PREFIX):
        leases[f"{ntop(v[9:25])}/{v[8]}"] = struct.unpack("!II", v[:8])
    return data, leases


# ---- who may ask ----

def test_off_by_default(net, router):
    daemon = net.start()
    address = net.bind(ia_na(1)).ia.address
    assert ask(net, router, by_address(address), timeout=0.4) is None
    daemon.wait_log("Discarding Leasequery from 2001:db8:1::2; leasequery is not allowed")


def test_the_requestor_s_own_subnet_allows_it(net, router):
    net.start(conf=CONF.replace("subnet6 2001:db8:2::/64 {", "subnet6 2001:db8:2::/64 { allow leasequery;"))
    address = net.bind(ia_na(1)).ia.address
    assert ask(net, router, by_address(address), timeout=0.4) is None
    net.client.addr("e0", "2001:db8:2::2/64")
    net.server.ip("-6", "route", "add", "2001:db8:2::/64", "dev", "s0")
    other = Socket6(net.client, "e0", 5471, "2001:db8:2::2")
    assert ask(net, other, by_address(address)).get(CLIENT_DATA)


def test_5_clients_may_not_ask(net):
    net.start(conf=ALLOWED)
    address = net.bind(ia_na(1)).ia.address
    net.client.addr("e0", "2001:db8:1::1234/64")
    for source, to in (("2001:db8:1::1234", SERVER), ("::", "ff02::1:2")):
        got = ask(net, Socket6(net.client, "e0", 5471, source), by_address(address), to=to)
        assert got.status[0] == NOT_ALLOWED and got.get(CLIENT_DATA) is None


def test_5_nor_through_a_relay(net):
    """A relay passes on whatever a client sends."""
    net.start(conf=ALLOWED)
    address = net.bind(ia_na(1)).ia.address
    got = net.through_relay(LEASEQUERY, by_address(address), who=ROUTER)
    assert got.inner.kind == LEASEQUERY_REPLY and got.inner.status[0] == NOT_ALLOWED


# ---- 4.3.1: what is discarded or refused ----

def test_4_3_1_identifiers(net, router):
    net.start(conf=ALLOWED)
    address = net.bind(ia_na(1)).ia.address
    assert ask(net, router, by_address(address), who=None, timeout=0.4) is None
    assert ask(net, router, by_address(address), server=b"\0\3\0\1\2\2\2\2\2\2", timeout=0.4) is None
    assert ask(net, router, by_address(address), server=net.find_server()).get(CLIENT_DATA)


@pytest.mark.parametrize("options,status", [
    ((), MALFORMED), ((opt(LQ_QUERY, b"\1" + bytes(15)),), MALFORMED),
    ((query(BY_ADDRESS),), MALFORMED), ((query(BY_ADDRESS, opt(IA_ADDR, b"short")),), MALFORMED),
    ((query(BY_CLIENT),), MALFORMED), ((query(BY_CLIENT, opt(CLIENT_ID, bytes(200))),), MALFORMED),
    ((query(3, addr("2001:db8:1::1001")),), UNKNOWN_TYPE),
    ((by_address("2001:db8:77::1"),), NOT_CONFIGURED),
    ((query(BY_CLIENT, opt(CLIENT_ID, duid(1)), link="2001:db8:77::1"),), NOT_CONFIGURED),
    ((query(BY_ADDRESS, addr("2001:db8:1::1001"), link="2001:db8:2::1"),), NOT_CONFIGURED)])
def test_4_1_3_status(net, router, options, status):
    daemon = net.start(conf=ALLOWED)
    got = ask(net, router, *options)
    assert got.status[0] == status and got.get(CLIENT_DATA) is None and daemon.alive()


# ---- 4.3.3: what is told ----

def test_by_address(net, router):
    net.start(conf=ALLOWED)
    address = net.bind(ia_na(1)).ia.address
    time.sleep(1.1)
    got = ask(net, router, by_address(address))
    data, leases = client(got)
    assert got.status is None and data.get(CLIENT_ID) == DUID
    assert set(leases) == {address}
    preferred, valid = leases[address]
    assert 290 <= preferred < 300 and 590 <= valid < 600 and valid - preferred == 300
    assert 1 <= int.from_bytes(data.get(CLT_TIME), "big") <= 10


def test_an_address_of_a_delegated_prefix(net, router):
    net.start(conf=ALLOWED)
    prefix = net.bind(ia_pd(1)).ia.address
    inside = prefix.split("/")[0] + "1234"
    assert set(client(ask(net, router, by_address(inside)))[1]) == {prefix}


def test_nobody_s_address(net, router):
    net.start(conf=ALLOWED)
    got = ask(net, router, by_address("2001:db8:1::1001"))
    assert got.status is None and got.get(CLIENT_DATA) is None
    address = net.bind(ia_na(1)).ia.address
    assert ask(net, router, by_address(address)).get(CLIENT_DATA)
    net.ask(RELEASE, ia_na(1, addr(address)), server=True)
    assert ask(net, router, by_address(address)).get(CLIENT_DATA) is None


def test_by_client(net, router):
    net.start(conf=ALLOWED)
    held = [ia.address for ia in net.bind(ia_na(1), ia_na(2), ia_pd(3), who=duid(5)).ias]
    net.bind(ia_na(1), who=duid(6))
    question = query(BY_CLIENT, opt(CLIENT_ID, duid(5)))
    data, leases = client(ask(net, router, question))
    assert data.get(CLIENT_ID) == duid(5) and set(leases) == set(held)
    # and of a client that came after the first such question
    late = net.bind(ia_na(9), who=duid(7)).ia.address
    assert set(client(ask(net, router, query(BY_CLIENT, opt(CLIENT_ID, duid(7)))))[1]) == {late}
    assert ask(net, router, query(BY_CLIENT, opt(CLIENT_ID, duid(8)))).get(CLIENT_DATA) is None


def there(net, *ias, who, options=()):
    """Bind on the other link, through a relay."""
    ad = net.through_relay(SOLICIT, *ias, who=who).inner
    wanted = [opt(code, value) for code, value in ad.list if code == 3]
    return net.through_relay(REQUEST, *wanted, who=who, server=ad.get(SERVER_ID), wrap=lambda m: relayed(
        m, "2001:db8:2::1", "fe80::99", 0, opt(INTERFACE_ID, b"port 7"))).inner


def test_4_1_2_5_a_client_on_two_links(net, router):
    net.start(conf=ALLOWED)
    here = net.bind(ia_na(1), who=duid(5)).ia.address
    other = there(net, ia_na(2), who=duid(5)).ia.address
    got = ask(net, router, query(BY_CLIENT, opt(CLIENT_ID, duid(5))))
    links = got.get(CLIENT_LINK)
    assert got.get(CLIENT_DATA) is None
    assert {ntop(links[i:i + 16]) for i in (0, 16)} == {"2001:db8:1::", "2001:db8:2::"}
    for link, address in (("2001:db8:1::", here), ("2001:db8:2::", other)):
        got = ask(net, router, query(BY_CLIENT, opt(CLIENT_ID, duid(5)), link=link))
        assert set(client(got)[1]) == {address}


def test_4_1_2_4_what_the_relay_said(net, router):
    daemon = net.start(conf=ALLOWED)
    address = there(net, ia_na(1), who=duid(5)).ia.address
    question = query(BY_ADDRESS, addr(address), oro(RELAY_DATA))
    for turn in range(2):
        value = client(ask(net, router, question))[0].get(RELAY_DATA)
        assert ntop(value[:16]) == "2001:db8:1::2"  # the relay that sent it
        message = Message(value[16:])
        assert (message.kind, message.link, message.peer) == (12, "2001:db8:2::1", "fe80::99")
        assert message.get(INTERFACE_ID) == b"port 7" and message.get(RELAY_MSG) is None
        if turn == 0:  # a lease's variable: it outlives the server
            daemon.stop()
            net.start(conf=ALLOWED)
    assert client(ask(net, router, by_address(address)))[0].get(RELAY_DATA) is None  # not asked for


def test_relay_data_is_kept_only_where_it_may_be_asked_for(net):
    net.start()
    there(net, ia_na(1), who=duid(5))
    assert "leasequery" not in net.leases.read_text()


def test_event(net, router):
    net.start(conf=ALLOWED)
    address = net.bind(ia_na(1)).ia.address
    ask(net, router, by_address(address))
    ask(net, router, by_address("2001:db8:77::1"))
    events = [(e["reason"], e["ip"]) for e in net.command("events") if e.get("stage") == "leasequery"]
    assert events == [("ok", address), ("no-subnet", "2001:db8:77::1")]
