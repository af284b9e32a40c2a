# SPDX-License-Identifier: BSD-2-Clause
"""pxesuite-setup: the files it writes for a link and an image, and what it refuses to touch."""

import os
import re
import shutil
import subprocess

import pytest
from lab import PROJECT, Lab, LabError, program

SETUP = PROJECT / "packaging/setup"
FEDORA = ("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "EFI/BOOT/BOOTX64.EFI",
          "EFI/BOOT/grubx64.efi")
UBUNTU = ("casper/vmlinuz", "casper/initrd")
DEBIAN_CD = ("install.amd/vmlinuz", "install.amd/initrd.gz")

pytestmark = pytest.mark.skipif(
    shutil.which("xorriso") is None or not os.path.exists("/usr/lib/PXELINUX/pxelinux.0"),
    reason="xorriso or pxelinux is not installed (packaging/install-deps test demo)")


@pytest.fixture(scope="module")
def link():
    with Lab("setup") as lab:
        server, other = lab.netns("server"), lab.netns("other")
        lab.veth(server, "e0", other, "e0")
        server.addr("e0", "192.0.2.1/24")
        yield server


def image(folder, files, name="linux"):
    for file in files:
        path = folder / "tree" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    iso = folder / f"{name}.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", iso, folder / "tree"],
                   check=True, stderr=subprocess.DEVNULL)
    return iso


def run_setup(link, root, *args):
    return link.run("env", f"PXE_ROOT={root}", SETUP, *args, check=False)


def test_writes_what_the_daemons_need(link, tmp_path):
    root = tmp_path / "root"
    done = run_setup(link, root, "e0", image(tmp_path, FEDORA), "inst.ks=http://192.0.2.1/ks.cfg")
    assert done.returncode == 0, done.stderr
    conf = (root / "etc/dhcp/dhcpd.conf").read_text()
    assert "range 192.0.2.128 192.0.2.254;" in conf and "next-server 192.0.2.1;" in conf
    menu = (root / "srv/tftp/pxelinux.cfg/default").read_text()
    assert "inst.repo=http://192.0.2.1/linux/" in menu and "inst.ks=http://192.0.2.1/ks.cfg" in menu
    for name, source in (("vmlinuz", FEDORA[0]), ("initrd.img", FEDORA[1]),
                         ("bootx64.efi", FEDORA[2]), ("grubx64.efi", FEDORA[3])):
        assert (root / "srv/tftp" / name).read_text() == source
    assert (root / "srv/tftp/pxelinux.0").stat().st_size > 10000
    try:
        dhcpd, httpfsd = program("dhcpd"), program("httpfsd")
    except LabError as e:
        pytest.skip(f"the daemons' own checks: {e}")
    checked = subprocess.run([dhcpd, "-t", "-cf", root / "etc/dhcp/dhcpd.conf"], text=True,
                             stderr=subprocess.PIPE)
    assert checked.returncode == 0 and not re.search(r"\[[a-z-]+\]$", checked.stderr, re.M), \
        checked.stderr
    web = tmp_path / "httpfsd.cfg"
    web.write_text((root / "etc/pxesuite/httpfsd.cfg").read_text()
                   .replace("/var/www/html", str(tmp_path)).replace("/var/log/httpfsd/access.log", "off"))
    checked = subprocess.run([httpfsd, "--test", "-c", web], text=True, stderr=subprocess.PIPE)
    assert checked.returncode == 0, checked.stderr


def test_ubuntu_is_given_its_image(link, tmp_path):
    done = run_setup(link, tmp_path / "root", "e0", image(tmp_path, UBUNTU, "noble"))
    assert done.returncode == 0, done.stderr
    menu = (tmp_path / "root/srv/tftp/pxelinux.cfg/default").read_text()
    assert "url=http://192.0.2.1/iso/noble.iso" in menu


@pytest.mark.parametrize("address,low,high", [
    ("10.1.2.3/16", "10.1.128.0", "10.1.255.254"),
    ("10.0.0.200/24", "10.0.0.128", "10.0.0.199"),
    ("203.0.113.17/28", "203.0.113.24", "203.0.113.30"),
])
def test_range_leaves_us_out(link, tmp_path, address, low, high):
    iso = image(tmp_path, FEDORA)
    link.ip("addr", "flush", "dev", "e0")
    link.ip("addr", "add", address, "dev", "e0")
    try:
        assert f"addresses {low} to {high}" in run_setup(link, tmp_path, "--dry-run", "e0", iso).stdout
    finally:
        link.ip("addr", "flush", "dev", "e0")
        link.ip("addr", "add", "192.0.2.1/24", "dev", "e0")
    assert not (tmp_path / "etc").exists()


@pytest.mark.parametrize("file", ["etc/dhcp/dhcpd.conf", "etc/pxesuite/httpfsd.cfg",
                                  "srv/tftp/pxelinux.cfg/default"])
def test_somebody_elses_file_stays(link, tmp_path, file):
    iso, root = image(tmp_path, FEDORA), tmp_path / "root"
    (root / file).parent.mkdir(parents=True)
    (root / file).write_text("# mine\n")
    done = run_setup(link, root, "e0", iso)
    assert done.returncode == 1 and "exists and is not mine" in done.stderr
    assert [p for p in root.rglob("*") if p.is_file()] == [root / file]


def test_refusals_name_the_cause(link, tmp_path):
    iso = image(tmp_path, DEBIAN_CD)
    assert "mini.iso" in run_setup(link, tmp_path, "e0", iso).stderr
    assert "e9 has no IPv4 address" in run_setup(link, tmp_path, "e9", iso).stderr
    assert "no such file" in run_setup(link, tmp_path, "e0", tmp_path / "none.iso").stderr
    assert run_setup(link, tmp_path, "e0").returncode == 2
    done = link.run(SETUP, "e0", iso, check=False)  # no PXE_ROOT: the services would not see it
    assert done.returncode == 1 and "/srv/iso" in done.stderr
