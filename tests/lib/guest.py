# SPDX-License-Identifier: BSD-2-Clause
"""guest.py -- a system small enough to boot in seconds under emulation: what a machine runs at the
end of a network boot in tests.

Debian's installer kernel with an initial RAM disk of our own, made of busybox, libc and network
drivers out of the installer's. It takes an address by DHCP (or, told net=dhcp6, by DHCPv6),
fetches the URL that its command line names by HTTP, prints the file's SHA-256 on the console and
powers off.
"""

import gzip
import os
import re
import subprocess
from pathlib import Path

from lab import LabError

# In the order of loading; one that a machine lacks, or has built in, does no harm.
DRIVERS = ("virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
           "virtio_mmio", "failover", "net_failover", "virtio_net", "e1000")

INIT = """\
#!/bin/busybox sh
export PATH=/bin:/usr/sbin
/bin/busybox mkdir -p /proc /sys /dev
busybox mount -t proc none /proc; busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
exec >/dev/console 2>&1
end() { echo "guest: $*"; busybox poweroff -f; }
for word in $(busybox cat /proc/cmdline); do
    case $word in url=*) url=${word#url=};; net=*) net=${word#net=};; esac
done
for driver in %s; do
    [ ! -e /drivers/$driver.ko ] || busybox insmod /drivers/$driver.ko
done
n=0
until [ -e /sys/class/net/eth0 ] || [ $n = 30 ]; do busybox sleep 1; n=$((n + 1)); done
busybox ip link set eth0 up || end "no network card"
echo "guest: up"
case $net in
dhcp6) # speaks for an interface whose link-local address is not tentative any more
    echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra
    busybox ip link set lo up
    n=0
    while busybox ip -6 addr show dev eth0 | busybox grep -q tentative && [ $n -lt 30 ]; do
        busybox sleep 1; n=$((n + 1)); done
    printf 'interface eth0 { send ia-na 0; };\\nid-assoc na 0 { };\\n' > /dhcp6c.conf
    dhcp6c -c /dhcp6c.conf eth0
    n=0
    until busybox ip -6 route | busybox grep -q ^default &&
        busybox ip -6 addr show dev eth0 scope global | busybox grep -q inet6; do
        [ $n -lt 90 ] || end "no lease"
        busybox sleep 1; n=$((n + 1)); done;;
*)  busybox udhcpc -q -n -i eth0 -t 20 -T 2 -s /lease || end "no lease";;
esac
n=0
until busybox wget -q -O /file "$url" || [ $n = 5 ]; do busybox sleep 1; n=$((n + 1)); done
[ -e /file ] || end "no file"
set -- $(busybox sha256sum /file)
end "sha256 $1"
""" % " ".join(DRIVERS)

LEASE = """\
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
busybox ip addr add $ip/$mask dev eth0
for r in $router; do busybox ip route add default via $r; break; done
exit 0
"""


def installer(arch):
    """Folder of Debian's netboot installer for an architecture: linux, initrd.gz, its loaders."""
    path = Path(f"/usr/lib/debian-installer/images/12/{arch}/text/debian-installer/{arch}")
    if not path.is_dir():
        raise LabError(f"debian-installer-12-netboot-{arch} is not installed")
    return path


def initrd(path, arch="amd64"):
    """Write the guest's initial RAM disk."""
    tree = Path(f"{path}.tree")
    tree.mkdir()
    packed = subprocess.Popen(["gzip", "-dc", installer(arch) / "initrd.gz"],
                              stdout=subprocess.PIPE)
    wanted = ["bin/busybox", "usr/sbin/dhcp6c", "lib64*", "lib/ld-*", "lib/*-linux-gnu/libc.so*",
              "lib/*-linux-gnu/libresolv*", "lib/*-linux-gnu/ld-*", "usr/lib/*/libc.so*",
              "usr/lib/*/ld-*"]
    wanted += [f"lib/modules/*/{name}.ko" for name in DRIVERS]
    done = subprocess.run(["cpio", "-idm", "--quiet", "--no-absolute-filenames", *wanted],
                          stdin=packed.stdout, cwd=tree, stderr=subprocess.PIPE, text=True)
    packed.stdout.close()
    if packed.wait() != 0 or done.returncode != 0 or not (tree / "bin/busybox").exists():
        raise LabError(f"{installer(arch)}/initrd.gz: {done.stderr.strip() or 'no busybox in it'}")
    for folder in ("drivers", "tmp", "var/lib/dhcpv6", "var/run"):
        (tree / folder).mkdir(parents=True, exist_ok=True)
    for module in tree.glob("lib/modules/**/*.ko"):
        module.rename(tree / "drivers" / module.name)
    (tree / "bin/sh").symlink_to("busybox")
    for name, text in (("init", INIT), ("lease", LEASE)):
        (tree / name).write_text(text)
        os.chmod(tree / name, 0o755)
    names = subprocess.run(["find", ".", "-print"], cwd=tree, stdout=subprocess.PIPE, check=True)
    image = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, input=names.stdout,
                           stdout=subprocess.PIPE, check=True)
    Path(path).write_bytes(gzip.compress(image.stdout, 1))
    os.chmod(path, 0o644)
    subprocess.run(["rm", "-rf", tree], check=True)


def said(serial):
    """What the guest printed last: "sha256 HEX", a complaint, or None."""
    text = Path(serial).read_text(errors="replace") if Path(serial).exists() else ""
    found = re.findall(r"guest: (sha256 [0-9a-f]{64}|no [a-z ]+)", text)
    return found[-1] if found else None
