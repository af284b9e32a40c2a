# SPDX-License-Identifier: BSD-2-Clause
"""The daemon: start and its failures, mounts and hosts, who may read, logs, reload, drain, control."""

import base64
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest
from httplab import BIG, Server, control, pattern, request
from lab import program, wait_for


# --- start

def last_line(own, *args, config=None):
    proc = own.start(*args, config=config, root=False, wait=False)
    assert proc.wait(20) == 1
    return proc.tail(1)


def test_busy_port(own):
    own.fill()
    web = own.start()
    line = last_line(own, "--listen", f"127.0.0.1:{web.port}", own.root)
    assert f"127.0.0.1:{web.port}" in line and "in use" in line


def test_missing_root(own):
    line = last_line(own, "--listen", "127.0.0.1:0", own.root / "nope")
    assert "nope" in line and "No such file" in line


def test_unreadable_root(own):
    os.chmod(own.root, 0o700)
    line = last_line(own, "--user", "nobody", "--listen", "127.0.0.1:0", own.root)
    assert str(own.root) in line and "denied" in line


def test_root_is_a_file(own):
    own.fill()
    """A file is taken for an ISO image."""
    last = last_line(own, "--listen", "127.0.0.1:0", own.root / "hello.txt")
    assert "cannot serve image" in last and "hello.txt: " in last


def test_nothing_to_serve(own):
    assert "nothing to serve" in last_line(own, "--listen", "127.0.0.1:0")


def test_address_that_is_not_ours(own):
    assert "192.0.2.77" in last_line(own, "--listen", "192.0.2.77:8080", own.root)


@pytest.mark.parametrize("listen", ["nonsense:x", "1.2.3.4:99999", "unix:", ""])
def test_bad_address(own, listen):
    assert "cannot listen" in last_line(own, "--listen", listen, own.root)


@pytest.mark.parametrize("text,line,what", [
    ('workers = "x";', 1, "workers"),
    ('\nworkerz = 1;', 2, "workers"),
    ('\n\nmounts = ( { at = "/" } );', 3, "dir"),
    ('mounts = ( { at = "x"; dir = "/tmp"; } );', 1, "prefix"),
    ('mounts = (\n { at = "/"; dir = "/tmp"; allow = [ "10.0.0.0/33" ]; } );', 2, "10.0.0.0/33"),
    ('mounts = ( { at = "/"; dir = "/tmp"; symlinks = "maybe"; } );', 1, "beneath"),
    ('limits: {\n idle_timeout = "1 parsec"; };', 2, "idle_timeout"),
    ('types = (\n { suffix = ".x"; type = "a\\nb"; } );', 2, "type"),
    ('listen = [ "a"', 1, "syntax"),
])
def test_broken_configuration(own, text, line, what):
    root = [] if "mounts" in text else [own.root]  # --root replaces the file's mounts
    shown = last_line(own, "--listen", "127.0.0.1:0", *root, config=text)
    assert re.search(rf"httpfsd\.cfg:{line}\b", shown), shown
    assert what in shown


def test_two_mounts_of_one_prefix(own):
    line = last_line(own, "--root", own.root, "--root", f"/={own.root}")
    assert "two directories" in line


def test_check_only(own):
    own.fill()
    good = own.start("--test", own.root, root=False, wait=False)
    assert good.wait() == 0 and "valid" in good.text()
    bad = own.start("--test", own.root / "nope", root=False, wait=False)
    assert bad.wait() == 1


def test_help_and_version():
    for flag in ("--help", "--version", "-h", "-V"):
        done = subprocess.run([program("httpfsd"), flag], capture_output=True, text=True)
        assert done.returncode == 0 and "httpfsd" in done.stdout
    done = subprocess.run([program("httpfsd"), "--nope"], capture_output=True, text=True)
    assert done.returncode == 1


