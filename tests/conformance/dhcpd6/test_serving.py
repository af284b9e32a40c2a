# SPDX-License-Identifier: BSD-2-Clause
"""What a DHCPv6 client is given and why: hosts, classes, pools, options, boot files."""

import struct

import pytest
from dhcp6net import (ADVERTISE, ARCH, BOOT_PARAM, BOOT_URL, CONF, DNS, DOMAINS, INFORMATION_REQUEST,
                      LINK_LAYER, NO_ADDRS, RENEW, REQUEST, SOLICIT, USER_CLASS, VENDOR_CLASS,
                      VENDOR_OPTS, addr, duid, ia_na, ia_pd, opt, oro, relayed)

PLAIN = "subnet6 2001:db8:1::/64 { range6 2001:db8:1::1000 2001:db8:1::1fff; }\n"
HTTP = opt(VENDOR_CLASS, struct.pack("!IH", 343, 30) + b"HTTPClient:Arch:00016:UNDI:003")
PXE = opt(VENDOR_CLASS, struct.pack("!IH", 343, 32) + b"PXEClient:Arch:00007:UNDI:003016")


def give(net, *options, who=duid(9), **kwargs):
    return net.ask(SOLICIT, ia_na(1), *options, who=who, **kwargs)


# ---- hosts ----

def test_host_by_client_id(net):
    net.start(conf=PLAIN + """host h { host-identifier option dhcp6.client-id 00:03:00:01:02:00:00:00:00:09;
        fixed-address6 2001:db8:1::99; fixed-prefix6 2001:db8:cc00::/48;
        option dhcp6.name-servers 2001:db8::99; }""")
    reply = net.bind(ia_na(1), ia_pd(2), who=duid(9), options=(oro(DNS),))
    assert [ia.address for ia in reply.ias] == ["2001:db8:1::99", "2001:db8:cc00::/48"]
    assert reply.get(DNS)[-1] == 0x99
    assert "iaaddr" not in net.leases.read_text()
    assert give(net, oro(DNS), who=duid(8)).get(DNS) is None


def test_host_by_link_layer_address(net):
    net.start(conf=PLAIN + "subnet6 2001:db8:2::/64 { }\n"
              "host h { hardware ethernet 02:00:00:00:00:09; fixed-address6 2001:db8:1::99; }\n"
              "host r { hardware ethernet 02:00:00:00:00:77; fixed-address6 2001:db8:2::77; }")
    assert give(net).ia.address == "2001:db8:1::99"
    llt = b"\0\1\0\1" + bytes(4) + bytes.fromhex("020000000009")
    assert give(net, who=llt).ia.address == "2001:db8:1::99"
    got = net.through_relay(SOLICIT, ia_na(1), who=b"\0\2\0\0\0\1x", wrap=lambda m: relayed(
        m, "2001:db8:2::1", "fe80::1", 0, opt(LINK_LAYER, bytes.fromhex("0001020000000077"))))
    assert got.inner.ia.address == "2001:db8:2::77"  # RFC 6939


def test_host_by_uuid_in_either_byte_order(net):
    """OVMF's DUID has the bytes of SMBIOS, iPXE's those of RFC 4122."""
    net.start(conf=PLAIN + """host h { fixed-address6 2001:db8:1::99;
        host-identifier option dhcp6.client-id 00:04:44:45:4c:4c:34:00:10:4d:80:31:b4:c0:4f:37:32:31; }""")
    for text in ("000444454c4c3400104d8031b4c04f373231", "00044c4c454400344d108031b4c04f373231"):
        assert give(net, who=bytes.fromhex(text)).ia.address == "2001:db8:1::99"
    assert give(net, who=bytes.fromhex("00044c4c454400344d108031b4c04f373232")).ia.address != "2001:db8:1::99"


def test_host_by_relay_option(net):
    net.start(conf=PLAIN + "subnet6 2001:db8:2::/64 { }\n"
              'host h { host-identifier v6relopt 1 dhcp6.interface-id "port 7"; fixed-address6 2001:db8:2::7; }')
    for port, want in ((b"port 7", "2001:db8:2::7"), (b"port 8", None)):
        got = net.through_relay(SOLICIT, ia_na(1), wrap=lambda m, port=port: relayed(
            m, "2001:db8:2::1", "fe80::1", 0, opt(18, port)))
        assert got.inner.ia.address == want


def test_a_fixed_address_is_nobody_elses(net):
    net.start(conf="subnet6 2001:db8:1::/64 { range6 2001:db8:1::5 2001:db8:1::6; }"
              "host h { hardware ethernet 02:00:00:00:00:09; fixed-address6 2001:db8:1::5; }")
    assert net.bind(ia_na(1), who=duid(1)).ia.address == "2001:db8:1::6"
    assert give(net, who=duid(2)).ia.status[0] == NO_ADDRS
    assert give(net).ia.address == "2001:db8:1::5"


