# SPDX-License-Identifier: BSD-2-Clause
"""The build for routers: libuv and the C library, small, and the same relay.

It is built here, from the preset that the manual names; skipped where there is no compiler."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from relaynet import OFFER, message

PROJECT = Path(__file__).resolve().parents[3]
SIZE_MAX = 150_000


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Build folder of the router preset."""
    if not all(map(shutil.which, ("cmake", "ninja", "cc"))):
        pytest.skip("no compiler, CMake or ninja here")
    build = tmp_path_factory.mktemp("router")
    for command in (["cmake", "--preset", "router", "-S", PROJECT, "-B", build],
                    ["ninja", "-C", build, "relayd/relayd"]):
        done = subprocess.run(list(map(str, command)), cwd=PROJECT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        assert done.returncode == 0, done.stdout[-3000:]
    return build


def test_configures_with_libuv_alone(tmp_path):
    """libconfig, libcap-ng and Check absent, and nobody said so."""
    if not all(map(shutil.which, ("cmake", "ninja", "cc", "pkg-config"))):
        pytest.skip("no compiler, CMake, ninja or pkg-config here")
    where = subprocess.run(["pkg-config", "--variable=pcfiledir", "libuv"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout.strip()
    (tmp_path / "pc").mkdir()
    shutil.copy(Path(where) / "libuv.pc", tmp_path / "pc")
    for only, status in (("relayd", 0), ("relayd;tftpd", 1)):
        done = subprocess.run(["cmake", "-S", str(PROJECT), "-B", str(tmp_path / only[-5:]), "-G",
                               "Ninja", f"-DPXE_ONLY={only}"], text=True, timeout=120,
                              env={**os.environ, "PKG_CONFIG_LIBDIR": str(tmp_path / "pc")},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == status, done.stdout[-3000:]
    rules = (tmp_path / "elayd" / "build.ninja").read_text()
    for name, wanted in (("conf_file_none", True), ("conf_file", False), ("conf_source", False),
                         ("priv_capset", True), ("priv_capng", False)):
        assert (f"/{name}.c.o:" in rules) == wanted, name


@pytest.fixture
def small_net(small, net, monkeypatch):
    monkeypatch.setenv("PXE_BIN", str(small))
    return net


def run(small, *args):
    return subprocess.run([str(small / "relayd" / "relayd"), *args], text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_needs_libuv_only(small):
    text = subprocess.run(["readelf", "-d", str(small / "relayd" / "relayd")], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    needed = {name.split(".")[0] for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text)}
    assert needed <= {"libuv", "libc", "libpthread"}


def test_size(small, tmp_path):
    subprocess.run(["strip", "-o", str(tmp_path / "relayd"), str(small / "relayd" / "relayd")],
                   check=True)
    assert os.path.getsize(tmp_path / "relayd") <= SIZE_MAX


def test_a_file_is_refused(small, tmp_path):
    cfg = tmp_path / "relayd.cfg"
    cfg.write_text('servers = ["192.0.2.1"];\n')
    done = run(small, "-t", "--config", str(cfg))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert str(cfg) in last and "libconfig" in last
    assert run(small, "-t", "-a", "--circuit-id", "${ifname}", "192.0.2.1").returncode == 0


def test_relays_as_another_user(small_net):
    relay = small_net.relay("-a", "--user", "nobody")
    got = small_net.up(message())
    assert got is not None and got.all(82) == [b"\x01\x02c0"]
    back = small_net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5",
                                  options=[(82, got.all(82)[0])]))
    assert back is not None and back.all(82) == []
    status = Path(f"/proc/{relay.pid}/status").read_text()
    assert f"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t" in status
    for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb"):
        assert re.search(rf"{name}:\t0+\n", status), status
    assert "NoNewPrivs:\t1" in status