def test_user_and_privileges(own):
    own.fill()
    web = own.start("--user", "nobody")
    status = open(f"/proc/{web.proc.pid}/status").read()
    assert re.search(r"^Uid:\s+65534\s+65534", status, re.M)
    assert re.search(r"^CapEff:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
    assert web.still_serves()


def test_background_and_pid_file(own):
    own.fill()
    pid_file = own.lab.dir / "pid"
    with socket.socket() as free:  # a detached daemon does not say which port it got
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    proc = own.start("--daemon", "--pid-file", pid_file, "--listen", f"127.0.0.1:{port}", own.root,
                     root=False, wait=False)
    assert proc.wait(10) == 0, proc.tail()
    pid = int(pid_file.read_text())
    try:
        assert Server(proc, "127.0.0.1", port, own.root).still_serves()
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not pid_file.exists(), 10, "removal of the pid file")
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 10, "end of the daemon")


# --- where it listens

def test_several_addresses_and_families(own):
    own.fill()
    proc = own.start("--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0", "--listen", "[::1]:0", own.root,
                     root=False, wait=False)
    m = proc.wait_log(r"serving on 127\.0\.0\.1:(\d+) 127\.0\.0\.2:(\d+) \[::1\]:(\d+)")
    for host, port in zip(("127.0.0.1", "127.0.0.2", "::1"), m.groups()):
        assert Server(proc, host, int(port), own.root).still_serves()
    proc.wait_log(r"^::1 - - ")


def test_no_address_means_both_families(own):
    own.fill()
    proc = own.start("--listen", ":0", own.root, root=False, wait=False)
    port = int(proc.wait_log(r"serving on \S*:(\d+)").group(1))
    assert Server(proc, "127.0.0.1", port, own.root).still_serves()
    assert Server(proc, "::1", port, own.root).still_serves()
    proc.wait_log(r"^127\.0\.0\.1 - - ")


def test_unix_socket(own):
    own.fill()
    path = str(own.lab.dir / "web.sock")
    proc = own.start("--listen", f"unix:{path}", own.root, root=False, wait=False)
    proc.wait_log("serving on")
    web = Server(proc, None, None, own.root, unix=path)
    assert web.still_serves()
    assert web.ask("/big.bin").body == pattern(BIG)
    assert "in use" in last_line(own, "--listen", f"unix:{path}", own.root)
    proc.stop()
    assert not os.path.exists(path)


def test_stale_unix_socket_is_replaced_but_nothing_else(own):
    own.fill()
    path = str(own.lab.dir / "web.sock")
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.close()
    proc = own.start("--listen", f"unix:{path}", own.root, root=False, wait=False)
    proc.wait_log("serving on")
    proc.stop()
    own.lab.file("web.sock", "precious")
    assert "exists" in last_line(own, "--listen", f"unix:{path}", own.root)


def test_sockets_from_systemd(own):
    """sd_listen_fds(3): descriptors from 3 on, LISTEN_PID is the process itself."""
    own.fill()
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(16)
    port = s.getsockname()[1]
    script = f'exec 3<&{s.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
    proc = own.lab.spawn("httpfsd", "bash", "-c", script, "sh", program("httpfsd"), "--control", "",
                         "--workers", "2", own.root, pass_fds=[s.fileno()])
    proc.wait_log(f"serving on 127.0.0.1:{port}")
    s.close()
    web = Server(proc, "127.0.0.1", port, own.root)
    for _ in range(20):
        assert web.still_serves()
    proc.stop()


# --- mounts and hosts

def test_mounts_aliases_and_hosts(own):
    own.fill()
    own.file("b/hello.txt", "host b\n")
    web = own.start(root=False, config=f"""
        mounts = (
          {{ at = "/"; dir = "{own.root}"; }},
          {{ at = ["/el9", "/old/el9/"]; dir = "{own.root}/list"; cache_control = "max-age=60"; }} );
        hosts = ( {{ names = ["b.example", "B2.Example"]; mounts = ( {{ at = "/"; dir = "{own.root}/b"; }} ); }} );
        types = ( {{ suffix = ".TXT"; type = "text/x-mine"; }} );
        default_type = "application/x-unknown";""")
    for prefix in ("/el9", "/old/el9"):
        r = web.ask(prefix + "/b.txt")
        assert (r.body, r.get("Cache-Control")) == (b"b\n", "max-age=60")
        assert web.ask(prefix).get("Location") == prefix + "/"
    r = web.ask("/hello.txt")
    assert (r.body, r.get("Cache-Control"), r.get("Content-Type")) == (b"hello\n", None, "text/x-mine")
    assert web.ask("/empty").get("Content-Type") == "application/x-unknown"
    for host in ("b.example", "B.EXAMPLE:8080", "b2.example."):
        r = web.ask("/hello.txt", fields={"Host": host}, host=False)
        assert r.body == b"host b\n", host
    assert web.ask("/hello.txt", fields={"Host": "c.example"}, host=False).body == b"hello\n"
    assert web.ask("http://b.example/hello.txt").body == b"host b\n"