# ---- classes, pools, scopes ----

def test_classes_and_pools(net):
    net.start(conf="""
        option dhcp6.user-class code 15 = string;
        class "ipxe" { match if substring(option dhcp6.user-class, 2, 4) = "iPXE";
                       option dhcp6.bootfile-url "http://ipxe/"; }
        class "port" { match if v6relay(1, option dhcp6.interface-id) = "p1";
                       option dhcp6.bootfile-url "http://p1/"; }
        subnet6 2001:db8:1::/64 {
          option dhcp6.bootfile-url "tftp://plain/";
          pool6 { allow members of "ipxe"; range6 2001:db8:1::a000 2001:db8:1::afff;
                  option dhcp6.name-servers 2001:db8::a; }
          pool6 { deny members of "ipxe"; range6 2001:db8:1::b000 2001:db8:1::bfff; }
        }
        subnet6 2001:db8:2::/64 { range6 2001:db8:2::1000 2001:db8:2::1fff; }""")
    asks = oro(BOOT_URL, DNS)
    got = give(net, asks, opt(USER_CLASS, b"\0\4iPXE"))
    assert got.ia.address.startswith("2001:db8:1::a") and got.get(BOOT_URL) == b"http://ipxe/"
    assert got.get(DNS)[-1] == 0xa
    got = give(net, asks, who=duid(2))
    assert got.ia.address.startswith("2001:db8:1::b") and got.get(BOOT_URL) == b"tftp://plain/"
    assert got.get(DNS) is None
    for port, url in ((b"p1", b"http://p1/"), (b"p2", None)):
        got = net.through_relay(SOLICIT, ia_na(1), asks, wrap=lambda m, port=port: relayed(
            m, "2001:db8:2::1", "fe80::1", 0, opt(18, port)))
        assert got.inner.get(BOOT_URL) == url


def test_known_clients(net):
    net.start(conf="host h { hardware ethernet 02:00:00:00:00:09; }"
              "subnet6 2001:db8:1::/64 { pool6 { allow known-clients; range6 2001:db8:1::a 2001:db8:1::f; } }")
    assert give(net).ia.leases and give(net, who=duid(8)).ia.status[0] == NO_ADDRS


def test_shared_network(net):
    net.start(conf="shared-network s { subnet6 2001:db8:1::/64 { } subnet6 2001:db8:5::/64 {"
              "range6 2001:db8:5::5 2001:db8:5::5ff; option dhcp6.name-servers 2001:db8::5; } }")
    got = give(net, oro(DNS))
    assert got.ia.address.startswith("2001:db8:5::") and got.get(DNS)[-1] == 5


def test_precedence(net):
    """host over class over pool over subnet over root, as in IPv4."""
    net.start(conf="""option dhcp6.name-servers 2001:db8::1;
        class "c" { match if option dhcp6.client-id = 00:03:00:01:02:00:00:00:00:09;
                    option dhcp6.name-servers 2001:db8::4; }
        subnet6 2001:db8:1::/64 { option dhcp6.name-servers 2001:db8::2;
          pool6 { range6 2001:db8:1::a000 2001:db8:1::afff; option dhcp6.name-servers 2001:db8::3; } }
        host h { hardware ethernet 02:00:00:00:00:08; option dhcp6.name-servers 2001:db8::5; }""")
    assert give(net, oro(DNS), who=duid(7)).get(DNS)[-1] == 3
    assert give(net, oro(DNS), who=duid(9)).get(DNS)[-1] == 4
    assert give(net, oro(DNS), who=duid(8)).get(DNS)[-1] == 5
    assert net.ask(INFORMATION_REQUEST, oro(DNS), who=duid(7)).get(DNS)[-1] == 2


# ---- options ----

def test_vendor_options(net):
    net.start(conf="option space acme code width 2 length width 2; option acme.x code 3 = text;"
              'option vsio.acme code 4242 = encapsulate acme; option acme.x "hello";' + CONF)
    assert give(net, oro(VENDOR_OPTS)).get(VENDOR_OPTS) == struct.pack("!IHH", 4242, 3, 5) + b"hello"
    assert give(net).get(VENDOR_OPTS) is None


def test_expressions_see_the_client(net):
    net.start(conf="if exists dhcp6.client-arch-type { option dhcp6.name-servers 2001:db8::a; }"
              "else { option dhcp6.name-servers 2001:db8::b; }" + PLAIN)
    assert give(net, oro(DNS), opt(ARCH, b"\0\7")).get(DNS)[-1] == 0xa
    assert give(net, oro(DNS)).get(DNS)[-1] == 0xb


# ---- boot (RFC 5970, UEFI) ----

