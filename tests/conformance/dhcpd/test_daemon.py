# SPDX-License-Identifier: BSD-2-Clause
"""ISC dhcpd's command line and life: flags, checks, start-up lines, pid file, reload, stop."""

import os
import pwd
import re
import signal
import subprocess
import time

import pytest
from dhcp4 import DISCOVER, OFFER, REQUEST
from dhcpnet import CONF
from lab import program, wait_for


def run(net, *args, ns=None, **kwargs):
    argv = [program("dhcpd"), *map(str, args)]
    return subprocess.run((ns.argv(argv) if ns else argv), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=20, **kwargs)


def last_line(text):
    return text.strip().splitlines()[-1]


def test_version_and_help(net):
    version, usage = run(net, "--version"), run(net, "--help")
    assert version.returncode == 0 and version.stdout == "" and "isc-dhcpd-4.4.3" in version.stderr
    assert usage.returncode == 0 and usage.stderr.startswith("Usage: dhcpd")


@pytest.mark.parametrize("args,why", [
    (["-z"], "Unknown command -z"), (["-cf"], "No argument for command: -cf"),
    (["-4", "-6"], "IPv4 and IPv6 mode"), (["-p", "x"], "-p"), (["-p", "99999"], "-p"),
    (["--user", "x"], "Unknown command --user")])
def test_bad_flags(net, args, why):
    done = run(net, *args)
    assert done.returncode == 1
    assert why in last_line(done.stderr)


def test_check_good(net):
    done = run(net, "-t", "-4", *net.args())
    assert done.returncode == 0
    assert "Config file:" in done.stderr and not net.leases.exists()
    assert run(net, "-t", "-4", "-q", *net.args()).stderr == ""


def test_check_bad_names_place(net):
    conf = CONF.replace("option routers 192.0.2.1;", "option routers 192.0.2.1", 1)
    done = run(net, "-t", *net.args(conf))
    assert done.returncode == 1
    assert "Configuration file errors encountered -- exiting" in done.stderr
    assert re.search(r"dhcpd\.conf:\d+:\d+: error: ", last_line(done.stderr))
    quiet = run(net, "-t", "-q", *net.args(conf))
    assert (quiet.returncode, quiet.stderr) == (1, "")


def test_check_leases(net):
    args = net.args()
    net.leases.write_text("lease 192.0.2.101 { binding state free; }\n")
    assert run(net, "-T", *args).returncode == 0
    net.leases.write_text("lease 192.0.2.101 {")
    done = run(net, "-T", *args)
    assert done.returncode == 1 and "dhcpd.leases line 1:" in last_line(done.stderr)
    assert net.leases.read_text() == "lease 192.0.2.101 {"


def test_start_up_lines(net):
    server = net.start()
    mac = net.server.mac("s0")
    for line in (f"Listening on LPF/s0/{mac}/192.0.2.0/24", f"Sending on   LPF/s0/{mac}/192.0.2.0/24",
                 "Sending on   Socket/fallback/fallback-net", "Server starting service.",
                 "Wrote 0 leases to leases file."):
        assert line in server.text()


def test_daemonises_when_it_serves(net):
    control = net.lab.dir / "control"
    begin = time.monotonic()
    done = run(net, *net.args(), "--control", control, "s0", ns=net.server)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin < 10
    pid = int(net.pid_file.read_text())
    try:
        assert net.pid_file.read_text() == f"{pid}\n"
        assert net.ask(DISCOVER).kind == OFFER
        again = run(net, *net.args(), "--control", control, "s0", ns=net.server)
        assert again.returncode == 1
    finally:
        subprocess.run(["kill", str(pid)], check=True)
    wait_for(lambda: not net.pid_file.exists(), 5, "pid file removed")


def test_a_failed_start_is_reported_to_the_caller(net):
    done = run(net, *net.args(), "--control", net.lab.dir / "control", "eth99", ns=net.server)
    assert done.returncode == 1
    assert "eth99" in last_line(done.stderr) and "s0" in last_line(done.stderr)