def test_flags_win_over_the_file(own):
    own.fill()
    web = own.start(root=False, *["--root", f"/x={own.root}/list"],
                    config=f'listen = "192.0.2.1:1"; mounts = ( {{ at = "/"; dir = "{own.root}"; }} );')
    assert web.ask("/x/b.txt").status == 200
    assert web.ask("/hello.txt").status == 404


def test_access_by_network(own):
    own.fill()
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = "/"; dir = "{own.root}"; }},
          {{ at = "/lo"; dir = "{own.root}"; allow = ["127.0.0.0/8", "::1"]; }},
          {{ at = "/far"; dir = "{own.root}"; allow = "10.0.0.0/8"; }},
          {{ at = "/but"; dir = "{own.root}"; allow = "127.0.0.0/8"; deny = "127.0.0.1"; }} );""")
    assert [web.ask(p + "/hello.txt").status for p in ("", "/lo", "/far", "/but")] == [200, 200, 403, 403]


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_password(own):
    own.fill()
    hashed = subprocess.run(["openssl", "passwd", "-6", "-salt", "abc", "s3:cret"], capture_output=True,
                            text=True, check=True).stdout.strip()
    users = own.lab.file("users", f"# who\n\nanaconda:{hashed}\n")
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = "/"; dir = "{own.root}"; }},
          {{ at = "/ks"; dir = "{own.root}"; auth_file = "{users}"; realm = "kick start"; }} );""")
    r = web.ask("/ks/hello.txt")
    assert (r.status, r.get("WWW-Authenticate")) == (401, 'Basic realm="kick start", charset="UTF-8"')
    assert web.ask("/hello.txt").status == 200
    for fields in (basic("anaconda", "wrong"), basic("nobody", "s3:cret"), basic("", "s3:cret"),
                   {"Authorization": "Basic !!!!"}, {"Authorization": "Bearer x"}, {"Authorization": ""},
                   {"Authorization": "Basic " + "A" * 4000}):
        assert web.ask("/ks/hello.txt", fields=fields).status == 401, fields
    with web.connect() as c:
        c.send(request("/ks/hello.txt", fields=basic("anaconda", "s3:cret")) * 3 +
               request("/ks/hello.txt", fields=basic("anaconda", "wrong")) +
               request("/ks/k.bin", fields=basic("anaconda", "s3:cret")))
        for _ in range(3):
            assert c.read_response().body == b"hello\n"
        assert c.read_response().status == 401
        assert c.read_response().body == pattern(1000)
    web.log_line(r'^127\.0\.0\.1 - anaconda \[.*"GET /ks/k\.bin HTTP/1\.1" 200 1000')
    assert "s3:cret" not in web.proc.text()


@pytest.mark.parametrize("text,line", [("joe\n", 1), ("\njoe:plain text\n", 2), (":x\n", 1)])
def test_broken_password_file(own, text, line):
    users = own.lab.file("users", text)
    shown = last_line(own, "--listen", "127.0.0.1:0",
                      config=f'mounts = ( {{ at = "/"; dir = "/tmp"; auth_file = "{users}"; }} );')
    assert f"users:{line}" in shown


# --- limits

