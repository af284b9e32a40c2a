# SPDX-License-Identifier: BSD-2-Clause
"""Stock services are replaced by our packages and come back, on a Debian with systemd.

One machine lives through the whole file, so the tests stand in order: stock, one package after the
other, everything at once, DHCPv6 and sockets, back to stock. All clients are served after each.
"""

import re
from pathlib import Path

import pytest
from lab import PROJECT
from machine import Machine

HERE = Path(__file__).resolve().parent
STOCK = {"dhcpd": "isc-dhcp-server", "relayd": "isc-dhcp-relay", "tftpd": "tftpd-hpa"}
UNIT = {**STOCK, "httpfsd": "httpfsd"}

DHCPD_CONF = """\
authoritative;
default-lease-time 600;
max-lease-time 7200;
log-facility local7;
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.150;
  option routers 192.0.2.1;
  filename "pxelinux.0";
  next-server 192.0.2.1;
}
"""
DHCPD6_CONF = """\
subnet6 2001:db8::/64 {
  range6 2001:db8::1000 2001:db8::1fff;
}
"""
SITE = f"""
systemctl stop isc-dhcp-server isc-dhcp-relay tftpd-hpa 2>/dev/null
{(HERE / 'network.sh').read_text()}
cat >/etc/dhcp/dhcpd.conf <<'EOF'
{DHCPD_CONF}EOF
cat >/etc/dhcp/dhcpd6.conf <<'EOF'
{DHCPD6_CONF}EOF
sed -i 's/^INTERFACESv4=.*/INTERFACESv4="pxe0"/' /etc/default/isc-dhcp-server
cat >/etc/default/isc-dhcp-relay <<'EOF'
SERVERS="203.0.113.2"
INTERFACES="pxe1 pxe2"
OPTIONS="-c 8"
EOF
# The relay is on a router of its own.
for unit in isc-dhcp-relay pxe-relayd; do
	mkdir -p /etc/systemd/system/$unit.service.d
	printf '[Service]\\nNetworkNamespacePath=/run/netns/router\\n' \\
		>/etc/systemd/system/$unit.service.d/router.conf
done
systemctl daemon-reload
cat >/root/upstream.conf <<'EOF'
subnet 203.0.113.0 netmask 255.255.255.0 {{ }}
subnet 198.51.100.0 netmask 255.255.255.0 {{ range 198.51.100.100 198.51.100.150; }}
EOF
: >/root/upstream.leases
ip netns exec upstream isc-dhcpd -q -cf /root/upstream.conf -lf /root/upstream.leases \\
	-pf /root/upstream.pid eth0
cp /usr/lib/PXELINUX/pxelinux.0 /srv/tftp/
echo "kickstart of $(hostname)" >/var/www/html/ks.cfg
systemctl start isc-dhcp-server tftpd-hpa nginx
systemctl start isc-dhcp-relay
"""
LEASE = ("ip netns exec {ns} timeout 60 busybox udhcpc -f -n -q -i eth0 -t 12 -T 3 -s /bin/true"
         " 2>&1")


def packages():
    """Our packages, built from this tree unless the runner has done so."""
    found = {}
    for path in sorted((PROJECT / "build/deb").glob("pxesuite*_*.deb")):
        if "-dbgsym" not in path.name:
            found[path.name.split("_")[0].removeprefix("pxesuite-")] = path
    return found


@pytest.fixture(scope="module")
def machine():
    found = packages()
    if not found:
        pytest.fail("no packages in build/deb: packaging/build-deb, or tests/run vm")
    with Machine(found.values()) as m:
        yield m


def address(machine, ns="client"):
    """The address that the client of a namespace is given."""
    said = machine.run(LEASE.format(ns=ns), check=False)
    found = re.search(r"lease of (\S+) obtained", said)
    assert found, said + diagnosis(machine)
    return found.group(1)


