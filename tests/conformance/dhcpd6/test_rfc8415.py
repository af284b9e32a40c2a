# SPDX-License-Identifier: BSD-2-Clause
"""DHCPv6 on the wire, by section of RFC 8415."""

import struct

import pytest
from dhcp6net import (ADVERTISE, CONF, CONFIRM, DECLINE, DNS, DOMAINS, DUID, ERO, IA_NA, IA_PD,
                      INFORMATION_REQUEST, INTERFACE_ID, NO_ADDRS, NO_BINDING, NO_PREFIX,
                      NOT_ON_LINK, PREFERENCE, RAPID_COMMIT, REBIND, RECONFIGURE, REFRESH, RELAY_REPL,
                      RELEASE, RENEW, REPLY, REQUEST, SERVER, SERVER_ID, SOLICIT, SUCCESS,
                      USE_MULTICAST, CLIENT_ID, addr, duid, ia_na, ia_pd, ia_ta, opt, oro, prefix,
                      read_leases, relayed)


def in_range(address, low="2001:db8:1::1000", high="2001:db8:1::1fff"):
    from dhcp6net import pton
    return pton(low) <= pton(address) <= pton(high)


# ---- 16: what is discarded ----

@pytest.mark.parametrize("kind", [SOLICIT, REQUEST, CONFIRM, RENEW, REBIND, RELEASE, DECLINE])
def test_16_client_identifier_is_needed(net, kind):
    net.start()
    server = net.find_server() if kind in (REQUEST, RENEW, RELEASE, DECLINE) else None
    assert net.ask(kind, ia_na(1, addr("2001:db8:1::1001")), who=None, server=server, timeout=0.4) is None
    assert net.ask(SOLICIT, ia_na(1)) is not None


@pytest.mark.parametrize("kind", [SOLICIT, CONFIRM, REBIND])
def test_16_server_identifier_is_out_of_place(net, kind):
    net.start()
    assert net.ask(kind, ia_na(1, addr("2001:db8:1::1001")), server=True, timeout=0.4) is None


@pytest.mark.parametrize("kind", [REQUEST, RENEW, RELEASE, DECLINE])
def test_16_server_identifier_is_needed_and_ours(net, kind):
    net.start()
    got = net.bind(ia_na(1)).ia.address
    for server in (None, b"\0\3\0\1\2\2\2\2\2\2"):
        assert net.ask(kind, ia_na(1, addr(got)), server=server, timeout=0.4) is None
    assert net.ask(kind, ia_na(1, addr(got)), server=True) is not None


def test_16_12_information_request(net):
    net.start()
    assert net.ask(INFORMATION_REQUEST, ia_na(1), timeout=0.4) is None
    assert net.ask(INFORMATION_REQUEST, server=b"\0\3\0\1\2\2\2\2\2\2", timeout=0.4) is None
    assert net.ask(INFORMATION_REQUEST, server=True).kind == REPLY


@pytest.mark.parametrize("kind", [ADVERTISE, REPLY, RECONFIGURE, RELAY_REPL, 14, 99])
def test_16_messages_for_others(net, kind):
    daemon = net.start()
    assert net.ask(kind, ia_na(1), timeout=0.4) is None
    assert net.ask(SOLICIT, ia_na(1)) is not None and daemon.alive()


@pytest.mark.parametrize("who", [b"", b"\0\3", b"\0\3" + bytes(129)])
def test_11_1_length_of_a_duid(net, who):
    net.start()
    assert net.ask(SOLICIT, ia_na(1), who=who, timeout=0.4) is None
    assert net.ask(SOLICIT, ia_na(1), who=b"\0\3" + bytes(128)) is not None


def test_8_malformed(net):
    daemon = net.start()
    for data in (b"", b"\1", b"\1\0\0", net.message(SOLICIT) + b"\0\3\0\x50",
                 net.message(SOLICIT) + b"\0", b"\x0c\0" + bytes(31)):
        net.direct.send(data)
    assert net.ask(SOLICIT, opt(IA_NA, b"short"), timeout=0.4) is None
    assert net.ask(SOLICIT, ia_na(1)) is not None and daemon.alive()


# ---- 18.3.1, 18.3.9: Solicit and Advertise ----

