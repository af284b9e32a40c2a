# SPDX-License-Identifier: BSD-2-Clause
"""The migration pages, run as they stand: each in a fresh machine, block after block.

A block "sh" is a script whose failure is the page's; "file PATH" is written there; "sh back" comes
last, and leads back to the stock service. Before, between and after, clients are served.
"""

import re

import pytest
from lab import PROJECT
from machine import Machine
from test_swap import SITE, address, diagnosis, packages, served

DOCS = PROJECT / "packaging/docs"
BLOCK = re.compile(r"^```(sh|sh back|file (\S+))\n(.*?)^```$", re.M | re.S)

# What a page takes for granted.

NEW_SERVER = """\
DEBIAN_FRONTEND=noninteractive apt-get -y -q purge isc-dhcp-server tftpd-hpa
rm -f /etc/default/isc-dhcp-server /etc/default/tftpd-hpa /etc/dhcp/dhcpd.conf
systemctl disable --now nginx
"""
DNSMASQ = NEW_SERVER + """\
mkdir -p /etc/dnsmasq.d /srv/tftp
cp /usr/lib/PXELINUX/pxelinux.0 /srv/tftp/
"""
DEBIAN = NEW_SERVER + """\
mkdir -p /srv/netboot
echo kernel >/srv/netboot/linux
echo ram >/srv/netboot/initrd.gz
"""
CENTOS7 = NEW_SERVER + """\
mkdir -p /srv/iso /tmp/tree/images/pxeboot
echo kernel7 >/tmp/tree/images/pxeboot/vmlinuz
echo initrd7 >/tmp/tree/images/pxeboot/initrd.img
xorriso -as mkisofs -quiet -R -o /srv/iso/centos7.iso /tmp/tree
"""
CENTOS6 = NEW_SERVER + """\
mkdir -p /srv/old/etc/dhcp /srv/old/etc/xinetd.d /srv/old/var/lib/dhcpd /srv/old/var/lib/tftpboot
cp /usr/lib/PXELINUX/pxelinux.0 /srv/old/var/lib/tftpboot/
cat >/srv/old/etc/dhcp/dhcpd.conf <<'EOF'
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.150;
  filename "pxelinux.0";
  next-server 192.0.2.1;
}
EOF
printf 'service tftp\\n{\\n\\tserver_args = -s /var/lib/tftpboot\\n}\\n' >/srv/old/etc/xinetd.d/tftp
cat >/srv/old/var/lib/dhcpd/dhcpd.leases <<EOF
lease 192.0.2.133 {
  starts 2 2026/11/24 00:00:00;
  ends 2 2036/11/24 00:00:00;
  cltt 2 2026/11/24 00:00:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 52:54:00:00:00:01;
}
EOF
"""


def blocks(page):
    """(kind, path, text) of each block, the way back last."""
    found = [(m[1].split()[0] if m[1].startswith("file") else m[1], m[2], m[3])
             for m in BLOCK.finditer((DOCS / page).read_text())]
    return [b for b in found if b[0] != "sh back"], [b for b in found if b[0] == "sh back"]


def follow(machine, steps):
    for kind, path, text in steps:
        if kind == "file":
            machine.run(f"mkdir -p $(dirname {path})\ncat >{path} <<'END-OF-BLOCK'\n"
                        f"{text}END-OF-BLOCK")
        else:
            machine.run("set -eu; export DEBIAN_FRONTEND=noninteractive; cd /mnt\n" + text)


@pytest.fixture
def machine():
    with Machine(packages().values()) as m:
        # Stock packages beside ours, as somebody has them who fetched both.
        m.run("cp /srv/stock/*.deb /mnt/")
        m.run(SITE)
        yield m


def test_index_names_every_page():
    named = set(re.findall(r"\]\((\S+\.md)\)", (DOCS / "README.md").read_text()))
    assert named == {p.name for p in DOCS.glob("*.md")} - {"README.md"} == PAGES


SWAPS = ("isc-dhcp-server.md", "isc-dhcp-relay.md", "tftpd-hpa.md", "apache-nginx.md")
NEW = {"dnsmasq.md": DNSMASQ, "classical-debian.md": DEBIAN, "classical-centos7.md": CENTOS7,
       "classical-centos6.md": CENTOS6}
PAGES = {*SWAPS, *NEW}


