# SPDX-License-Identifier: BSD-2-Clause
"""demo.py -- the demonstration behind packaging/demo: lay out, start, boot, watch, judge."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/lib"))
from lab import Lab, LabError, program  # noqa: E402
from netboot import DAEMONS, MAC, NetBoot  # noqa: E402

STATE = Path("/run/pxesuite-demo.json")  # what --keep left running, for --stop


def arguments():
    parser = argparse.ArgumentParser(prog="packaging/demo", usage="see packaging/demo --help")
    parser.add_argument("--uefi", action="store_true")
    parser.add_argument("--relay", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--stock", action="append", default=[], choices=(*DAEMONS, "relayd"))
    parser.add_argument("--without", action="append", default=[])
    return parser.parse_args()


def start_time(pid):
    """Kernel's start time of a process, so that a reused pid is not taken for it; None if gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def stop():
    if not STATE.exists():
        print("demo: nothing was kept running")
        return 0
    state = json.loads(STATE.read_text())
    for pid, started in state["pids"]:
        if start_time(pid) == started:
            os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while any(start_time(p) == s for p, s in state["pids"]) and time.monotonic() < end:
        time.sleep(0.1)
    for name in state["namespaces"]:
        subprocess.run(["ip", "netns", "del", name], check=False)
    subprocess.run(["rm", "-rf", state["dir"]], check=False)
    STATE.unlink()
    print("demo: stopped and removed")
    return 0


def keep(lab, boot):
    """Let go of the servers: what is needed to find and end them goes to the state file."""
    boot.machine.stop()
    pids = [p.pid for p in boot.procs.values() if p.alive()]
    STATE.write_text(json.dumps({"pids": [(pid, start_time(pid)) for pid in pids],
                                 "namespaces": lab.names, "dir": str(lab.dir)}))
    pxectl = program("pxectl")
    print(f"demo: the servers stay up in namespace {boot.server.name}; for instance\n"
          f"  {pxectl} --dir {boot.run_dir} timeline {MAC}\n"
          f"  {pxectl} --dir {boot.run_dir} leases\n"
          f"demo: packaging/demo --stop ends them")
    lab.procs, lab.cleanups, lab.names, lab.dir = [], [], [], lab.dir / "gone"


def watch(lab, boot):
    """pxectl watch on the terminal: the live timeline."""
    return subprocess.Popen([program("pxectl"), "--dir", boot.run_dir, "watch"],
                            stdin=subprocess.DEVNULL)


def run(args, lab):
    firmware = "uefi" if args.uefi else "bios"
    boot = NetBoot(lab, firmware, args.relay, args.stock, args.without)
    boot.network()
    boot.files()
    boot.start()
    names = [f"{n} ({'stock' if n in boot.stock_ones else 'ours'}, pid {p.pid})"
             for n, p in boot.procs.items()]
    print(f"demo: serving: {', '.join(names)}", flush=True)
    viewer = watch(lab, boot)
    begin = time.monotonic()
    try:
        boot.boot()
        print(f"demo: machine {MAC} is powered on ({firmware}, QEMU pid {boot.machine.pid})",
              flush=True)
        why = boot.follow()
        time.sleep(0.3)  # let the viewer print the last event
    finally:
        viewer.terminate()
        viewer.wait()
    took = time.monotonic() - begin
    if why is not None:
        if os.environ.get("PXE_KEEP"):
            print(f"demo: logs are under {lab.dir}")
        print(f"demo: FAILED after {took:.0f} s: {why}")
        return 1
    if args.keep:
        keep(lab, boot)
    print(f"demo: SUCCESS: the installer has its answer file, {took:.0f} s after power-on")
    return 0


def main():
    args = arguments()
    if args.stop:
        return stop()
    if STATE.exists():
        print("demo: an earlier demo was kept running; packaging/demo --stop ends it")
        return 1
    # Ctrl-C, a plain kill and a closed terminal all unwind, so that everything made is removed.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    lab = Lab("demo")
    try:
        with lab:
            return run(args, lab)
    except LabError as e:
        print(f"demo: FAILED: {' '.join(str(e).split())}")
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; everything is removed")
        return 130


if __name__ == "__main__":
    sys.exit(main())