def test_rate(own):
    """iPXE on some cards hangs when it is fed too fast; others are not slowed down by its cap."""
    own.fill()
    web = own.start(root=False, workers=1, config=f"""
        mounts = ( {{ at = "/"; dir = "{own.root}"; }}, {{ at = "/slow"; dir = "{own.root}"; rate = "1M"; }} );""")
    slow = [web.connect() for _ in range(3)]
    began = time.monotonic()
    for c in slow:
        c.send(request("/slow/big.bin"))
    for _ in range(10):
        assert web.ask("/big.bin").body == pattern(BIG)
    fast = time.monotonic() - began
    for c in slow:
        assert c.read_response().body == pattern(BIG)
    assert time.monotonic() - began > 2.2  # 3 MB each, 1 MiB a second each
    assert fast < time.monotonic() - began
    r = web.ask("/slow/big.bin", fields={"Range": "bytes=0-9,100000-900000"})
    assert r.status == 206 and pattern(BIG)[100000:900001] in r.body


def connect_from(web, address):
    """A connection from an address of our own choice."""
    s = socket.create_connection(("127.0.0.1", web.port), 20, (address, 0))
    c = web.connect()
    c.sock.close()
    c.sock = s
    return c


def amounts(conns, seconds):
    """Bytes that each connection brings in that time, and the time it really was."""
    got, begin = [0] * len(conns), time.monotonic()
    end = begin + seconds
    for c in conns:
        c.sock.setblocking(False)
    while time.monotonic() < end:
        ready, _, _ = select.select([c.sock for c in conns], [], [], 0.1)
        for i, c in enumerate(conns):
            if c.sock in ready:
                got[i] += len(c.sock.recv(1 << 20))
    return got, time.monotonic() - begin


def test_client_rate_counts_all_connections_of_an_address(own):
    own.fill()
    web = own.start(config='limits: { client_rate = "8M"; };', workers=2)
    many = [connect_from(web, "127.0.0.2") for _ in range(6)]
    for c in many:
        c.send(request("/big.bin"))
    one = connect_from(web, "127.0.0.3").send(request("/hello.txt"))
    assert one.read_response().body == b"hello\n"  # at once, whatever the other has used up
    began = time.monotonic()
    for c in many:
        assert c.read_response().body == pattern(BIG)
    assert time.monotonic() - began > 1.5  # 18 MB at 8 MiB a second: 2.1 s
    # A new connection for each request gets no more than one that stays.
    began = time.monotonic()
    for _ in range(2):
        with connect_from(web, "127.0.0.2") as c:
            assert c.send(request("/big.bin")).read_response().body == pattern(BIG)
    assert time.monotonic() - began > 0.5


def test_total_rate_is_shared_by_client_and_not_by_connection(own):
    """A machine with eight connections gets as much as one with a single connection."""
    own.file("huge.bin", b"")
    os.truncate(own.root / "huge.bin", 1 << 30)
    web = own.start(config='limits: { rate = "4M"; };', workers=1)
    many = [connect_from(web, "127.0.0.2") for _ in range(8)]
    one = connect_from(web, "127.0.0.3")
    for c in (*many, one):
        c.send(request("/huge.bin"))
    amounts((*many, one), 0.5)  # what fills the sockets' buffers
    got, took = amounts((*many, one), 1.5)
    assert 0.3 < sum(got[:8]) / got[8] < 3, got  # by connection it would be 8
    assert sum(got) < (took + 1) * (4 << 20), (got, took)


def test_connection_limit_is_answered_503(own):
    own.fill()
    web = own.start(config="limits: { connections = 5; };")
    held = [web.connect() for _ in range(5)]
    for c in held:
        c.send(request("/hello.txt"))
        assert c.read_response().status == 200
    with web.connect() as c:
        c.send(request("/hello.txt"))
        r = c.read_response()
        assert (r.status, r.get("Retry-After"), r.get("Connection")) == (503, "5", "close")
    held[0].sock.close()
    wait_for(lambda: web.ask("/hello.txt").status == 200, 5, "a free place")
    for c in held:
        c.sock.close()