@pytest.mark.parametrize("page", SWAPS)
def test_swap_page(machine, page):
    """Clients are served by the stock service, by ours after the page, by the stock one again."""
    first = address(machine)
    served(machine, first)
    there, back = blocks(page)
    assert there and back
    follow(machine, there)
    served(machine, first)
    assert machine.run("pxectl stats | grep -c 'pid'").strip() == "1"
    follow(machine, back)
    if page == "isc-dhcp-relay.md":
        machine.run("sed -i -e 's/^SERVERS=.*/SERVERS=\"203.0.113.2\"/'"
                    " -e 's/^INTERFACES=.*/INTERFACES=\"pxe1 pxe2\"/'"
                    " /etc/default/isc-dhcp-relay; systemctl restart isc-dhcp-relay")
    served(machine, first)


def fetch(machine, name):
    """What a client reads of a file by TFTP."""
    return machine.run(f"cd /tmp; rm -f got; ip netns exec client tftp -m binary 192.0.2.1"
                       f" -c get {name} got; cat got", check=False)


def web(machine, path):
    return machine.run(f"ip netns exec client curl -sS --retry 5 --retry-connrefused"
                       f" http://192.0.2.1/{path}", check=False)


@pytest.mark.parametrize("page", NEW)
def test_new_server_page(machine, page):
    machine.run(NEW[page])
    there, back = blocks(page)
    follow(machine, there)
    given = address(machine)
    assert given.startswith("192.0.2.1"), diagnosis(machine)
    if page == "classical-debian.md":
        assert "menu title Debian 12" in fetch(machine, "pxelinux.cfg/default")
        assert fetch(machine, "linux").strip() == "kernel"
        assert "locale string en_US" in web(machine, "preseed.cfg")
    elif page == "classical-centos7.md":
        assert "CentOS 7 PXE Menu" in fetch(machine, "pxelinux.cfg/default")
        assert fetch(machine, "vmlinuz").strip() == "kernel7"
        assert web(machine, "centos7/images/pxeboot/initrd.img").strip() == "initrd7"
        assert machine.run("systemctl is-active tftp.socket").strip() == "active"
    elif page == "classical-centos6.md":
        assert given == "192.0.2.133"
        assert machine.status("cd /tmp; ip netns exec client tftp -m binary 192.0.2.1 -c get"
                              " pxelinux.0 x && cmp x /usr/lib/PXELINUX/pxelinux.0") == 0
    else:
        assert machine.status("cd /tmp; ip netns exec client tftp -m binary 192.0.2.1 -c get"
                              " pxelinux.0 x && cmp x /usr/lib/PXELINUX/pxelinux.0") == 0
    if back:
        follow(machine, back)
        assert address(machine) == given


QUICK_ISO = """\
mkdir -p /srv/iso /tmp/tree/images/pxeboot /tmp/tree/EFI/BOOT
echo kernel >/tmp/tree/images/pxeboot/vmlinuz
echo initrd >/tmp/tree/images/pxeboot/initrd.img
echo shim >/tmp/tree/EFI/BOOT/BOOTX64.EFI
echo grub >/tmp/tree/EFI/BOOT/grubx64.efi
echo '[general]' >/tmp/tree/.treeinfo
xorriso -as mkisofs -quiet -R -o /srv/iso/linux.iso /tmp/tree
"""


def test_quick_start(machine):
    """The README's commands, with its interface and image: everything a boot asks for is there."""
    machine.run(NEW_SERVER + QUICK_ISO)
    text = (PROJECT / "README.md").read_text()
    block = re.search(r"^## On a real network\n.*?^```sh\n(.*?)^```$", text, re.M | re.S)[1]
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    assert len(commands) == 3 and commands[2].startswith("pxectl watch")
    install = commands[0].replace("build/deb/", "./")
    setup = commands[1].replace("eth1", "pxe0")
    machine.run("set -e; export DEBIAN_FRONTEND=noninteractive; cd /mnt\n"
                "rm -f pxesuite-relayd*.deb\n" + install.split("&&")[-1])
    machine.run(setup)
    assert address(machine).startswith("192.0.2.1"), diagnosis(machine)
    assert "inst.repo=http://192.0.2.1/linux/" in fetch(machine, "pxelinux.cfg/default")
    assert fetch(machine, "vmlinuz").strip() == "kernel"
    assert fetch(machine, "grubx64.efi").strip() == "grub"
    assert "inst.repo=http://192.0.2.1/linux/" in fetch(machine, "grub.cfg")
    assert web(machine, "linux/.treeinfo").strip() == "[general]"
    # Once more is fine; over somebody else's file it is not.
    machine.run(setup)
    machine.run("echo 'authoritative;' >/etc/dhcp/dhcpd.conf")
    assert "not mine" in machine.run(setup + " 2>&1", check=False)