BOOT = """option dhcp6.bootfile-param 00:02:61:62;
if option dhcp6.client-arch-type = 00:10 { option dhcp6.bootfile-url "http://[2001:db8:1::1]/boot.efi"; }
elsif option dhcp6.client-arch-type = 00:07 { option dhcp6.bootfile-url "tftp://[2001:db8:1::1]/x.efi"; }
"""


def test_5970_boot_file(net):
    net.start(conf=BOOT + PLAIN)
    got = give(net, PXE, opt(ARCH, b"\0\7"), oro(BOOT_URL, BOOT_PARAM, 23, VENDOR_CLASS))
    assert got.get(BOOT_URL) == b"tftp://[2001:db8:1::1]/x.efi" and got.get(BOOT_PARAM) == b"\0\2ab"
    assert got.get(VENDOR_CLASS) is None
    assert give(net, PXE, opt(ARCH, b"\0\7")).get(BOOT_URL) is None


def test_uefi_http_boot_is_marked(net):
    """UEFI 2.10 24.7.3.2: enterprise 343 with HTTPClient, or the firmware drops the offer."""
    net.start(conf=BOOT + PLAIN)
    mark = struct.pack("!IH", 343, 10) + b"HTTPClient"
    got = give(net, HTTP, opt(ARCH, b"\0\x10"), oro(BOOT_URL, BOOT_PARAM, 23, VENDOR_CLASS))
    assert got.get(BOOT_URL).startswith(b"http://") and got.get(VENDOR_CLASS) == mark
    assert give(net, HTTP, oro(BOOT_URL)).get(VENDOR_CLASS) is None  # no URL, no mark


def test_uefi_http_boot_mark_as_configured(net):
    net.start(conf="option dhcp6.vendor-class code 16 = {integer 32, integer 16, string};"
              'option dhcp6.vendor-class 343 10 "HTTPClient";' + BOOT + PLAIN)
    got = give(net, HTTP, opt(ARCH, b"\0\x10"), oro(BOOT_URL, VENDOR_CLASS))
    assert got.all(VENDOR_CLASS) == [struct.pack("!IH", 343, 10) + b"HTTPClient"]


def test_two_ias_of_one_firmware(net):
    """OVMF's IPv6 stack and its boot protocol ask for an address each."""
    net.start(conf=PLAIN)
    a, b = net.bind(ia_na(1)).ia.address, net.bind(ia_na(2)).ia.address
    assert a != b
    assert net.bind(ia_na(1)).ia.address == a


# ---- event programs and variables ----

def test_on_commit_sets_and_runs(net):
    out = net.lab.dir / "ran"
    net.start(conf="default-lease-time 600;" + PLAIN.replace("}", f"""
        on commit {{ set count = "one"; execute("/usr/bin/touch", "{out}"); log(info, "granted"); }}
        on release {{ log(info, concat("gone ", count)); }} }}"""))
    daemon = net.lab.procs[-1]
    address = net.bind(ia_na(1)).ia.address
    daemon.wait_log("^granted$")
    assert 'set count = "one";' in net.leases.read_text()
    from lab import wait_for
    wait_for(out.exists, 5, "the command")
    from dhcp6net import RELEASE
    net.ask(RELEASE, ia_na(1, addr(address)), server=True)
    daemon.wait_log("^gone one$")


@pytest.mark.parametrize("kind", [SOLICIT, REQUEST])
def test_more_ias_than_are_looked_at(net, kind):
    daemon = net.start()
    got = net.ask(kind, *[ia_na(n) for n in range(40)], server=None if kind == SOLICIT else True)
    assert len(got.ias) == 24 and len({ia.address for ia in got.ias}) == 24 and daemon.alive()


def test_advertise_then_renew_through_a_reload(net):
    import signal
    daemon = net.start()
    address = net.bind(ia_na(1)).ia.address
    net.lab.file("dhcpd6.conf", CONF.replace("2001:db8:1::53", "2001:db8:1::54"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_log("configuration .* reloaded")
    reply = net.ask(RENEW, ia_na(1, addr(address)), oro(DNS, DOMAINS), server=True)
    assert reply.ia.address == address and reply.get(DNS)[-1] == 0x54
    net.lab.file("dhcpd6.conf", "nonsense")
    daemon.signal(signal.SIGHUP)
    daemon.wait_log("configuration not reloaded")
    assert give(net).kind == ADVERTISE


def test_reconfigure_accept_is_seen(net):
    """RFC 8415 21.20: the server sends no Reconfigure, but the configuration can tell who would take
    it, and the log can say so."""
    daemon = net.start(conf="if exists dhcp6.reconf-accept { option dhcp6.name-servers 2001:db8::a;"
                       'log(info, "takes Reconfigure"); }' + PLAIN)
    assert give(net, oro(DNS)).get(DNS) is None
    got = give(net, oro(DNS), opt(20))
    assert got.get(DNS)[-1] == 0xa and got.get(20) is None
    daemon.wait_log("^takes Reconfigure$")