def test_limit_of_one_client_leaves_others_alone(own):
    own.fill()
    web = own.start(config="limits: { per_client = 3; };", workers=2)
    held = [web.connect() for _ in range(3)]
    for c in held:
        c.send(request("/hello.txt"))
        assert c.read_response().status == 200
    assert web.ask("/hello.txt").status == 503
    s = socket.socket()
    s.bind(("127.0.0.9", 0))
    s.connect(("127.0.0.1", web.port))
    s.sendall(request("/hello.txt").encode())
    assert s.recv(100).startswith(b"HTTP/1.1 200")
    s.close()
    for c in held:
        c.sock.close()
    wait_for(lambda: web.ask("/hello.txt").status == 200, 5, "a free place")


def test_stalled_reader_is_dropped_and_logged(own):
    with open(own.root / "huge", "wb") as f:
        f.truncate(200 << 20)
    own.file("hello.txt", "hello\n")
    web = own.start(config='limits: { send_timeout = "1s"; };')
    stalled = []
    for _ in range(50):
        c = web.connect()
        c.send(request("/huge"))
        stalled.append(c)
    began = time.monotonic()
    for _ in range(20):
        assert web.still_serves()
    assert time.monotonic() - began < 5
    wait_for(lambda: web.proc.text().count("GET /huge") == 50, 15, "the end of all stalled readers")
    reasons = {json.loads(e)["reason"] for e in control(own, "events") if '"/huge"' in e}
    assert reasons == {"timeout"}
    for c in stalled:
        c.sock.close()


def test_out_of_descriptors(own):
    """The process has few: connections are refused or wait, nothing ends."""
    own.fill()
    proc = own.lab.spawn("httpfsd", "sh", "-c", 'ulimit -n 100; exec "$@"', "sh", program("httpfsd"),
                         "--control", "", "--workers", "1", "--listen", "127.0.0.1:0", own.root)
    port = int(proc.wait_log(r"serving on 127\.0\.0\.1:(\d+)").group(1))
    web = Server(proc, "127.0.0.1", port, own.root)
    held = []
    for _ in range(150):
        c = web.connect()
        c.send("GET /hello")
        held.append(c)
    time.sleep(0.5)
    for c in held:
        c.sock.close()
    wait_for(lambda: web.ask("/hello.txt").status == 200, 10, "service again")


# --- logs, events, control

def test_combined_log(own):
    own.fill()
    log = own.lab.dir / "access.log"
    web = own.start("--access-log", log, config='access_log_format = "combined";')
    web.ask("/k.bin?x=\"y\"", fields={"User-Agent": 'a"b\\c\td', "Referer": "http://r/",
                                      "Range": "bytes=0-9"})
    line = wait_for(lambda: log.read_text(), 5, "a log line")
    assert re.fullmatch(
        r'127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] '
        r'"GET /k\.bin\?x=\\"y\\" HTTP/1\.1" 206 10 "http://r/" "a\\"b\\\\c\\x09d"\n', line), line


def test_extended_log_has_duration_range_and_machine(own):
    own.fill()
    web = own.start()
    web.ask("/k.bin", fields={"Range": "bytes=0-9", "X-RHN-Provisioning-MAC-0": "eth0 52:54:00:12:34:56",
                              "X-System-Serial-Number": "S1"})
    web.log_line(r'206 10 "-" "-" \d+\.\d{3} "bytes=0-9" "eth0 52:54:00:12:34:56" "S1"$')
    event, = [json.loads(e) for e in control(own, "events") if "k.bin" in e]
    assert event["mac"] == "52:54:00:12:34:56"


@pytest.mark.parametrize("target", ["stderr", "syslog"])
def test_access_log_to_stderr_and_syslog(own, target):
    own.fill()
    argv = [program("httpfsd"), "--control", "", "--listen", "127.0.0.1:0", "--access-log", target, own.root]
    if target == "syslog":
        proc = own.lab.stock_with_syslog("httpfsd", *argv, "--log-target", "both")
    else:
        proc = own.lab.spawn("httpfsd", *argv)
    port = int(proc.wait_log(r"serving on 127\.0\.0\.1:(\d+)", 20).group(1))
    Server(proc, "127.0.0.1", port, own.root).ask("/hello.txt")
    tag = r"httpfsd\[\d+\]: " if target == "syslog" else "^"
    proc.wait_log(tag + r'127\.0\.0\.1 - - \[.*\] "GET /hello\.txt HTTP/1\.1" 200 6 "-" "-" ')


