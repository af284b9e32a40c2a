# SPDX-License-Identifier: BSD-2-Clause
"""The daemon around the protocol: flags, start and stop, inetd, systemd, control socket, limits."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest
from lab import program, wait_for
from tftplab import ACK, BIG, DATA, ERROR, OACK, RRQ, WRQ, Client, ack, data, error, request


class Bare:
    """Enough of a Server for a Client."""

    def __init__(self, ns, host="127.0.0.1", port=69):
        self.ns, self.host, self.port = ns, host, port


FAILURES = [
    (["-L", "-s", "/nonexistent"], r"cannot open directory /nonexistent: No such file", 66),
    (["-L", "-s"], r"no directory", 64),
    (["-L", "-s", "/tmp", "/usr"], r"too many -s directories", 64),
    (["-L", "-s", "/tmp", "-B", "100"], r"-B\b.*512.*65464", 64),
    (["-L", "-s", "/tmp", "-r", "nonsense"], r"unknown TFTP option nonsense; there are: blksize", 64),
    (["-L", "-s", "/tmp", "-R", "9:3"], r"port range 9:3", 64),
    (["-L", "-s", "/tmp", "-U", "9"], r"umask 9", 64),
    (["-L", "-s", "/tmp", "-T", "5"], r"-T 5: microseconds from 10000 to 255000000", 64),
    (["-L", "-s", "/tmp", "-u", "no-such-user"], r"no user no-such-user", 67),
    (["-L", "-s", "/tmp", "-a", "::1"], r"need to be enclosed in \[\]", 64),
    (["-L", "-s", "/tmp", "-a", "203.0.113.9"], r"cannot listen on 203.0.113.9:69: Cannot assign", 71),
    (["-L", "-s", "/tmp", "-m", "/nonexistent"], r"cannot read map file /nonexistent", 66),
    (["-L", "-s", "/tmp", "--nonsense"], r"--nonsense", 64),
    (["-L", "-s", "/tmp", "-x"], r"unknown flag -x", 64),
    (["-L", "-s", "/tmp", "--config", "/nonexistent"], r"/nonexistent", 78),
    (["--systemd", "-s", "/tmp"], r"--systemd, but no socket", 66),
]


@pytest.mark.parametrize("flags,line,code", FAILURES, ids=lambda x: None)
def test_a_failed_start_says_why_in_its_last_line(servers, flags, line, code):
    status, last = servers.fails(*flags)
    assert status == 1 and re.search(line, last), (status, last)
    # Installed as in.tftpd it also has in.tftpd's exit codes.
    link = servers.lab.dir / "in.tftpd"
    link.symlink_to(program("tftpd"))
    proc = servers.lab.spawn("in.tftpd", link, "--control", "", *flags, ns=servers.ns)
    assert proc.wait(20) == code, proc.text()


def test_a_busy_port_is_said(servers):
    holder = servers.ns.socket()
    holder.bind(("127.0.0.1", 69))
    status, last = servers.fails("-L", "-a", "127.0.0.1", "-s", servers.root())
    assert status == 1 and "cannot listen on 127.0.0.1:69: Address already in use" in last
    holder.close()


def test_a_second_server_does_not_share_the_port(servers):
    servers.start()
    status, last = servers.fails("-L", "-a", "127.0.0.1", "-s", servers.root())
    assert status == 1 and "Address already in use" in last


def test_errors_in_the_configuration_have_their_line(servers):
    path = servers.lab.file("bad.cfg", 'root = "/tmp";\nblksize = 7;\nblocksize = 9;\n')
    proc = servers.lab.spawn("tftpd", program("tftpd"), "-L", "--config", path, ns=servers.ns)
    assert proc.wait(20) == 1
    assert re.search(r"bad.cfg:2\b.*512", proc.text()), proc.text()
    assert re.search(r"bad.cfg:3\b.*blocksize", proc.tail(1)), proc.text()


def test_an_unreadable_root_is_said(servers):
    root = servers.lab.dir / "locked"
    root.mkdir(0o700)
    os.chmod(root, 0o700)
    status, last = servers.fails("-L", "-a", "127.0.0.1", "-u", "nobody", "-s", root)
    assert status == 1 and "locked cannot be entered by the user we run as" in last


def test_broken_map_rules_are_all_named(servers):
    path = servers.lab.file("map", "r good x\nq ^a b\nr (open x\nr~ a b\n")
    proc = servers.lab.spawn("tftpd", program("tftpd"), "-L", "-m", path, "-s", "/tmp",
                             ns=servers.ns)
    assert proc.wait(20) == 1
    for line in (2, 3, 4):
        assert f"map:{line}:" in proc.text(), proc.text()


def test_check_only(servers):
    done = subprocess.run([program("tftpd"), "--test", "-s", "/tmp"], capture_output=True, text=True)
    assert done.returncode == 0 and "configuration is good" in done.stdout


def test_version_and_help():
    done = subprocess.run([program("tftpd"), "-V"], capture_output=True, text=True)
    assert done.returncode == 0 and "remap" in done.stdout
    done = subprocess.run([program("tftpd"), "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage:")


def test_runs_as_the_user_without_capabilities(server):
    status = open(f"/proc/{server.proc.pid}/status").read()
    assert re.search(r"^Uid:\s+65534\s+65534\s+65534\s+65534$", status, re.M)
    assert re.search(r"^Cap(Prm|Eff):\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)


def test_detaches_and_writes_its_pid(servers):
    pid_file = servers.lab.dir / "tftpd.pid"
    root = servers.root()
    proc = servers.lab.spawn("tftpd", program("tftpd"), "-l", "-a", "127.0.0.1", "-P", pid_file,
                             "--control", "", "-s", root, ns=servers.ns)
    assert proc.wait(20) == 0
    pid = int(pid_file.read_text())
    try:
        assert os.readlink(f"/proc/{pid}/exe") == str(program("tftpd"))
        (root / "f").write_bytes(b"x")
        with Client(Bare(servers.ns)) as c:
            assert c.get("f")[0] == b"x"
    finally:
        os.kill(pid, signal.SIGTERM)
    # Whoever is process 1 here may not collect it: a zombie has no program any more.
    wait_for(lambda: not os.path.exists(f"/proc/{pid}/exe"), 10, "its end")


def test_sigterm_lets_transfers_end(server):
    body = server.file("f", b"x" * 1500)
    with server.client() as c:
        c.ask(RRQ, "f")
        got = c.recv().data
        server.proc.signal(signal.SIGTERM)
        server.proc.wait_log("stopping")
        with server.client() as late:
            late.ask(RRQ, "f")
            late.quiet(0.3)
        for block in (1, 2):
            c.send(ack(block))
            got += c.recv().data
        c.send(ack(3))
        assert got == body
    assert server.proc.wait(10) == 0


def test_sigterm_without_transfers_ends_at_once(server):
    """Without waiting for anything: no transfer's time-outs, which add up to minutes."""
    server.proc.signal(signal.SIGTERM)
    assert server.proc.wait(20) == 0


