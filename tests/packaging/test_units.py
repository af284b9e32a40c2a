# SPDX-License-Identifier: BSD-2-Clause
"""Units: systemd accepts them, the sandbox is as tight as promised, what stays open is explained."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from lab import Lab

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
SERVICES = sorted((PACKAGING / "systemd").glob("*.service"))
SOCKETS = sorted((PACKAGING / "systemd").glob("*.socket"))
LIMIT = {"dhcpd": 2.5, "relayd": 2.5, "tftpd": 1.5, "httpfsd": 1.5}
# It opens port 69 itself, gives the capability up with capset(2), which counts 0.2, and needs
# netlink for the names of interfaces; with pxe-tftpd.socket the service has neither (1.2).
MORE = {"pxe-tftpd.service": 0.1}

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                                reason="systemd-analyze is not installed")


def daemon(path):
    return re.match(r"pxe-([a-z]+)", path.stem).group(1)


def analyze(*args):
    return subprocess.run(["systemd-analyze", *map(str, args)], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A root with all units where packages put them, and programs by their names."""
    root = tmp_path_factory.mktemp("root")
    units = root / "etc/systemd/system"
    units.mkdir(parents=True)
    programs = {"/bin/sh", "/bin/kill"}
    for path in SERVICES + SOCKETS:
        text = path.read_text()
        (units / path.name).write_text(text)
        programs |= set(re.findall(r"^Exec\w+=(/\S+)", text, re.M))
    for program in programs:
        place = root / program.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("#!/bin/sh\n")
        place.chmod(0o755)
    for name in ("sysinit", "basic", "shutdown", "multi-user", "sockets", "network", "nss-lookup",
                 "time-sync"):
        (units / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n")
    for name in ("system.slice", "-.slice", "-.mount", "tmp.mount", "systemd-journald.socket"):
        (units / name).write_text("[Unit]\nDescription=stand-in\n" + (
            "[Mount]\nWhat=none\nWhere=/%s\n" % ("" if name == "-.mount" else "tmp")
            if name.endswith("mount") else
            "[Socket]\nListenDatagram=/run/x\n" if name.endswith("socket") else ""))
    (units / "systemd-journald.service").write_text("[Service]\nExecStart=/bin/kill\n")
    return root


def test_there_is_a_unit_a_daemon():
    assert {daemon(p) for p in SERVICES} == set(LIMIT)
    assert {daemon(p) for p in SOCKETS} == {"tftpd", "httpfsd"}


@pytest.mark.parametrize("unit", SERVICES + SOCKETS, ids=lambda p: p.name)
def test_systemd_accepts_it(installed, unit):
    done = analyze("verify", "--man=no", f"--root={installed}", unit.name)
    ours = [line for line in done.stderr.splitlines() if "pxe-" in line]
    assert done.returncode == 0 and not ours, done.stderr


def test_verify_sees_a_mistake(installed):
    (installed / "etc/systemd/system/broken.service").write_text(
        "[Service]\nExecStart=/bin/kill\nProtectSystm=strict\n")
    done = analyze("verify", "--man=no", f"--root={installed}", "broken.service")
    assert "ProtectSystm" in done.stderr


def exposures(unit):
    """(overall score, fields that count) of a unit's sandbox."""
    done = analyze("security", "--offline=true", "--no-pager", unit)
    score = float(re.search(r"Overall exposure level for \S+ ([0-9.]+)", done.stdout).group(1))
    fields = json.loads(analyze("security", "--offline=true", "--json=short", unit).stdout)
    return score, [f for f in fields if f["exposure"] and float(f["exposure"]) > 0]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda p: p.name)
def test_sandbox_is_tight(unit):
    score, _ = exposures(unit)
    assert score <= LIMIT[daemon(unit)] + MORE.get(unit.name, 0)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda p: p.name)
def test_what_stays_open_is_explained(unit):
    """Each exposure that systemd counts has its name in a comment of the unit."""
    comments = " ".join(line for line in unit.read_text().splitlines() if line.startswith("#"))
    _, open_ones = exposures(unit)
    assert open_ones
    for field in open_ones:
        name = field["name"]
        word = name.split("~")[-1] if "~" in name else name.split("=")[0] + "="
        if word.startswith("CAP_NET_("):
            word = "CAP_NET_"
        assert word in comments, f"{name}: {field['description']}"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda p: p.name)
def test_life_cycle(unit):
    """Readiness is told, the configuration checked before the start, and taken anew by a reload."""
    text = unit.read_text()
    assert "\nType=notify\n" in text
    assert re.search(r"^ExecStartPre=\S+.* (-t|--test)\b", text, re.M)
    assert ("\nExecReload=" in text) == (daemon(unit) != "relayd")
    assert f"\nUser=pxe-{daemon(unit)}\n" in text
    user = (PACKAGING / f"sysusers.d/pxe-{daemon(unit)}.conf").read_text()
    assert re.search(rf"^u pxe-{daemon(unit)} ", user, re.M)


def test_profiles_parse():
    """AppArmor's compiler takes each profile; the kernel need not have AppArmor."""
    parser = shutil.which("apparmor_parser", path="/usr/sbin:/sbin")
    if parser is None:
        pytest.skip("apparmor is not installed")
    for profile in sorted((PACKAGING / "apparmor").iterdir()):
        done = subprocess.run([parser, "-Q", "-K", "--skip-kernel-load", profile], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        assert f"AppArmorProfile=-{profile.name}" in (
            PACKAGING / "systemd" / f"{profile.name}.service").read_text()


def test_firewall_files():
    """firewalld's XML is well formed and names the ports; nft takes the example."""
    ports = {"dhcpd": {"67", "547"}, "relayd": {"67", "547"}, "tftpd": {"69"}, "httpfsd": {"80"}}
    for name, wanted in ports.items():
        root = ElementTree.parse(PACKAGING / f"firewalld/pxe-{name}.xml").getroot()
        assert {p.get("port") for p in root.iter("port")} == wanted
    nft = shutil.which("nft", path="/usr/sbin:/sbin")
    if nft is None:
        pytest.skip("nftables is not installed: its example is not checked")
    with Lab("nft") as lab:
        done = lab.netns("here").run(nft, "-c", "-f", PACKAGING / "nftables/pxesuite.nft",
                                     check=False)
        assert done.returncode == 0, done.stderr