def test_18_3_9_advertise(net):
    net.start()
    ad = net.ask(SOLICIT, ia_na(7), oro(DNS))
    assert ad.kind == ADVERTISE and ad.get(CLIENT_ID) == DUID and ad.get(SERVER_ID)
    assert ad.ia.iaid == 7 and ad.ia.status is None and ad.get(RAPID_COMMIT) is None
    (address, preferred, valid), = ad.ia.leases
    assert in_range(address) and (preferred, valid) == (300, 600)
    assert "ia-na" not in net.leases.read_text()


def test_18_3_9_only_options_asked_for(net):
    net.start(conf="option dhcp6.preference 99;" + CONF)
    ad = net.ask(SOLICIT, ia_na(1), oro(DNS))
    assert set(ad.codes()) == {IA_NA, CLIENT_ID, SERVER_ID, PREFERENCE, DNS}
    assert ad.get(PREFERENCE) == b"\x63"
    assert set(net.ask(SOLICIT, ia_na(1), oro(DOMAINS, DNS)).codes()) >= {DOMAINS, DNS}
    assert DNS not in net.ask(SOLICIT, ia_na(1)).codes()


def test_18_3_9_without_an_ia(net):
    net.start()
    assert net.ask(SOLICIT, oro(DNS), timeout=0.4) is None


def test_18_3_9_no_addresses(net):
    net.start(conf="subnet6 2001:db8:1::/64 { range6 2001:db8:1::5 2001:db8:1::6; }")
    held = {net.bind(ia_na(1), who=duid(n)).ia.address for n in (1, 2)}
    assert held == {"2001:db8:1::5", "2001:db8:1::6"}
    ad = net.ask(SOLICIT, ia_na(1), ia_pd(2), who=duid(3))
    assert ad.kind == ADVERTISE and [ia.leases for ia in ad.ias] == [[], []]
    assert ad.ias[0].status == (NO_ADDRS, "No addresses available for this interface.")
    assert ad.ias[1].status == (NO_PREFIX, "No prefixes available for this interface.")


def test_18_3_9_an_offer_holds_its_address(net):
    net.start(conf="subnet6 2001:db8:1::/64 { range6 2001:db8:1::5 2001:db8:1::6; }")
    offers = {net.ask(SOLICIT, ia_na(1), who=duid(n)).ia.address for n in (1, 2)}
    assert len(offers) == 2
    assert net.ask(SOLICIT, ia_na(1), who=duid(3)).ia.status[0] == NO_ADDRS


def test_21_14_rapid_commit(net):
    net.start(conf="option dhcp6.rapid-commit;" + CONF)
    assert net.ask(SOLICIT, ia_na(1)).kind == ADVERTISE
    reply = net.ask(SOLICIT, ia_na(1), opt(RAPID_COMMIT))
    assert reply.kind == REPLY and reply.get(RAPID_COMMIT) == b""
    assert reply.ia.address in net.leases.read_text()


def test_21_14_rapid_commit_is_off_by_itself(net):
    net.start()
    ad = net.ask(SOLICIT, ia_na(1), opt(RAPID_COMMIT))
    assert ad.kind == ADVERTISE and ad.get(RAPID_COMMIT) is None


# ---- 18.3.2: Request ----

def test_18_3_2_request(net):
    net.start()
    reply = net.bind(ia_na(1))
    assert in_range(reply.ia.address)
    entry, = read_leases(net.leases).values()
    assert entry[reply.ia.address]["binding state"] == "active"
    assert entry[reply.ia.address]["max-life"] == "600"


def test_18_3_2_the_address_asked_for(net):
    net.start()
    reply = net.ask(REQUEST, ia_na(1, addr("2001:db8:1::1abc")), server=True)
    assert reply.ia.address == "2001:db8:1::1abc"
    other = net.ask(REQUEST, ia_na(1, addr("2001:db8:1::1abc")), server=True, who=duid(2))
    assert in_range(other.ia.address) and other.ia.address != "2001:db8:1::1abc"


def test_18_3_2_not_on_link(net):
    net.start()
    reply = net.ask(REQUEST, ia_na(1, addr("2001:db8:7::1")), server=True)
    assert reply.ia.leases == [] and reply.ia.status == (
        NOT_ON_LINK, "Address not for use on this link.")