def test_sighup_reads_the_configuration_again(servers):
    rules = servers.lab.file("map", "r ^a$ b\n")
    server = servers.start("-m", rules)
    server.file("b", b"bee")
    server.file("c", b"sea")
    with server.client() as c:
        assert c.get("a")[0] == b"bee"
        rules.write_text("r ^a$ c\n")
        server.proc.signal(signal.SIGHUP)
        server.proc.wait_log("configuration read again")
        assert c.get("a")[0] == b"sea"
        # in.tftpd 5.2 dies of this:
        rules.write_text("nonsense\n")
        server.proc.signal(signal.SIGHUP)
        server.proc.wait_log("reload failed, the old configuration stays")
        assert c.get("a")[0] == b"sea"
    assert [e["reason"] for e in server.events("service")] == [
        "started", "reloaded", "reload-failed"]


def test_inetd_wait(servers):
    """The socket is descriptor 0 and the first datagram waits in it; idle, it ends."""
    root = servers.root()
    (root / "f").write_bytes(b"x" * 700)
    listener = servers.ns.socket()
    listener.bind(("127.0.0.1", 69))
    with Client(Bare(servers.ns)) as c:
        c.ask(RRQ, "f")
        proc = subprocess.Popen(servers.ns.argv([program("tftpd"), "--control", "", "-t", "2",
                                                 "-s", root]),
                                stdin=listener, stdout=listener, stderr=listener)
        try:
            assert c.recv(10).data == b"x" * 512
            c.send(ack(1))
            assert c.recv().data == b"x" * 188
            c.send(ack(2))
            start = time.monotonic()
            assert proc.wait(15) == 0
            assert time.monotonic() - start > 1
        finally:
            if proc.poll() is None:
                proc.kill()
    assert not [x for x in iter(lambda: _drain(listener), None)], "log lines went to the clients"
    listener.close()


