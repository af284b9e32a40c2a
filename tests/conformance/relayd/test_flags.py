# SPDX-License-Identifier: BSD-2-Clause
"""Starting and stopping: flags, refusals with their cause in the last line, pid file, detaching."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from lab import program, wait_for
from relaynet import message


def run(net, *args, timeout=20, env=None):
    return subprocess.run(net.router.argv([program("relayd"), *map(str, args)]), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})


REFUSED = {
    "no server": (("-d", "-i", "c0"), "No servers specified."),
    "missing interface": (("-d", "-i", "nope", "10.2.0.9"), "nope: no such interface"),
    "missing -U": (("-d", "-U", "nope", "10.2.0.9"), "nope: no such interface"),
    "unknown flag": (("-z",), "Unknown command: -z"),
    "near miss": (("--server-polcy", "all", "10.2.0.9"), "server_policy"),
    "no argument": (("10.2.0.9", "-c"), "-c: an argument is missing"),
    "hops": (("-c", "256", "10.2.0.9"), "-c is 256, allowed are 0 to 255"),
    "hops text": (("-c", "ten", "10.2.0.9"), "-c"),
    "port": (("-p", "0", "10.2.0.9"), "-p is 0, allowed are 1 to 65534"),
    "length": (("-A", "2000", "10.2.0.9"), "-A is 2000, allowed are 300 to 1500"),
    "policy": (("-m", "maybe", "10.2.0.9"), "discard"),
    "both ports": (("-p", "1067", "-rp", "1068", "10.2.0.9"), "-p and -rp exclude each other"),
    "bad giaddr": (("-g", "10.1", "10.2.0.9"), "not an IPv4 address"),
    "bad server": (("-d", "10.0.0.300"), "neither an IPv4 address nor a name"),
    "template": (("--circuit-id", "${port}", "10.2.0.9"), "${ifname}"),
    "template too long": (("--circuit-id", "x" * 300, "10.2.0.9"), "longer than an option"),
    "giaddr form": (("--giaddr", "c0", "10.2.0.9"), "INTERFACE=ADDRESS"),
    "a flag of the other family": (("-s", "id", "10.2.0.9"), "-s is for DHCPv6"),
    "a setting of the other": (("--lower", "c0", "10.2.0.9"), "lower is a setting of the DHCPv6"),
    "boot port": (("--pxe-servers", "10.2.0.9", "--pxe-port", "68"), "pxe_port must differ from"),
    "33 servers": (tuple(f"10.2.1.{i}" for i in range(33)), "32"),
    "no such file": (("--config", "/nonexistent/relayd.cfg"), "/nonexistent/relayd.cfg"),
    "no such user": (("-d", "--user", "nobody-at-all", "10.2.0.9"), "nobody-at-all"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_the_cause_last(net, what):
    args, cause = REFUSED[what]
    done = run(net, "--control=", *args)
    assert done.returncode == 1
    assert cause in done.stderr.strip().splitlines()[-1], done.stderr
    assert done.stdout == ""


def test_refused_also_when_it_would_detach_quietly(net):
    done = run(net, "--control=", "-q", "-i", "nope", "10.2.0.9")
    assert done.returncode == 1
    assert "nope: no such interface" in done.stderr.strip().splitlines()[-1]


def test_busy_port(net):
    holder = net.router.socket()
    holder.bind(("0.0.0.0", 67))
    done = run(net, "--control=", "-d", "10.2.0.9")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "67" in last and "in use" in last


BAD_FILES = {
    "unknown": ('servers = ["10.2.0.9"];\nsevers = ["x"];\n', ":2", "servers"),
    "type": ('servers = ["10.2.0.9"];\nhops = "many";\n', ":2", "hops"),
    "range": ('servers = ["10.2.0.9"];\n\nhops = 999;\n', ":3", "255"),
    "word": ('servers = ["10.2.0.9"];\nserver_policy = "best";\n', ":2", "first-alive"),
    "syntax": ('servers = ["10.2.0.9";\n', ":1", ""),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_broken_file(net, what):
    text, line, hint = BAD_FILES[what]
    path = net.lab.file("bad.cfg", text)
    for flags in (("-t",), ("-d", "--control=")):
        done = run(net, *flags, "--config", path)
        assert done.returncode == 1
        last = done.stderr.strip().splitlines()[-1]
        assert str(path) + line in last and hint in last


def test_check(net):
    path = net.lab.file("good.cfg", 'servers = ["10.2.0.9"];\ndead_after = "1m";\n')
    done = run(net, "-t", "--config", path)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_and_version(net):
    for flag, text in (("--help", "Usage:"), ("-h", "Usage:"), ("--version", "relayd-")):
        done = run(net, flag)
        assert (done.returncode, done.stdout) == (0, "") and text in done.stderr


def test_flags_win_over_the_file(net):
    path = net.lab.file("relayd.cfg", 'servers = ["203.0.113.1"];\ninterfaces = ["nope"];\n'
                                      'hops = 1;\ncircuit_id = "file";\nagent = true;\n')
    net.relay("--config", path, "-c", "5")
    got = net.up(message(hops=3))
    assert got.all(82) == [b"\1\4file"]


def pid_of(path):
    return int(path.read_text()) if path.exists() and path.read_text().strip() else None


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"


def test_detaches_once_it_serves(net):
    """As init scripts expect: back at once, exit 0, socket open, pid file written, removed at the
    end."""
    pid_file = net.lab.dir / "relay.pid"
    done = run(net, "--control", net.control, "-q", "-pf", pid_file, "-i", "c0", "-i", "u0",
               "10.2.0.9")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    pid = pid_of(pid_file)
    try:
        assert 67 in net.router.ports("udp")
        assert net.up(message()) is not None
        again = run(net, "--control=", "-pf", pid_file, "-i", "c0", "10.2.0.9")
        assert again.returncode == 1
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: ended(pid), 5, "the end of the daemon")
    assert not pid_file.exists() and not net.control.exists()


def test_pid_file_from_the_environment_and_none(net):
    pid_file = net.lab.dir / "env.pid"
    done = run(net, "--control=", "-q", "10.2.0.9", env={"PATH_DHCRELAY_PID": str(pid_file)})
    assert done.returncode == 0
    pid = pid_of(pid_file)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: ended(pid), 5, "the end of the daemon")


def test_no_place_for_a_pid_file_is_only_a_warning(net):
    done = run(net, "--control=", "-pf", "/proc/nope/relay.pid", "-i", "c0", "-i", "u0", "10.2.0.9")
    assert done.returncode == 0 and "Can't create /proc/nope/relay.pid" in done.stderr
    assert net.up(message()) is not None
    for proc in os.listdir("/proc"):
        try:
            if proc.isdigit() and "/proc/nope/relay.pid" in open(f"/proc/{proc}/cmdline").read():
                os.kill(int(proc), signal.SIGTERM)
        except OSError:
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_status_0(net, number):
    relay = net.relay()
    relay.signal(number)
    assert relay.wait(5) == 0


def test_statistics_on_a_signal(net):
    relay = net.relay()
    net.up(message())
    relay.signal(signal.SIGUSR1)
    relay.wait_log(r'relayd_messages\{direction="up",type="DISCOVER"\} 1')
    relay.wait_log(r"10\.2\.0\.9: untried, 1 sent, 0 failed, 0 answers")


def test_runs_as_another_user(net):
    relay = net.relay("--user", "nobody", "-a")
    status = open(f"/proc/{relay.pid}/status").read()
    uid = int(status.split("Uid:")[1].split()[0])
    caps = int(status.split("CapEff:")[1].split()[0], 16)
    assert uid != 0 and caps == 0 and "NoNewPrivs:\t1" in status
    assert net.up(message()) is not None
    net.server.send(message(op=2, kind=2, giaddr="10.1.0.1", yiaddr="10.1.0.5"), "10.1.0.1")
    assert net.link.receive() is not None
    # interfaces are still followed
    net.router.ip("addr", "add", "10.1.7.1/24", "dev", "c0")
    net.router.ip("addr", "del", "10.1.0.1/24", "dev", "c0")
    wait_for(lambda: (net.up(message(), 0.3) or message and None) is not None, 20, "relaying")
    assert net.up(message()).giaddr == "10.1.7.1"


def field(status, name):
    return status.split(f"{name}:")[1].split()[0]


@pytest.mark.parametrize("user", [(), ("--user", "nobody")])
def test_no_thread_keeps_privileges(net, user):
    """Those that look names up begin after the privileges have gone, also after a reload."""
    relay = net.relay("--resolve", "1", *user, servers=("no-such-host.invalid", "10.2.0.9"))
    tasks = Path(f"/proc/{relay.pid}/task")
    for _ in range(2):
        wait_for(lambda: len(list(tasks.iterdir())) > 1, 20, "a thread that looks names up")
        for task in tasks.iterdir():
            status = (task / "status").read_text()
            for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
                assert int(field(status, name), 16) == 0, (task.name, name)
            assert field(status, "NoNewPrivs") == "1"
            assert (field(status, "Uid") == "0") == (not user)
        net.ask("reload")
        relay.wait_log("configuration reloaded")


def test_is_quiet(net):
    relay = net.lab.daemon("relayd", "-d", "-q", "-i", "c0", "-i", "u0", "10.2.0.9", ns=net.router)
    relay.wait_udp(67)
    net.up(message())
    assert relay.text() == ""