def test_18_3_2_several_ias_are_independent(net):
    net.start()
    reply = net.ask(REQUEST, ia_na(1), ia_na(2, addr("2001:db8:7::1")), ia_pd(3), ia_na(4), ia_ta(5),
                    server=True)
    by_iaid = {ia.iaid: ia for ia in reply.ias}
    assert by_iaid[1].address != by_iaid[4].address and in_range(by_iaid[4].address)
    assert by_iaid[2].status[0] == NOT_ON_LINK and by_iaid[5].status[0] == NO_ADDRS
    assert by_iaid[3].address.endswith("/56") and by_iaid[3].kind == IA_PD


def test_18_3_2_two_clients_never_share(net):
    net.start()
    got = [net.bind(ia_na(1), who=duid(n)).ia.address for n in range(60)]
    assert len(set(got)) == 60


def test_18_4_unicast(net):
    net.start()
    for kind in (REQUEST, RENEW, RELEASE, DECLINE):
        reply = net.ask(kind, ia_na(1, addr("2001:db8:1::1001")), server=True, to=SERVER)
        assert reply.status == (USE_MULTICAST, "Unicast not allowed by server.") and not reply.ias
    for kind in (SOLICIT, CONFIRM, REBIND):
        assert net.ask(kind, ia_na(1, addr("2001:db8:1::1001")), to=SERVER, timeout=0.4) is None
    assert "iaaddr" not in net.leases.read_text()


def test_21_12_unicast_option(net):
    net.start(conf=f"option dhcp6.unicast {SERVER};" + CONF)
    assert net.ask(REQUEST, ia_na(1), server=True, to=SERVER).ia.leases


# ---- 18.3.3: Confirm ----

def test_18_3_3_confirm(net):
    net.start()
    yes = net.ask(CONFIRM, ia_na(1, addr("2001:db8:1::1001")))
    assert yes.status == (SUCCESS, "All addresses still on link.")
    no = net.ask(CONFIRM, ia_na(1, addr("2001:db8:1::1001"), addr("2001:db8:7::1")))
    assert no.status == (NOT_ON_LINK, "Some of the addresses are not on link.")
    assert net.ask(CONFIRM, ia_na(1), timeout=0.4) is None


# ---- 18.3.4: Renew ----

def test_18_3_4_renew_extends(net):
    net.start(conf="dhcp-cache-threshold 0;" + CONF)
    address = net.bind(ia_na(1)).ia.address
    reply = net.ask(RENEW, ia_na(1, addr(address)), server=True)
    assert reply.ia.leases == [(address, 300, 600)]
    assert net.leases.read_text().count("binding state active") == 2