def _drain(sock):
    sock.setblocking(False)
    try:
        return sock.recv(2000)
    except BlockingIOError:
        return None


def test_socket_activation(servers):
    """systemd's way: descriptor 3, LISTEN_FDS, LISTEN_PID."""
    root = servers.root()
    (root / "f").write_bytes(b"activated")
    listener = servers.ns.socket()
    listener.bind(("127.0.0.1", 69))

    def as_systemd():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    env = {**os.environ, "LISTEN_FDS": "1"}
    script = f'LISTEN_PID=$$ exec {program("tftpd")} --systemd --control "" -s {root}'
    proc = subprocess.Popen(servers.ns.argv(["sh", "-c", script]), env=env, preexec_fn=as_systemd, close_fds=False,
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        with Client(Bare(servers.ns)) as c:
            c.ask(RRQ, "f")
            p = c.recv(10)
            assert p.data == b"activated"
            c.send(ack(1))
    finally:
        proc.terminate()
        assert proc.wait(10) == 0
        listener.close()


def test_port_range(servers):
    server = servers.start("-R", "20000:20003")
    server.file("f")
    clients, ports = [], set()
    for _ in range(4):
        c = server.client()
        c.ask(RRQ, "f")
        assert c.recv().op == DATA
        ports.add(c.peer[1])
        clients.append(c)
    assert ports <= set(range(20000, 20004))
    with server.client() as fifth:  # shares one of them
        fifth.ask(RRQ, "f")
        assert fifth.recv().op == DATA and fifth.peer[1] in range(20000, 20004)
    for c in clients:
        c.send(error(0))
        c.sock.close()


def test_more_transfers_than_ports_of_their_own(server):
    """Above the size of the pool ports are shared, and nobody notices."""
    body = server.file("f", b"y" * 2000)
    clients = [server.client() for _ in range(200)]
    for c in clients:
        c.ask(RRQ, "f", blksize=1000)
    for c in clients:
        assert c.recv(10).op == OACK
    assert len(server.ask_control("transfers")) == 200
    for block in (0, 1, 2):
        for c in clients:
            c.send(ack(block))
        for c in clients:
            assert c.recv(10).data == body[block * 1000:block * 1000 + 1000]
    for c in clients:
        c.send(ack(3))
        c.sock.close()
    end = time.monotonic() + 5
    while server.ask_control("transfers") and time.monotonic() < end:
        time.sleep(0.05)
    counters = server.ask_control("stats")[0]["counters"]
    assert counters['tftpd_transfers_ended{reason="ok"}'] == 200
    assert counters["tftpd_retransmits"] < 20


def test_single_port(servers):
    server = servers.start("-c", "-p", "--single-port")
    body = server.file("f")
    with server.client() as c, server.client() as d:
        c.sock.connect(("127.0.0.1", 69))  # as a NAT would insist
        assert c.get("f", blksize=1000, windowsize=4)[0] == body
        assert c.peer[1] == 69
        d.put("up", body, blksize=1000)
        assert d.peer[1] == 69
        c.ask(RRQ, "nothing")
        assert c.recv().code == 1 and c.peer[1] == 69
        c.send(ack(5))
        c.quiet(0.2)


def test_limit_for_each_client(servers):
    root = servers.root()
    server = servers.start(host="*", config=f'root = "{root}"; max_per_client = 3; workers = 1;')
    server.root = root
    server.file("f")
    clients = [server.client(to="127.0.0.1") for _ in range(5)]
    for c in clients:
        c.ask(RRQ, "f")
    got = [c.recv(0.5) for c in clients]
    assert sum(p is not None for p in got) == 3
    with server.client(to="192.0.2.1") as other:
        other.sock.bind(("192.0.2.2", 0))
        other.ask(RRQ, "f")
        assert other.recv().op == DATA
    assert server.last_event(reason="overload")["ip"] == "127.0.0.1"
    for c in clients:
        c.sock.close()


def test_above_max_active_the_first_packet_waits(servers):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; max_active = 1; workers = 1;')
    server.root = root
    server.file("f", b"x" * 600)
    with server.client() as a, server.client() as b, server.client() as c:
        for client in (a, b, c):  # two may run
            client.ask(RRQ, "f")
        assert a.recv().block == b.recv().block == 1
        c.quiet(0.5)
        states = sorted(t["state"] for t in server.ask_control("transfers"))
        assert states == ["sending", "sending", "waiting"]
        a.send(ack(1))
        assert a.recv().block == 2
        c.quiet(0.2)
        a.send(ack(2))  # it ends, and the next begins
        assert c.recv().block == 1


def flood(server, n, **options):
    """n requests from as many ports, none of which will ever answer."""
    sockets = [server.ns.socket() for _ in range(n)]
    for sock in sockets:
        sock.sendto(request(RRQ, "f", **options), (server.host, server.port))
    return sockets


@pytest.mark.parametrize("limit", ["max_transfers = 20; max_active = 4", "max_transfers = 20",
                                   "max_active = 4"])
def test_forged_requests_do_not_keep_the_places(servers, limit):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; workers = 1; {limit};')
    server.root = root
    body = server.file("f", b"x" * 3000)
    with server.client() as running:
        running.ask(RRQ, "f")
        assert running.recv().block == 1
        running.send(ack(1))  # it has answered: it stays, however long it is silent
        assert running.recv().block == 2
        sockets = flood(server, 60, timeout=255)
        time.sleep(0.5)
        with server.client() as c:
            c.raw(request(RRQ, "f"))
            p = c.recv(4)
            for _ in range(3):  # as firmware does when nothing comes
                if p is None:
                    c.raw(request(RRQ, "f"))
                    p = c.recv(4)
            assert p is not None and p.data == body[:512]
        gone = server.last_event(reason="overload")
        assert "never answered" in gone["detail"] or "max_transfers" in gone["detail"]
        assert re.search(r"^tftpd_gave_way_total [1-9]", server.ask_control("metrics"), re.M)
        running.send(ack(2))
        assert running.recv().block in (2, 3)
    for sock in sockets:
        sock.close()


def test_a_silent_client_is_not_waited_for_as_it_asked(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", timeout=255)
        assert c.recv().op == OACK
        assert c.recv(7).op == OACK


def test_a_client_that_waited_may_still_repeat_its_request(servers):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; max_active = 1; workers = 1;')
    server.root = root
    server.file("f", b"x" * 600)
    with server.client() as a, server.client() as b, server.client() as c:
        for client in (a, b, c):
            client.ask(RRQ, "f")
        assert a.recv().block == b.recv().block == 1
        time.sleep(0.1)
        a.send(error(0))
        assert c.recv().block == 1
        c.raw(request(RRQ, "f"))
        c.quiet(0.3)  # its transfer's timer takes care of it
        assert len(server.ask_control("transfers")) == 2


def test_without_a_user_the_control_socket_goes_too(servers):
    """The folder of the socket is made for nobody, who has to remove it in the end."""
    path = servers.lab.dir / "made" / "control"
    proc = servers.lab.spawn("tftpd", program("tftpd"), "-L", "-a", "127.0.0.1", "--control", path,
                             "-s", servers.root(), ns=servers.ns)
    proc.wait_log(r"workers?, serving")
    assert path.exists()
    assert proc.stop() == 0
    assert not path.exists()


def test_listing_and_counters(server):
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1000, windowsize=2)
        c.recv()
        c.send(ack(0))
        assert c.recv().block == 1 and c.recv().block == 2
        t, = server.ask_control("transfers")
        assert (t["file"], t["size"], t["blksize"], t["windowsize"], t["state"]) == (
            "f", BIG, 1000, 2, "sending")
        assert t["port"] == c.sock.getsockname()[1]
        c.send(error(0))
    text = server.ask_control("metrics")
    assert "# TYPE tftpd_requests counter" in text
    assert 'tftpd_requests_total{type="read"} 1' in text
    assert text.endswith("# EOF\n")


def test_the_log_lines_tools_look_for(server):
    server.file("f", b"x" * 600)
    with server.client() as c:
        c.get("f", blksize=1000)
        c.put("up", b"y" * 100)
    log = server.proc.text()
    assert re.search(r"RRQ from 127.0.0.1 filename f$", log, re.M)
    assert re.search(r"WRQ from 127.0.0.1 filename up$", log, re.M)
    assert re.search(r"RRQ done 127.0.0.1 filename f bytes 600 seconds \d+\.\d{3} blksize 1000 "
                     r"windowsize 1 rexmit 0$", log, re.M)
    assert re.search(r"WRQ done 127.0.0.1 filename up bytes 100 ", log)


def test_every_transfer_is_one_event(server):
    server.file("f", b"x" * 600)
    with server.client() as c:
        c.get("f", blksize=1000)
        c.put("up", b"y" * 100)
    server.error_of("nothing")
    server.error_of("f", mode="mail")
    end = time.monotonic() + 3
    while len(server.events()) < 5 and time.monotonic() < end:
        time.sleep(0.05)
    got = [(e["stage"], e["reason"], e.get("file")) for e in server.events()]
    assert got == [("service", "started", None), ("tftp-read", "ok", "f"),
                   ("tftp-write", "ok", "up"), ("tftp-read", "not-found", "nothing"),
                   ("tftp-read", "bad-method", "f")]


def test_silence_ends_in_a_time_out(servers):
    server = servers.start("-T", "20000")
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f")
        c.recv()
        assert server.last_event()["reason"] == "timeout"
    assert "block 1 was not acknowledged" in server.proc.text()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_only_one_family(servers, family):
    flag, good, bad = ("-4", "127.0.0.1", "::1") if family == socket.AF_INET else \
                      ("-6", "::1", "127.0.0.1")
    root = servers.root()
    (root / "f").write_bytes(b"x")
    proc = servers.lab.daemon("tftpd", "-L", flag, "-s", root, ns=servers.ns)
    proc.wait_log("serving")
    with Client(Bare(servers.ns), to=good) as c:
        assert c.get("f")[0] == b"x"
    with Client(Bare(servers.ns), to=bad) as c:
        c.ask(RRQ, "f")
        try:
            assert c.recv(0.3) is None
        except ConnectionRefusedError:
            pass


def test_writes_do_not_stop_reads(server):
    body = server.file("f")
    with server.client() as up, server.client() as down:
        up.ask(WRQ, "up", blksize=8000)
        assert up.recv().op == OACK
        for block in range(1, 20):
            up.send(data(block, b"z" * 8000))
            assert up.recv().op == ACK
            if block == 10:
                assert down.get("f", blksize=1468)[0] == body
        up.send(data(20, b""))
        assert up.recv().block == 20
    assert (server.root / "up").stat().st_size == 19 * 8000
    assert ERROR == 5


def test_debians_init_script_starts_it(servers):
    """/etc/init.d/tftpd-hpa with /etc/default/tftpd-hpa as it comes; stopped by process name."""
    link = servers.lab.dir / "sbin" / "in.tftpd"
    link.parent.mkdir()
    link.symlink_to(program("tftpd"))
    root = servers.root()
    (root / "f").write_bytes(b"x")
    defaults = {"TFTP_USERNAME": "tftp" if _has_user("tftp") else "daemon",
                "TFTP_DIRECTORY": str(root), "TFTP_ADDRESS": ":69", "TFTP_OPTIONS": "--secure"}
    pid_file = servers.lab.dir / "pid"
    proc = servers.lab.spawn("sh", "sh", "-c", (
        f'exec {link} --listen --user $TFTP_USERNAME --address $TFTP_ADDRESS $TFTP_OPTIONS '
        f'--control "" --pidfile {pid_file} $TFTP_DIRECTORY'), ns=servers.ns, env=defaults)
    assert proc.wait(20) == 0, proc.text()
    pid = int(pid_file.read_text())
    try:
        assert open(f"/proc/{pid}/comm").read() == "in.tftpd\n"
        for to in ("127.0.0.1", "::1"):
            with Client(Bare(servers.ns), to=to) as c:
                assert c.get("f")[0] == b"x"
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}/exe"), 10, "its end")


