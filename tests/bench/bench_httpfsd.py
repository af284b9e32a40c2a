# SPDX-License-Identifier: BSD-2-Clause
"""bench_httpfsd.py -- small files, ranges, many files and large ones; one worker each, pinned."""

import atexit
import functools
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench import LOAD_CPU, QUICK, SERVER_CPU, Meter, each, family, load, pinned, seconds, show, tool
from lab import LabError, program, stock

SERVER, CLIENT = "192.0.2.1", "192.0.2.2"
FILES = 1000 if QUICK else 100000

NGINX = """\
daemon off; worker_processes 1; user root; pid {dir}/nginx.pid; error_log {dir}/error.log crit;
worker_rlimit_nofile 65536;
events {{ worker_connections 20000; }}
http {{ access_log {log}; sendfile on; tcp_nopush on; keepalive_requests 100000000; {extra}
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  server {{ listen 80 backlog=8192; root {root}; }} }}
"""

LIGHTTPD = """\
server.document-root = "{root}"
server.port = 80
server.max-keep-alive-requests = 1000000
server.max-fds = 65536
server.max-connections = 20000
server.listen-backlog = 4096
{modules}
"""

APACHE = """\
ServerName bench
ServerRoot {dir}
PidFile {dir}/apache.pid
ErrorLog {dir}/error.log
LogLevel crit
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
Listen 80
ServerLimit 1
StartServers 1
ThreadLimit 1100
ThreadsPerChild 1100
MaxRequestWorkers 1100
KeepAlive On
MaxKeepAliveRequests 0
EnableSendfile On
DocumentRoot {root}
<Directory {root}>
Require all granted
</Directory>
{log}
"""


@functools.cache
def root():
    """The tree that all servers serve in turn, made once; read once, so that all find it warm."""
    folder = Path(tempfile.mkdtemp(prefix="pxesuite-bench-html-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    (folder / "1k").write_bytes(b"k" * 1024)
    (folder / "16k").write_bytes(b"k" * 16384)
    block = bytes(range(256)) * 4096
    for name, blocks in (("10m", 10), ("1g", 1024)):
        with open(folder / name, "wb") as f:
            for _ in range(blocks):
                f.write(block)
    for i in range(FILES):
        path = folder / f"pool/{i % 256:02x}"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{i}.rpm").write_bytes(b"r" * 1024)
    return folder


@functools.cache
def image():
    """The large files and a small one in an ISO image, warm too."""
    path = root() / "files.iso"
    made = subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", path, "-graft-points",
                           *(f"{name}={root() / name}" for name in ("1k", "16k", "10m", "1g"))],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0:
        raise LabError(f"xorriso: {made.stdout.strip()}")
    return path


def httpfsd(lab, ns, log, what):
    target = ["--access-log", lab.dir / "access.log"] if log else ["--access-log", "off"]
    return lab.spawn("httpfsd", *pinned(SERVER_CPU, program("httpfsd"), "--workers", "1", "--listen",
                     f"{SERVER}:80", "--root", what, "--control", "", *target), ns=ns)


def ours(lab, ns, log):
    return httpfsd(lab, ns, log, root())


def from_image(lab, ns, log):
    return httpfsd(lab, ns, log, image())


def nginx(extra):
    def start(lab, ns, log):
        conf = lab.file("nginx.conf", NGINX.format(
            dir=lab.dir, root=root(), extra=extra,
            log=f"{lab.dir}/access.log combined" if log else "off"))
        return lab.spawn("nginx", *pinned(SERVER_CPU, stock("nginx"), "-c", conf), ns=ns)
    return start


def lighttpd(lab, ns, log):
    modules = (f'server.modules += ("mod_accesslog")\naccesslog.filename = "{lab.dir}/access.log"'
               if log else "")
    conf = lab.file("lighttpd.conf", LIGHTTPD.format(root=root(), modules=modules))
    return lab.spawn("lighttpd", *pinned(SERVER_CPU, stock("lighttpd"), "-D", "-f", conf), ns=ns)


def apache(lab, ns, log):
    modules = "/usr/lib/apache2/modules"
    lines = (f"LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O\" c\nCustomLog {lab.dir}/access.log c"
             if log else "")
    conf = lab.file("apache.conf", APACHE.format(dir=lab.dir, root=root(), modules=modules, log=lines))
    return lab.spawn("apache", *pinned(SERVER_CPU, stock("apache2"), "-X", "-f", conf), ns=ns)


SERVERS = {"ours": ours, "nginx": nginx(""),
           "nginx+cache": nginx("open_file_cache max=200000 inactive=60s;"),
           "lighttpd": lighttpd, "Apache event": apache}


def floor(name):
    def start(lab, ns, log):
        return lab.spawn("floor", *pinned(SERVER_CPU, tool("floor"), "http", "local", SERVER, "port",
                         "80", "file", root() / name), ns=ns)
    return start


LUA_RANGES = """\
local n = 0
function request()
  local at = math.random(0, 262143) * 4096
  return wrk.format("GET", "/1g", {["Range"] = string.format("bytes=%d-%d", at, at + 4095)})
end
"""
LUA_CLOSE = 'function request() return wrk.format("GET", "/1k", {["Connection"] = "close"}) end\n'
LUA_POOL = """\
local last = -1
function request()
  last = (last + 7919) % %d
  return wrk.format("GET", string.format("/pool/%02x/%d.rpm", last % 256, last))
end
"""
UNITS = {"us": 1, "ms": 1e3, "s": 1e6}


def lay_out(lab, start, log=False):
    """The server's process, listening, and the namespace of the clients."""
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "eth0", client, "eth0")
    server.addr("eth0", f"{SERVER}/24")
    client.addr("eth0", f"{CLIENT}/24")
    proc = start(lab, server, log)
    return proc.wait_tcp(80, timeout=60), client