@pytest.mark.parametrize("interfaces", [["eth99"], ["lo"]])
def test_nothing_to_serve(net, interfaces):
    done = run(net, "-d", *net.args(), "--control", "", *interfaces, ns=net.server)
    assert done.returncode == 1
    assert f"No subnet declaration for {interfaces[0]} " in done.stderr
    assert "Not configured to listen on any interfaces!" in last_line(done.stderr)


def test_busy_port(net):
    with net.server.socket() as other:
        other.bind(("0.0.0.0", 67))
        done = run(net, "-d", *net.args(), "--control", "", "s0", ns=net.server)
    assert done.returncode == 1
    assert "port 67" in last_line(done.stderr) and "address already in use" in last_line(
        done.stderr).lower()


def test_running_already(net):
    net.pid_file.write_text("1\n")
    done = run(net, "-d", *net.args(), "--control", "", "s0", ns=net.server)
    assert done.returncode == 1
    assert "There's already a DHCP server running." in last_line(done.stderr)
    net.pid_file.write_text("999999999\n")
    net.start()


def test_unreadable_lease_file(net):
    net.leases.mkdir()
    done = run(net, "-d", *net.args(), "--control", "", "s0", ns=net.server)
    assert done.returncode == 1
    assert str(net.leases) in last_line(done.stderr)


def test_environment(net):
    conf = net.lab.file("env.conf", CONF)
    done = run(net, "-t", env={"PATH_DHCPD_CONF": str(conf), "PATH_DHCPD_DB": "/x/leases",
                               "PATH_DHCPD_PID": "/x/pid"})
    assert done.returncode == 0
    for line in (f"Config file: {conf}", "Database file: /x/leases", "PID file: /x/pid"):
        assert line in done.stderr
    statement = net.lab.file("st.conf", 'lease-file-name "/y/leases"; pid-file-name "/y/pid";\n' + CONF)
    done = run(net, "-t", "-cf", statement, "-lf", "/z/leases", "-pf", "/z/pid")
    assert "Database file: /y/leases" in done.stderr and "PID file: /y/pid" in done.stderr


def test_sigterm_drains(net):
    server = net.start()
    net.lease()
    assert net.pid_file.exists()
    assert server.stop() == 0
    assert not net.pid_file.exists()


def test_reload(net):
    server = net.start()
    ack = net.lease()
    path = net.lab.file("dhcpd.conf", CONF.replace("pxelinux.0", "other.0").replace("600", "900"))
    server.signal(signal.SIGHUP)
    server.wait_log(r"configuration .* reloaded: 2 subnets")
    again = net.ask(REQUEST, options=[(50, ack.yiaddr), (12, b"new")])
    assert again.u32(51) == 900 and again.file.startswith(b"other.0\0")
    path.write_text("subnet 192.0.2.0 netmask 255.255.255.0 { range 10.0.0.1; }\n")
    server.signal(signal.SIGHUP)
    server.wait_log(r"configuration not reloaded, the old one stays: .*dhcpd\.conf:1")
    assert net.ask(DISCOVER).file.startswith(b"other.0\0")
    answer = net.command("reload")
    assert "error" in answer[-1] and "dhcpd.conf:1" in answer[-1]["error"]
    reasons = [e["reason"] for e in net.command("events 50") if e.get("stage") == "service"]
    assert reasons == ["started", "reloaded", "reload-failed", "reload-failed"]


def test_reload_serves_another_network(net):
    net.add_relay_link()
    server = net.start(interfaces=(), conf=CONF.split("subnet 198")[0])
    assert "LPF/s1" not in server.text()
    net.lab.file("dhcpd.conf", CONF)
    server.signal(signal.SIGHUP)
    server.wait_log("Listening on LPF/s1/")


def test_interface_that_comes_late(net):
    server = net.start(interfaces=("s0", "s9"))
    net.server.ip("link", "add", "s9", "type", "veth", "peer", "name", "p9")
    net.server.addr("s9", "198.51.100.1/24")
    server.wait_log("Listening on LPF/s9/")
    net.server.ip("link", "del", "s9")
    server.wait_log("Interface s9 is gone|No longer serving s9")
    assert net.ask(DISCOVER).kind == OFFER