def test_18_3_4_a_fresh_lease_is_confirmed_as_it_stands(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    before = net.leases.read_text()
    (again, preferred, valid), = net.ask(RENEW, ia_na(1, addr(address)), server=True).ia.leases
    assert again == address and preferred <= 300 and valid <= 600
    assert net.leases.read_text() == before


def test_18_3_4_unknown_binding(net):
    net.start()
    reply = net.ask(RENEW, ia_na(9, addr("2001:db8:1::1001")), ia_pd(8, prefix("2001:db8:a00::/56")),
                    server=True)
    assert reply.ias[0].status == (NO_BINDING, "Address not bound to this interface.")
    assert reply.ias[1].status == (NO_BINDING, "Prefix not bound to this interface.")


def test_18_3_4_what_is_off_the_link_ends(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    leases = net.ask(RENEW, ia_na(1, addr("2001:db8:7::1")), server=True).ia.leases
    assert ("2001:db8:7::1", 0, 0) in leases and (address, 300, 600) in leases


# ---- 18.3.5: Rebind ----

def test_18_3_5_rebind(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    assert net.ask(REBIND, ia_na(1, addr(address))).ia.address == address
    # another server's binding: granted when it is nobody's, ended when it is somebody's
    assert net.ask(REBIND, ia_na(1, addr("2001:db8:1::1888")), who=duid(2)).ia.address == "2001:db8:1::1888"
    leases = net.ask(REBIND, ia_na(1, addr(address)), who=duid(3)).ia.leases
    assert (address, 0, 0) in leases and len(leases) == 2


# ---- 18.3.6: Information-request ----

def test_18_3_6_information_request(net):
    net.start()
    reply = net.ask(INFORMATION_REQUEST, oro(DNS, DOMAINS, REFRESH), who=None)
    assert reply.kind == REPLY and reply.get(CLIENT_ID) is None and reply.get(SERVER_ID)
    assert reply.get(DOMAINS) == b"\x07example\x03org\0" and reply.get(REFRESH) == b"\0\0\x07\x08"


# ---- 18.3.7, 18.3.8: Release and Decline ----

def test_18_3_7_release(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    reply = net.ask(RELEASE, ia_na(1, addr(address)), ia_na(2, addr("2001:db8:1::1777")), server=True)
    assert reply.status == (SUCCESS, "Release received.")
    assert [(ia.iaid, ia.status[0]) for ia in reply.ias] == [(2, NO_BINDING)]
    assert [e[address]["binding state"] for e in read_leases(net.leases).values()] == ["released"]
    assert net.ask(REQUEST, ia_na(5, addr(address)), who=duid(5), server=True).ia.address == address


def test_18_3_7_only_the_owner_releases(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    assert net.ask(RELEASE, ia_na(1, addr(address)), who=duid(2), server=True).ia.status[0] == NO_BINDING
    assert read_leases(net.leases).popitem()[1][address]["binding state"] == "active"


def test_18_3_8_decline(net):
    net.start()
    address = net.bind(ia_na(1)).ia.address
    assert net.ask(DECLINE, ia_na(1, addr(address)), who=duid(2), server=True).ia.status[0] == NO_BINDING
    reply = net.ask(DECLINE, ia_na(1, addr(address)), server=True)
    assert reply.status == (SUCCESS, "Decline received.") and not reply.ias
    entry = read_leases(net.leases).popitem()[1][address]
    assert (entry["binding state"], entry["ends"]) == ("abandoned", "never")
    assert net.bind(ia_na(1)).ia.address != address
    assert net.ask(REQUEST, ia_na(2, addr(address)), who=duid(3), server=True).ia.address != address


# ---- 6.3: prefix delegation ----

def test_6_3_prefix(net):
    net.start()
    reply = net.bind(ia_pd(1))
    (got, preferred, valid), = reply.ia.leases
    assert got.startswith("2001:db8:a") and got.endswith("/56") and (preferred, valid) == (300, 600)
    assert net.ask(RENEW, ia_pd(1, prefix(got)), server=True).ia.address == got
    assert f"iaprefix {got} {{" in net.leases.read_text()
    assert net.ask(RELEASE, ia_pd(1, prefix(got)), server=True).status[0] == SUCCESS


def test_6_3_hints(net):
    net.start()
    assert net.ask(SOLICIT, ia_pd(1, prefix("2001:db8:a55::/56"))).ia.address == "2001:db8:a55::/56"
    assert net.ask(SOLICIT, ia_pd(2, prefix("::/60"))).ia.address.endswith("/56")  # prefer


@pytest.mark.parametrize("mode,wish,length", [("exact", 56, 56), ("exact", 60, None), ("minimum", 52, 56),
                                              ("minimum", 60, 64), ("maximum", 60, 56),
                                              ("maximum", 48, None), ("ignore", 64, 56)])
def test_8168_prefix_length_mode(net, mode, wish, length):
    net.start(conf=f"""prefix-length-mode {mode};
        subnet6 2001:db8:1::/64 {{ prefix6 2001:db8:a00:: 2001:db8:aff:: /56;
                                   prefix6 2001:db8:b00:: 2001:db8:b00:ff:: /64; }}""")
    ia = net.ask(SOLICIT, ia_pd(1, prefix(f"::/{wish}"))).ia
    if length is None:
        assert ia.status[0] == NO_PREFIX
    else:
        assert ia.address.endswith(f"/{length}")


# ---- 21.4: T1, T2 and lifetimes ----

def test_21_4_times_are_left_to_the_client(net):
    net.start()
    ia = net.bind(ia_na(1)).ia
    assert (ia.t1, ia.t2) == (0, 0)


def test_21_4_times_as_configured(net):
    net.start(conf="option dhcp-renewal-time 100; option dhcp-rebinding-time 200;" + CONF)
    ia = net.bind(ia_na(1)).ia
    assert (ia.t1, ia.t2) == (100, 200)


def test_21_4_tee_times(net):
    net.start(conf="dhcpv6-set-tee-times true;" + CONF)
    ia = net.bind(ia_na(1)).ia
    assert (ia.t1, ia.t2) == (150, 240)


def test_21_6_lifetimes_asked_for(net):
    net.start(conf="subnet6 2001:db8:1::/64 { range6 2001:db8:1::1000 2001:db8:1::1fff; }")
    assert net.ask(SOLICIT, ia_na(1)).ia.leases[0][1:] == (27000, 43200)
    assert net.ask(SOLICIT, ia_na(2, addr("::", 100, 200))).ia.leases[0][1:] == (100, 200)
    assert net.ask(SOLICIT, ia_na(3, addr("::", 0, 0xffffffff))).ia.leases[0][2] == 86400


# ---- 19: relays ----

def test_19_3_relay(net):
    net.start()
    got = net.through_relay(SOLICIT, ia_na(1), wrap=lambda m: relayed(
        m, "2001:db8:2::1", "fe80::99", 3, opt(INTERFACE_ID, b"port 7"), opt(37, b"remote"),
        opt(ERO, struct.pack("!H", 37))))
    assert (got.kind, got.hops, got.link, got.peer) == (RELAY_REPL, 3, "2001:db8:2::1", "fe80::99")
    assert got.get(INTERFACE_ID) == b"port 7" and got.get(37) == b"remote" and got.source[1] == 547
    assert got.inner.kind == ADVERTISE
    assert in_range(got.inner.ia.address, "2001:db8:2::1000", "2001:db8:2::1fff")


def test_19_3_nested_relays(net):
    net.start()

    def wrap(message):
        for hop in range(8):
            link = "2001:db8:2::1" if hop == 0 else "::" if hop < 7 else "2001:db8:9::1"
            message = relayed(message, link, f"fe80::{hop + 1}", hop, opt(INTERFACE_ID, bytes([hop])))
        return message

    got = net.through_relay(SOLICIT, ia_na(1), wrap=wrap)
    for hop in reversed(range(8)):
        assert (got.kind, got.hops, got.peer) == (RELAY_REPL, hop, f"fe80::{hop + 1}")
        assert got.get(INTERFACE_ID) == bytes([hop])
        got = got.inner
    assert in_range(got.ia.address, "2001:db8:2::1000", "2001:db8:2::1fff")


def test_19_3_unknown_link(net):
    daemon = net.start()
    assert net.through_relay(SOLICIT, ia_na(1), timeout=0.4,
                             wrap=lambda m: relayed(m, "2001:db8:99::1")) is None
    daemon.wait_log("No subnet found for link-address 2001:db8:99::1")


def test_19_too_many_relays(net):
    daemon = net.start()

    def wrap(message):
        for hop in range(40):
            message = relayed(message, "2001:db8:2::1", "fe80::1", hop)
        return message

    assert net.through_relay(SOLICIT, ia_na(1), wrap=wrap, timeout=0.4) is None and daemon.alive()


def test_8357_relay_source_port(net):
    from dhcp6net import Socket6
    net.start()
    relay = Socket6(net.client, "e0", 6547)
    relay.send(relayed(net.message(SOLICIT, ia_na(1)), "2001:db8:2::1", "fe80::1", 0, opt(135, b"\0\0")),
               SERVER)
    assert relay.receive(2).get(135) == b"\0\0"


# ---- 11, 25: who we are, and what survives ----

def test_11_the_duid_stays(net):
    daemon = net.start()
    first = net.find_server()
    assert first[:4] == b"\0\1\0\1" and first[8:] == bytes.fromhex(net.server.mac("s0").replace(":", ""))
    daemon.stop()
    net.start()
    assert net.find_server() == first


def test_18_3_addresses_are_stable_without_the_lease_file(net):
    daemon = net.start()
    address = net.bind(ia_na(1)).ia.address
    text = net.leases.read_text()
    daemon.stop()
    net.leases.write_text("".join(line + "\n" for line in text.splitlines()
                                  if line.startswith("server-duid")))
    net.start()
    assert net.bind(ia_na(1)).ia.address == address


def test_18_3_leases_survive_a_kill(net):
    daemon = net.start()
    got = {n: net.bind(ia_na(1), ia_pd(2), who=duid(n)) for n in range(10)}
    daemon.signal(9)
    daemon.wait()
    net.start()
    for n, reply in got.items():
        again = net.ask(RENEW, *(opt(c, v) for c, v in reply.list if c in (IA_NA, IA_PD)), who=duid(n),
                        server=True)
        assert [ia.address for ia in again.ias] == [ia.address for ia in reply.ias]