def diagnosis(machine):
    return machine.run("systemctl status --no-pager -l -n 30 'pxe-*' 'isc-*' 'tftp*' 2>&1;"
                       " journalctl -k --no-pager -n 30 | grep -i denied", check=False)


def served(machine, first):
    """Everything a machine asks for at its start is there, and the lease is the one it had."""
    assert address(machine) == first
    assert address(machine, "far").startswith("198.51.100.")
    got = machine.run(
        "cd /tmp; rm -f x; for i in 1 2 3 4 5; do"
        " ip netns exec client tftp -m binary 192.0.2.1 -c get pxelinux.0 x &&"
        " cmp x /usr/lib/PXELINUX/pxelinux.0 && break; sleep 1; done && cmp x"
        " /usr/lib/PXELINUX/pxelinux.0 2>&1"
        " && ip netns exec client curl -sS --retry 5 --retry-connrefused http://192.0.2.1/ks.cfg",
        check=False)
    assert "kickstart of machine" in got, got + diagnosis(machine)


def install(machine, *names):
    files = " ".join(f"/mnt/{packages()[name].name}" for name in names)
    return machine.run(f"DEBIAN_FRONTEND=noninteractive apt-get -y -q install {files} 2>&1")


def install_stock(machine, *names):
    files = " ".join(f"/srv/stock/{name}_*.deb" for name in names)
    return machine.run(f"DEBIAN_FRONTEND=noninteractive apt-get -y -q install {files} 2>&1")


def is_ours(machine, daemon):
    """The process behind the stock unit's name is our program."""
    said = machine.run(f"systemctl show -p MainPID --value {UNIT[daemon]}.service;"
                       f" readlink /proc/$(systemctl show -p MainPID --value {UNIT[daemon]})/exe",
                       check=False)
    return f"/usr/sbin/{daemon}" in said.split()


def fingerprint(machine):
    """The files that the stock services read; all of them the administrator's."""
    return machine.run("md5sum /etc/dhcp/dhcpd.conf /etc/dhcp/dhcpd6.conf"
                       " /etc/default/isc-dhcp-server /etc/default/isc-dhcp-relay"
                       " /etc/default/tftpd-hpa /srv/tftp/pxelinux.0 /var/www/html/ks.cfg")


@pytest.fixture(scope="module")
def site(machine):
    """The stock services at work; what must be the same ever after."""
    machine.run(SITE)
    first = address(machine)
    served(machine, first)
    return {"first": first, "files": fingerprint(machine)}


def test_stock_serves(machine, site):
    assert site["first"].startswith("192.0.2.1")
    assert "isc-dhcp-server" in machine.run("dpkg -S /usr/sbin/dhcpd")


@pytest.mark.parametrize("daemon", ["tftpd", "dhcpd", "relayd"])
def test_one_at_a_time(machine, site, daemon):
    """Ours over the stock one, the other two stock; then back."""
    stock = STOCK[daemon]
    install(machine, daemon)
    assert machine.status(f"dpkg -s {stock} | grep -q ok.installed") != 0
    assert is_ours(machine, daemon), diagnosis(machine)
    served(machine, site["first"])
    machine.run(f"systemctl restart {stock}.service")
    assert is_ours(machine, daemon), diagnosis(machine)
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]

    install_stock(machine, stock)
    assert machine.status(f"dpkg -s pxesuite-{daemon} | grep -q ok.installed") != 0
    # Debian's postinst of the relay writes what debconf knows over the file, ours or not.
    if daemon == "relayd":
        machine.run("sed -i -e 's/^SERVERS=.*/SERVERS=\"203.0.113.2\"/'"
                    " -e 's/^INTERFACES=.*/INTERFACES=\"pxe1 pxe2\"/'"
                    " -e 's/^OPTIONS=.*/OPTIONS=\"-c 8\"/' /etc/default/isc-dhcp-relay;"
                    " systemctl restart isc-dhcp-relay")
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]