def test_log_counts_bytes_really_sent(own):
    own.fill()
    with open(own.root / "huge", "wb") as f:
        f.truncate(500 << 20)
    web = own.start()
    c = web.connect()
    c.send(request("/huge"))
    c.sock.recv(1000)
    c.sock.close()
    m = web.log_line(r'"GET /huge HTTP/1\.1" 200 (\d+)')
    assert 0 < int(m.group(1)) < 500 << 20
    event, = [json.loads(e) for e in control(own, "events") if '"/huge"' in e]
    assert event["reason"] == "client-abort" and event["bytes"] == int(m.group(1))


def test_log_reopens_on_reload(own):
    own.fill()
    log = own.lab.dir / "access.log"
    web = own.start("--access-log", log)
    web.still_serves()
    wait_for(lambda: log.read_text().count("\n") == 1, 5, "first line")
    os.rename(log, own.lab.dir / "access.log.1")
    web.proc.signal(signal.SIGHUP)
    web.log_line("configuration reloaded")
    web.still_serves()
    wait_for(lambda: log.exists() and log.read_text().count("\n") == 1, 5, "line in the new file")
    assert (own.lab.dir / "access.log.1").read_text().count("\n") == 1


def test_each_request_is_one_event(own):
    own.fill()
    web = own.start(workers=1)  # so that they stand in order
    web.ask("/hello.txt", fields={"User-Agent": "curl/1"})
    web.ask("/nope")
    web.ask("/boot/grub.cfg-01-52-54-00-12-34-56")
    web.ask("/../x")
    web.ask("/sub")
    web.ask("/k.bin", fields={"Range": "bytes=5000-"})
    web.ask("/k.bin", fields={"If-None-Match": "*"})
    web.ask("/k.bin", fields={"If-Match": '"x"'})
    web.ask("/", "POST")
    web.raw("nonsense\r\n\r\n")
    events = [json.loads(e) for e in control(own, "events")]
    http = [(e["status"], e["reason"]) for e in events if e.get("stage") == "http"]
    assert http == [(200, "ok"), (404, "not-found"), (404, "expected-miss"), (400, "bad-path"), (301, "redirect"),
                    (416, "bad-range"), (304, "not-modified"), (412, "precondition"), (405, "bad-method"),
                    (400, "bad-request")]
    first = [e for e in events if e.get("stage") == "http"][0]
    assert first["file"] == "/hello.txt" and first["bytes"] == 6 and first["size"] == 6
    assert first["vendor_class"] == "curl/1" and first["ip"] == "127.0.0.1"
    assert events[0]["stage"] == "service" and events[0]["reason"] == "started"


def test_metrics_and_stats(own):
    own.fill()
    web = own.start(workers=2)
    for _ in range(7):
        web.ask("/hello.txt")
    web.ask("/nope")
    text = "\n".join(control(own, "metrics"))
    assert 'httpfsd_requests_total{status="200"} 7' in text
    assert 'httpfsd_requests_total{status="404"} 1' in text
    assert "httpfsd_sent_bytes_total 42" in text
    assert text.count("# TYPE httpfsd_requests counter") == 1
    stats = json.loads(control(own, "stats")[0])
    assert stats["counters"]['httpfsd_connections{result="accepted"}'] == 8


def test_connections_command(own):
    own.fill()
    with open(own.root / "huge", "wb") as f:
        f.truncate(200 << 20)
    web = own.start()
    a, b, c = web.connect(), web.connect(), web.connect()
    a.send(request("/hello.txt")).read_response()
    b.send("GET /")
    c.send(request("/huge"))
    c.sock.recv(100)
    time.sleep(0.3)
    rows = {r["state"]: r for r in map(json.loads, control(own, "connections")) if "state" in r}
    assert set(rows) == {"idle", "request", "sending"}
    assert rows["sending"]["file"] == "/huge" and rows["sending"]["size"] == 200 << 20
    for x in (a, b, c):
        x.sock.close()