@pytest.mark.parametrize("rule,is_ours", [
    ("in.tftpd: ALL", True), ("sshd, in.tftpd@192.0.2.1 : 192.0.2.0/24", True), ("ALL: ALL", True),
    ("ALL EXCEPT sshd: ALL", True), ("ALL EXCEPT in.tftpd: ALL", False), ("# in.tftpd: ALL", False),
    ("sshd: ALL", False), ("in.tftpd", False)])
def test_tcpwrappers_are_warned_of(servers, rule, is_ours):
    """in.tftpd 5.2 asks them on Debian: who swaps the programs must hear that we do not."""
    etc = servers.lab.dir / "etc"
    etc.mkdir()
    for name in ("passwd", "group", "services"):
        (etc / name).write_bytes(open(f"/etc/{name}", "rb").read())
    (etc / "hosts.deny").write_text(f"# rules\n{rule}\n")
    proc = servers.lab.spawn("tftpd", *servers.lab.private("/etc"), program("tftpd"), "-L", "--control",
                             "", "-s", servers.root(), ns=servers.ns)
    proc.wait_log(r"tftpd \S+, \d+ workers?, serving")
    warned = "/etc/hosts.deny:2 refuses clients of in.tftpd" in proc.text()
    assert warned == is_ours, proc.text()


def _has_user(name):
    return any(line.startswith(name + ":") for line in open("/etc/passwd"))


def test_a_storm_from_one_address(servers):
    """A thousand transfers of one file: all succeed, memory stays small."""
    server = servers.start(user="nobody")
    body = server.file("f", bytes(i % 256 for i in range(20_000)))
    done = 0
    for _ in range(2):
        clients = [server.client() for _ in range(500)]
        for c in clients:
            c.ask(RRQ, "f", blksize=1468)
        for c in clients:
            assert c.recv(10).op == OACK
            c.send(ack(0))
        for block in range(1, len(body) // 1468 + 2):
            for c in clients:
                p = c.recv(10)
                while p.op == OACK or p.block < block:  # this client is slow: a repeat
                    p = c.recv(10)
                assert p.data == body[(block - 1) * 1468:block * 1468]
                c.send(ack(block))
        done += len(clients)
        for c in clients:
            c.sock.close()
    wait_for(lambda: not server.ask_control("transfers"), 10, "the end of all transfers")
    counters = server.ask_control("stats")[0]["counters"]
    assert counters['tftpd_transfers_ended{reason="ok"}'] == done == 1000