def test_web_server_moves_over(machine, site):
    """httpfsd takes port 80 when nginx gives it up, and its document root."""
    machine.run("systemctl disable --now nginx")
    install(machine, "httpfsd")
    assert is_ours(machine, "httpfsd"), diagnosis(machine)
    served(machine, site["first"])
    assert "GET /ks.cfg" in machine.run("cat /var/log/httpfsd/access.log")
    machine.run("logrotate -f /etc/logrotate.d/pxe-httpfsd")
    served(machine, site["first"])
    assert machine.run("wc -l </var/log/httpfsd/access.log").strip() == "1"
    # The name that the classical recipe has for it.
    machine.run("systemctl restart httpd.service")


def test_all(machine, site):
    """The meta package, and the relay: nothing stock is left, the system is well."""
    install(machine, "dhcpd", "tftpd", "httpfsd", "tools", "pxesuite", "relayd")
    for daemon in UNIT:
        assert is_ours(machine, daemon), daemon + diagnosis(machine)
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]
    assert machine.run("systemctl list-units --failed --no-legend 'pxe-*'").strip() == ""
    stats = machine.run("pxectl stats")
    assert all(daemon in stats for daemon in UNIT), stats


def test_confined(machine, site):
    """Each runs as its own user, under its profile; nothing it needs is denied."""
    for daemon in UNIT:
        pid = machine.run(f"systemctl show -p MainPID --value pxe-{daemon}").strip()
        status = machine.run(f"cat /proc/{pid}/status; stat -c user=%U /proc/{pid};"
                             f" cat /proc/{pid}/attr/current")
        assert f"user=pxe-{daemon}" in status
        assert re.search(r"NoNewPrivs:\s*1", status) and re.search(r"Seccomp:\s*2", status)
        assert f"pxe-{daemon} (enforce)" in status
    loaded = machine.run("cat /sys/kernel/security/apparmor/profiles")
    assert "pxe-dhcpd (" in loaded and "\n/usr/sbin/dhcpd (" not in "\n" + loaded
    denied = machine.run("journalctl -k --no-pager | grep 'apparmor=.DENIED' | grep pxe- || true")
    assert denied.strip() == ""


def test_reload_and_broken_configuration(machine, site):
    """A bad file keeps the old configuration at a reload, and is named when a start fails."""
    machine.run("cp /etc/dhcp/dhcpd.conf /root/good; echo 'subnet {' >>/etc/dhcp/dhcpd.conf;"
                " systemctl reload isc-dhcp-server")
    served(machine, site["first"])
    said = machine.run("systemctl restart isc-dhcp-server;"
                       " journalctl -u pxe-dhcpd --no-pager -n 40", check=False)
    assert re.search(r"dhcpd.conf line 1[0-9]", said), said
    machine.run("cp /root/good /etc/dhcp/dhcpd.conf; systemctl restart isc-dhcp-server")
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]


def test_dhcpv6_comes_with_it(machine, site):
    """INTERFACESv6 in Debian's file starts the second server under the one stock name."""
    assert machine.run("systemctl is-active pxe-dhcpd6", check=False).strip() == "inactive"
    machine.run("""sed -i 's/^INTERFACESv6=.*/INTERFACESv6="pxe0"/' /etc/default/isc-dhcp-server
                   systemctl restart isc-dhcp-server""")
    machine.eventually("systemctl is-active pxe-dhcpd pxe-dhcpd6")
    # A copy, which Debian's profile of dhclient does not confine.
    said = machine.run("cp /sbin/dhclient /usr/local/sbin/client6; cd /tmp;"
                       " ip netns exec client timeout 60 client6 -6 -1 -v -sf /bin/true"
                       " -lf /tmp/client6.leases -pf /tmp/client6.pid eth0 2>&1;"
                       " cat client6.leases; kill $(cat client6.pid)", check=False)
    assert "iaaddr 2001:db8::1" in said, said + diagnosis(machine)
    machine.run("""sed -i 's/^INTERFACESv6=.*/INTERFACESv6=""/' /etc/default/isc-dhcp-server
                   systemctl restart isc-dhcp-server""")
    assert machine.run("systemctl is-active pxe-dhcpd6", check=False).strip() == "inactive"