def wrk(path, connections=64, lua=None, log=False, length=5):
    def case(lab, start):
        proc, client = lay_out(lab, start, log)
        script = ["-s", lab.file("load.lua", lua)] if lua else []
        command = [*pinned(LOAD_CPU, stock("wrk"), "-t1", f"-c{connections}", "--latency",
                           "--timeout", "10s", *script), f"http://{SERVER}{path}"]
        client.run(*command[:-1], "-d1s", command[-1])  # warm
        with Meter(proc.pid) as meter:
            text = client.run(*command[:-1], f"-d{seconds(length)}s", command[-1], timeout=120).stdout
        done = int(re.search(r"(\d+) requests in", text).group(1))
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
        p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
        amount = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", text)
        mib = float(amount.group(1)) * {"": 2**-20, "K": 2**-10, "M": 1, "G": 1024}[amount.group(2)]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        if bad:
            raise LabError(f"{bad.group(1)} of {done} answers were errors")
        return {"per_s": rate, "mib_s": mib, "cpu_us": meter.cpu_s * 1e6 / max(1, done),
                "cpu_gib": meter.cpu_s * 1024 / max(1e-9, mib * seconds(length)),
                "p99_us": float(p99.group(1)) * UNITS[p99.group(2)],
                "mem_mib": meter.peak_kib / 1024}
    return case


def fetch(path, connections, requests):
    """Every body to its last byte; a connection that fails or sticks is an error."""
    def case(lab, start):
        proc, client = lay_out(lab, start)
        argv = [tool("http_load"), "server", SERVER, "path", path, "connections", connections, "requests"]
        load(client, *argv, 1)  # warm
        with Meter(proc.pid) as meter:
            got = load(client, *argv, requests)
        if got["failed"] or got["stuck"]:
            raise LabError(f"{got['failed']} connections failed, {got['stuck']} stuck, of {connections}")
        mib = got["bytes"] / 2**20
        return {"mib_s": mib / got["s"], "cpu_gib": meter.cpu_s * 1024 / mib,
                "spread": got["last_us"] / max(1, got["first_us"]), "mem_mib": meter.peak_kib / 1024}
    return case


