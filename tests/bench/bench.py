# SPDX-License-Identifier: BSD-2-Clause
"""bench.py -- what the measurements share: servers on one CPU, load on another, tables of ratios.

One module a daemon (bench_dhcpd.py ...) says which servers and which cases there are. A case gives
a dict of figures for one server; a table shows them side by side, then ours divided by the best
peer and by the floor. A server that cannot run a case shows "-", and why is printed below."""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from lab import Lab, LabError, bin_dir

QUICK = bool(os.environ.get("PXE_BENCH_QUICK"))
SERVER_CPU, LOAD_CPU = ("0", "1") if (os.cpu_count() or 1) > 1 else ("0", "0")
TICK = os.sysconf("SC_CLK_TCK")


def seconds(full):
    return max(1, full // 5) if QUICK else full


def tool(name):
    return bin_dir() / "tests/bench" / f"bench_{name}"


def pinned(cpu, *argv):
    return ["taskset", "-c", cpu, *map(str, argv)]


def family(pid):
    """A process and its descendants."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            field = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(field[1]), []).append((int(stat.parent.name), field))
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        for child, _ in children.get(parent, []):
            found.append(child)
            todo.append(child)
    return [pid, *found]


def cpu_seconds(pid):
    """User and system time of the whole family, ended children included."""
    total = 0
    for member in family(pid):
        try:
            field = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, field[11:15]))
    return total / TICK


class Meter:
    """CPU seconds and peak resident memory of a server's family while a case runs."""

    def __init__(self, pid):
        self.pid, self.peak_kib, self.running = pid, 0, True

    def _sample(self):
        while self.running:
            total = 0
            for member in family(self.pid):
                try:
                    pages = int(Path(f"/proc/{member}/statm").read_text().split()[1])
                except OSError:
                    continue
                total += pages * os.sysconf("SC_PAGE_SIZE") // 1024
            self.peak_kib = max(self.peak_kib, total)
            time.sleep(0.1)

    def __enter__(self):
        self.cpu0 = cpu_seconds(self.pid)
        self.thread = threading.Thread(target=self._sample, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.cpu_s = cpu_seconds(self.pid) - self.cpu0
        self.running = False
        self.thread.join()


def load(ns, *argv, timeout=300):
    """Run a generator on the load's CPU; its JSON."""
    done = ns.run(*pinned(LOAD_CPU, *argv), timeout=timeout)
    return json.loads(done.stdout)


def show(title, columns, rows, ours="ours", floor="floor", lower=()):
    """Print rows {server: {column: number}} and the ratios; columns: (key, heading, format)."""
    print(f"\n{title}")
    width = max([len(n) for n in rows] + [len("ours / best peer")])
    print(" " * width, *(f"{h:>12}" for _, h, _ in columns))
    for name, row in rows.items():
        cells = [format(row[k], f) if row and row.get(k) is not None else "-"
                 for k, _, f in columns]
        print(f"{name:<{width}}", *(f"{c:>12}" for c in cells))
    peers = [n for n in rows if n not in (ours, floor) and rows[n]]
    if not rows.get(ours):
        return
    for label, names in (("ours / best peer", peers), ("ours / floor",
                                                       [floor] if rows.get(floor) else [])):
        if not names:
            continue
        cells = []
        for key, _, _ in columns:
            values = [rows[n][key] for n in names if rows[n].get(key)]
            mine = rows[ours].get(key)
            if not values or mine is None:
                cells.append("-")
                continue
            best = min(values) if key in lower else max(values)
            cells.append(f"{mine / best:.2f}")
        print(f"{label:<{width}}", *(f"{c:>12}" for c in cells))
    if lower:
        print(f"  lower is better: {', '.join(h for k, h, _ in columns if k in lower)}",
              flush=True)


def each(servers, case):
    """{name: figures} of a case over servers {name: start(lab) -> (proc, ns)}; complaints last."""
    rows, trouble = {}, []
    for name, start in servers.items():
        try:
            with Lab("bench") as lab:
                rows[name] = case(lab, start)
        except (LabError, subprocess.SubprocessError, KeyError, ValueError) as e:
            rows[name] = None
            trouble.append(f"{name}: {' '.join(str(e).split())[:300]}")
    for line in trouble:
        print(f"  could not measure {line}", file=sys.stderr)
    return rows


def main(argv):
    known = ("dhcpd", "dhcpd-conf", "dhcpd6", "tftpd", "httpfsd", "relayd", "storm")
    for name in argv or known:
        if name not in known:
            print(f"tests/bench/run: no benchmark '{name}'; there are: {' '.join(known)}",
                  file=sys.stderr)
            return 2
    for number in (signal.SIGTERM, signal.SIGHUP):  # unwind, so that what was made is removed
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if "model name" in l), "?")
    print(f"{os.cpu_count()} CPUs, {model}, Linux {os.uname().release}")
    bad = 0
    for name in argv or known:
        bad |= importlib.import_module(f"bench_{name.replace('-', '_')}").run()
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
