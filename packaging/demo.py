# SPDX-License-Identifier: BSD-2-Clause
"""demo.py -- the demonstration behind packaging/demo: lay out, start, boot, watch, judge."""

import argparse
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/lib"))
from lab import Lab, LabError, program  # noqa: E402
from netboot import DAEMONS, MAC, NetBoot  # noqa: E402

# What a demo made and --stop, or the next start, has to remove when it cannot do so itself: written
# before anything else is.
STATE = Path(os.environ.get("PXE_DEMO_STATE", "/run/pxesuite-demo.json"))
NETNS = Path("/run/netns")
PR_SET_PDEATHSIG = 1


def arguments():
    parser = argparse.ArgumentParser(prog="packaging/demo", usage="see packaging/demo --help")
    parser.add_argument("--uefi", action="store_true")
    parser.add_argument("--relay", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--stock", action="append", default=[], choices=(*DAEMONS, "relayd"))
    parser.add_argument("--without", action="append", default=[])
    return parser.parse_args()


# ---- what is left when we are not there ----

def start_time(pid):
    """Kernel's start time of a process, so that a reused pid is not taken for it; None if gone, or
    if only its status is left for its parent."""
    try:
        field = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if field[0] in "ZX" else field[19]


def is_running(pid, started):
    return start_time(pid) == started


def note(lab, kept=False):
    """Write down what is ours, for whoever comes after us."""
    text = json.dumps({"pid": os.getpid(), "started": start_time(os.getpid()), "kept": kept,
                       "prefix": lab.prefix, "namespaces": lab.names, "dir": str(lab.dir)})
    fresh = STATE.with_name(STATE.name + ".new")
    fresh.write_text(text)
    fresh.rename(STATE)


def read_note():
    """The note; None without one. One that was cut off is as good as none."""
    try:
        return json.loads(STATE.read_text())
    except (OSError, ValueError):
        return None


def namespaces(state):
    """Those noted, and those made after the note, unless another process has our old number."""
    names = set(state["namespaces"])
    if start_time(state["pid"]) is None and NETNS.is_dir():
        names |= {n.name for n in NETNS.iterdir() if n.name.startswith(state["prefix"] + "-")}
    return sorted(n for n in names if (NETNS / n).exists())


def end_all(pids):
    """SIGTERM, and SIGKILL for who has not gone after ten seconds."""
    running = {pid: start_time(pid) for pid in pids}
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        for pid, started in running.items():
            if started is not None and is_running(pid, started):
                os.kill(pid, number)
        end = time.monotonic() + seconds
        while any(s is not None and is_running(p, s) for p, s in running.items()):
            if time.monotonic() > end:
                break
            time.sleep(0.05)


def clean(state):
    """Remove what a demo left that is not there any more: processes in its namespaces, these, and
    its folder."""
    names = namespaces(state)
    for name in names:
        done = subprocess.run(["ip", "netns", "pids", name], stdout=subprocess.PIPE, text=True)
        end_all([int(pid) for pid in done.stdout.split()])
        subprocess.run(["ip", "netns", "del", name], check=False)
    if Path(state["dir"]).name.startswith("pxesuite-demo-"):
        shutil.rmtree(state["dir"], ignore_errors=True)
    STATE.unlink(missing_ok=True)


def stop():
    state = read_note()
    if state is None:
        STATE.unlink(missing_ok=True)
        print("demo: nothing was kept running")
        return 0
    if is_running(state["pid"], state["started"]):
        end_all([state["pid"]])
    clean(state)
    print("demo: stopped and removed")
    return 0


def make_room():
    """False when another demo is there; what a killed one left is removed."""
    state = read_note()
    if state is None:
        return True
    if is_running(state["pid"], state["started"]):
        print(f"demo: another demo is running (pid {state['pid']}); packaging/demo --stop ends it")
        return False
    if state["kept"]:
        print("demo: an earlier demo was kept running; packaging/demo --stop ends it")
        return False
    clean(state)
    print("demo: removed what a demo had left that was killed", flush=True)
    return True


def keep(lab, boot):
    """Let go of the servers."""
    boot.machine.stop()
    note(lab, kept=True)
    pxectl = program("pxectl")
    print(f"demo: the servers stay up in namespace {boot.server.name}; for instance\n"
          f"  {pxectl} --dir {boot.run_dir} timeline {MAC}\n"
          f"  {pxectl} --dir {boot.run_dir} leases\n"
          f"demo: packaging/demo --stop ends them")
    lab.procs, lab.cleanups, lab.names, lab.dir = [], [], [], lab.dir / "gone"


# ---- the demonstration ----

def die_with_us():
    """The viewer is in no namespace of ours: it goes when we are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch(lab, boot):
    """pxectl watch on the terminal: the live timeline."""
    return subprocess.Popen([program("pxectl"), "--dir", boot.run_dir, "watch"],
                            stdin=subprocess.DEVNULL, preexec_fn=die_with_us)


def run(args, lab):
    firmware = "uefi" if args.uefi else "bios"
    boot = NetBoot(lab, firmware, args.relay, args.stock, args.without)
    boot.network()
    note(lab)
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


def ended(number):
    print(f"demo: ended by {signal.Signals(number).name}; everything is removed", flush=True)
    return 128 + number


def on_signal(number, _):
    raise Ended(number)


class Ended(SystemExit):
    """A signal that unwinds, so that everything made is removed. Not a failure to explain."""

    def __init__(self, number):
        super().__init__(128 + number)
        self.number = number


def demonstrate(args):
    lab = Lab("demo")
    try:
        with lab:
            note(lab)
            return run(args, lab)
    finally:
        state = read_note()
        if state is not None and not state["kept"]:
            STATE.unlink(missing_ok=True)


def main():
    args = arguments()
    if args.stop:
        return stop()
    if not make_room():
        return 1
    # Ctrl-C, a plain kill and a closed terminal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        return demonstrate(args)
    except LabError as e:
        print(f"demo: FAILED: {' '.join(str(e).split())}")
        return 1
    except Ended as e:
        return ended(e.number)


if __name__ == "__main__":
    sys.exit(main())