# --- reload and end

def test_reload_changes_mounts_and_keeps_connections(own):
    own.fill()
    config = 'mounts = ( {{ at = "/{}"; dir = "{}"; }} );'
    web = own.start(root=False, config=config.format("one", own.root))
    with web.connect() as c:
        c.send(request("/one/hello.txt"))
        assert c.read_response().status == 200
        own.lab.file("httpfsd.cfg", config.format("two", own.root))
        assert json.loads(control(own, "reload")[-1]).get("end") is True
        c.send(request("/one/hello.txt") + request("/two/hello.txt"))
        assert c.read_response().status == 404
        assert c.read_response().body == b"hello\n"


def test_failed_reload_keeps_the_old(own):
    own.fill()
    web = own.start(root=False, config=f'mounts = ( {{ at = "/"; dir = "{own.root}"; }} );')
    own.lab.file("httpfsd.cfg", 'mounts = ( { at = "/"; dir = "/nope"; } );')
    assert "/nope" in control(own, "reload")[-1]
    web.proc.signal(signal.SIGHUP)
    web.log_line("old configuration stays")
    assert web.still_serves()


def test_reload_during_a_transfer(own):
    own.fill()
    web = own.start()
    with web.connect() as c:
        c.send(request("/big.bin"))
        for _ in range(5):
            web.proc.signal(signal.SIGHUP)
            time.sleep(0.05)
        assert c.read_response().body == pattern(BIG)


def test_reload_between_parts(own):
    """The media type in each part's head comes from a configuration that is no more."""
    own.fill()
    with open(own.root / "huge.mine", "wb") as f:
        f.truncate(100 << 20)
    web = own.start(config='types = ( { suffix = ".mine"; type = "text/x-mine"; } );')
    half = 50 << 20
    with web.connect() as c:
        c.send(request("/huge.mine", fields={"Range": f"bytes=0-{half - 1},{half + 1}-"}))
        c.sock.recv(100, socket.MSG_PEEK)
        web.proc.signal(signal.SIGHUP)
        web.log_line("configuration reloaded")
        assert c.read_response().body.count(b"\r\nContent-Type: text/x-mine\r\n") == 2
    assert web.still_serves()


def test_term_lets_transfers_end(own):
    own.fill()
    with open(own.root / "huge", "wb") as f:
        f.truncate(100 << 20)
    web = own.start(workers=1)
    idle = web.connect()
    idle.send(request("/hello.txt")).read_response()
    c = web.connect()
    c.send(request("/huge"))
    c.sock.recv(100, socket.MSG_PEEK)
    web.proc.signal(signal.SIGTERM)
    assert idle.ends()
    with pytest.raises(ConnectionRefusedError):
        web.connect()
    assert len(c.read_response().body) == 100 << 20
    assert web.proc.wait(10) == 0
    assert "stopped" in web.proc.tail(1)


def test_term_at_once_when_idle(own):
    own.fill()
    web = own.start(config='limits: { drain_timeout = "5m"; };')
    assert web.proc.stop() == 0  # killed, and not 0, after half a minute


def test_second_term_ends_transfers(own):
    with open(own.root / "huge", "wb") as f:
        f.truncate(200 << 20)
    web = own.start()
    c = web.connect()
    c.send(request("/huge"))
    c.sock.recv(100)
    web.proc.signal(signal.SIGTERM)
    time.sleep(0.5)
    assert web.proc.alive()
    web.proc.signal(signal.SIGTERM)
    assert web.proc.wait(10) == 0


def test_drain_timeout(own):
    with open(own.root / "huge", "wb") as f:
        f.truncate(200 << 20)
    web = own.start(config='limits: { drain_timeout = "1s"; };')
    c = web.connect()
    c.send(request("/huge"))
    c.sock.recv(100)
    web.proc.signal(signal.SIGTERM)
    assert web.proc.wait(10) == 0