def resident_kib(pid):
    return sum(int(re.search(r"Rss:\s+(\d+)", text).group(1))
               for text in (Path(f"/proc/{p}/smaps_rollup").read_text() for p in family(pid)))


def idle(connections):
    """Resident memory that each of many idle connections adds."""
    def case(lab, start):
        proc, client = lay_out(lab, start)
        load(client, tool("http_load"), "server", SERVER, "path", "/1k", "connections", 64)
        before = resident_kib(proc.pid)
        held = lab.spawn("http_load", *pinned(LOAD_CPU, tool("http_load"), "server", SERVER, "path",
                         "/1k", "connections", connections, "hold", "yes"), ns=client)
        got = json.loads(held.wait_log(r"\{.*\}", 120).group(0))
        if got["failed"] or got["stuck"]:
            raise LabError(f"{got['failed']} connections failed, {got['stuck']} stuck")
        return {"each": (resident_kib(proc.pid) - before) * 1024 / connections}
    return case


SMALL = [("per_s", "requests/s", ".0f"), ("cpu_us", "CPU us/req", ".1f"), ("p99_us", "p99 us", ".0f"),
         ("mem_mib", "peak MiB", ".1f")]
LARGE = [("mib_s", "MiB/s", ".0f"), ("cpu_gib", "CPU s/GiB", ".3f"), ("spread", "last/first", ".1f"),
         ("mem_mib", "peak MiB", ".1f")]
IDLE = [("each", "bytes each", ".0f")]
LOWER = ("cpu_us", "p99_us", "mem_mib", "cpu_gib", "spread", "each")


def run():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # 10 000 connections need as many
    rows = each({**SERVERS, "floor": floor("1k")}, wrk("/1k"))
    show("httpfsd: 1 KiB, 64 connections kept, no access log", SMALL, rows, lower=LOWER)
    show("httpfsd: the same with access logs", SMALL, each(SERVERS, wrk("/1k", log=True)), lower=LOWER)
    show("httpfsd: 16 KiB", SMALL, each({**SERVERS, "floor": floor("16k")}, wrk("/16k")), lower=LOWER)
    show("httpfsd: 4 KiB ranges of a 1 GiB file", SMALL, each(SERVERS, wrk("/1g", lua=LUA_RANGES)),
         lower=LOWER)
    show("httpfsd: a connection a request", SMALL, each(SERVERS, wrk("/1k", lua=LUA_CLOSE)), lower=LOWER)
    show(f"httpfsd: {FILES} small files in turn", SMALL,
         each(SERVERS, wrk("/", lua=LUA_POOL.replace("%d;", "%d").replace("% %d", f"% {FILES}"))),
         lower=LOWER)
    rounds = 1 if QUICK else 3
    show("httpfsd: 1 GiB, 4 connections", LARGE, each({**SERVERS, "floor": floor("1g")},
                                                       fetch("/1g", 4, rounds)), lower=LOWER)
    show("httpfsd: 10 MiB, 1000 connections", LARGE,
         each({**SERVERS, "floor": floor("10m")}, fetch("/10m", 200 if QUICK else 1000, 1)), lower=LOWER)
    disk = {"from an image": from_image, "from a disk": ours}
    for title, columns, case in (("1 GiB, 4 connections", LARGE, fetch("/1g", 4, rounds)),
                                 ("1 KiB, 64 connections kept", SMALL, wrk("/1k"))):
        show(f"httpfsd: inside an ISO image, {title}", columns, each(disk, case), ours="from an image",
             floor="from a disk", lower=LOWER)
    show("httpfsd: memory of idle connections", IDLE,
         each(SERVERS, idle(1000 if QUICK else 10000)), lower=LOWER)
    return 0 if rows.get("ours") else 1