def test_user(net):
    """Runs as another user, and still gets a lease to the disk and a frame out."""
    nobody = pwd.getpwnam("nobody")
    os.chown(net.leases.parent, nobody.pw_uid, nobody.pw_gid)
    server = net.start("-user", "nobody", "-group", "nogroup")
    status = open(f"/proc/{server.pid}/status").read()
    assert re.search(rf"^Uid:\s+{nobody.pw_uid}\s", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1", status, re.M)
    assert int(re.search(r"^CapEff:\s+(\S+)", status, re.M).group(1), 16) == 1 << 10 | 1 << 13
    net.lease()
    assert net.leases.stat().st_uid == nobody.pw_uid
    net.command("rewrite")
    server.wait_log(r"(?s)Wrote 0 leases.*Wrote 1 leases")


def test_root_without_its_power(net):
    """Nobody to become: it stays root, but only with what it needs; commands get what it was started with."""
    def caps(server):
        status = open(f"/proc/{server.pid}/status").read()
        return (int(re.search(r"^CapEff:\s+(\S+)", status, re.M).group(1), 16),
                re.search(r"^NoNewPrivs:\s+(\d)", status, re.M).group(1))
    server = net.start()
    wait_for(lambda: caps(server)[1] == "1", 10, "the drop")
    assert caps(server)[0] == 1 << 0 | 1 << 1 | 1 << 3 | 1 << 10 | 1 << 13
    os.chown(net.leases, 1234, 1234)
    os.chmod(net.leases, 0o600)
    ip = net.lease().yiaddr
    net.command("rewrite")
    server.wait_log(r"(?s)Wrote 0 leases.*Wrote 1 leases")
    assert net.leases.stat().st_uid == 1234 and ip in net.leases.read_text()
    server.stop()
    server = net.start(conf=CONF.replace("authoritative;", 'authoritative; on commit { execute("true"); }'))
    net.lease(mac="02:00:00:00:00:02")
    assert caps(server)[0] & 1 << 21  # CAP_SYS_ADMIN


def test_execute(net):
    """execute() runs beside the service, after the lease is safe."""
    out = net.lab.dir / "out"
    script = net.lab.file("hook", f"#!/bin/sh\nuntil [ -e {out}.go ]; do sleep 0.1; done\n"
                          f"echo \"$@\" >> {out}\nexit 3\n", mode=0o755)
    conf = CONF.replace("authoritative;", "authoritative; on commit { execute(\"" + str(script) +
                        "\", \"commit\", binary-to-ascii(10, 8, \".\", leased-address)); }")
    server = net.start(conf=conf)
    ip = net.lease().yiaddr
    assert not out.exists()
    net.lab.file("out.go", "")
    wait_for(lambda: out.exists() and out.read_text() == f"commit {ip}\n", 20, "the hook's output")
    server.wait_log(r"execute: .*hook exit status 3")


def test_control_socket(net):
    net.start()
    ack = net.lease(options=[(12, b"n1"), (97, bytes(17)), (93, b"\0\7")])
    leases = net.command("leases")
    assert leases[0]["ip"] == ack.yiaddr and leases[0]["state"] == "active"
    assert leases[0]["mac"] == net.mac and leases[0]["hostname"] == "n1"
    assert re.search(r"dhcpd\.conf:\d+$", leases[0]["where"])
    assert leases[-1] == {"end": True}
    stats = net.command("stats")[0]
    assert stats["exchanges"]["ack/ok"] == 1 and stats["pools"][0]["active"] == 1
    metrics = net.command("metrics")
    assert 'dhcpd_exchanges_total{stage="ack",reason="ok"} 1\n' in metrics
    assert 'dhcpd_pool_addresses{pool="192.0.2.100-192.0.2.150",state="active"} 1\n' in metrics
    events = [e for e in net.command("events 50") if e.get("stage") == "ack"]
    assert events[0]["arch"] == 7 and events[0]["file"] == "pxelinux.0"
    assert events[0]["where"].endswith(":6") or re.search(r":\d+$", events[0]["where"])


def test_syslog_only_when_detached_from_the_terminal(net):
    """-f: no word on stderr once it serves."""
    server = net.lab.daemon("dhcpd", "-f", *net.args(), "s0", ns=net.server)
    wait_for(lambda: net.control.exists() and net.ask(DISCOVER, timeout=0.5), 10, "an offer")
    assert "DHCPDISCOVER" not in server.text()