def test_tftp_socket(machine, site):
    """systemctl start tftp.socket, as the recipe has it: the first request starts the service."""
    machine.run("systemctl start tftp.socket")
    assert machine.run("systemctl is-active tftpd-hpa tftp.socket", check=False).split() == \
        ["inactive", "active"]
    assert machine.run("systemctl is-active tftp.service", check=False).strip() == "inactive"
    served(machine, site["first"])
    assert machine.run("systemctl is-active tftp.service").strip() == "active"
    machine.run("systemctl start tftpd-hpa")
    assert machine.run("systemctl is-active tftpd-hpa tftp.socket", check=False).split() == \
        ["active", "inactive"]
    served(machine, site["first"])


def test_http_socket(machine, site):
    machine.run("systemctl stop httpfsd; systemctl start httpfsd.socket")
    assert machine.run("systemctl is-active httpfsd", check=False).strip() == "inactive"
    served(machine, site["first"])
    assert machine.run("systemctl is-active httpfsd").strip() == "active"
    machine.run("systemctl stop httpfsd.socket httpfsd; systemctl start httpfsd")
    served(machine, site["first"])


def test_starts_with_the_machine(machine, site):
    """Enabled under our name and under the stock one."""
    for name in ("pxe-dhcpd", "pxe-relayd", "pxe-tftpd", "pxe-httpfsd"):
        assert machine.run(f"systemctl is-enabled {name}").strip() == "enabled"
    for name in ("isc-dhcp-server", "dhcpd", "isc-dhcp-relay", "tftpd-hpa"):
        machine.run(f"systemctl disable {name}.service && systemctl enable {name}.service 2>&1")
    for name in ("pxe-dhcpd", "pxe-relayd", "pxe-tftpd"):
        assert machine.run(f"systemctl is-enabled {name}").strip() == "enabled"


def test_upgrade_keeps_serving(machine, site):
    """The same packages again, as an upgrade does it."""
    machine.run("DEBIAN_FRONTEND=noninteractive apt-get -y -q install --reinstall"
                " /mnt/pxesuite-*.deb 2>&1")
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]


def test_back_to_stock(machine, site):
    """Ours purged, the stock packages in: their files as they were, and they serve."""
    machine.run("DEBIAN_FRONTEND=noninteractive apt-get -y -q purge 'pxesuite*' 2>&1")
    assert fingerprint(machine) == site["files"]
    left = machine.run("find / -xdev \\( -path /proc -o -path /sys -o -path /mnt -o"
                       " -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \\) -prune"
                       " -o \\( -name '*pxe-*' -o -name '*pxesuite*' \\) -print;"
                       " find /var/lib/dhcp -user pxe-dhcpd;"
                       " ls -d /run/dhcpd.pid 2>/dev/null || true")
    # This test's own drop-in is not the package's.
    assert [line for line in left.split() if line != "/etc/systemd/system/pxe-relayd.service.d"] \
        == [], left
    assert machine.run("stat -c '%U %a' /var/lib/dhcp").split() == ["root", "755"]
    install_stock(machine, *STOCK.values())
    machine.run("sed -i -e 's/^SERVERS=.*/SERVERS=\"203.0.113.2\"/'"
                " -e 's/^INTERFACES=.*/INTERFACES=\"pxe1 pxe2\"/'"
                " -e 's/^OPTIONS=.*/OPTIONS=\"-c 8\"/' /etc/default/isc-dhcp-relay;"
                " systemctl restart isc-dhcp-relay; systemctl enable --now nginx")
    assert "isc-dhcp-server" in machine.run("dpkg -S /usr/sbin/dhcpd")
    served(machine, site["first"])
    assert fingerprint(machine) == site["files"]
    assert "/usr/sbin/dhcpd" in machine.run("cat /sys/kernel/security/apparmor/profiles")
