# SPDX-License-Identifier: BSD-2-Clause
"""test_demo.py -- what a demonstration leaves when it is killed, and who removes it.

The boot itself is tests/e2e's.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
sys.path.insert(0, str(PROJECT / "tests/lib"))

from lab import wait_for  # noqa: E402

# A demo up to where it has a network and a server.
VICTIM = """
import sys, time
sys.path.insert(0, sys.argv[1])
import demo
assert demo.make_room()
lab = demo.Lab("demo")
with lab:
    demo.note(lab)
    ns = lab.netns("server")
    proc = lab.spawn("sleep", "sleep", "1000", ns=ns)
    print(ns.name, proc.pid, lab.dir, flush=True)
    time.sleep(1000)
"""


class Demo:
    def __init__(self, state):
        self.env = {**os.environ, "PXE_DEMO_STATE": str(state), "PXE_NO_INSTALL": "1"}
        self.state = state

    def start(self):
        """A half-way demo; what it made."""
        self.popen = subprocess.Popen([sys.executable, "-c", VICTIM, str(PROJECT / "packaging")],
                                      stdout=subprocess.PIPE, text=True, env=self.env)
        self.said = self.popen.stdout.readline()
        if self.said.startswith("demo: removed"):
            self.said = self.popen.stdout.readline()
        line = self.said.split()
        assert len(line) == 3, self.said
        self.netns, self.child, self.dir = Path("/run/netns") / line[0], int(line[1]), Path(line[2])

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(20)

    def there(self):
        return [p for p in (self.netns, self.dir, self.state, Path(f"/proc/{self.child}"))
                if p.exists()]

    def run(self, *args):
        return subprocess.run([PROJECT / "packaging/demo", *args], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)


@pytest.fixture
def demo(tmp_path):
    made = Demo(tmp_path / "demo.json")
    yield made
    made.run("--stop")
    if hasattr(made, "popen"):
        made.kill()
        made.popen.stdout.close()


def test_stop_removes_what_a_killed_demo_left(demo):
    demo.start()
    demo.kill()
    assert len(demo.there()) == 4
    done = demo.run("--stop")
    assert (done.returncode, done.stdout) == (0, "demo: stopped and removed\n")
    wait_for(lambda: not demo.there(), 20, "the removal")


def test_the_next_start_removes_it_too(demo):
    demo.start()
    demo.kill()
    first = Demo(demo.state)
    first.__dict__.update(demo.__dict__)
    demo.popen.stdout.close()
    demo.start()
    wait_for(lambda: not set(first.there()) - {demo.state}, 20, "the removal")
    assert len(demo.there()) == 4


def test_a_running_demo_is_not_disturbed_but_can_be_stopped(demo):
    demo.start()
    done = demo.run("--uefi")
    assert done.returncode == 1 and f"is running (pid {demo.popen.pid})" in done.stdout
    assert len(demo.there()) == 4
    assert demo.run("--stop").returncode == 0
    wait_for(lambda: not demo.there(), 20, "the removal")


def test_stop_without_anything(demo):
    done = demo.run("--stop")
    assert (done.returncode, done.stdout) == (0, "demo: nothing was kept running\n")
    demo.state.write_text('{"pid": 1')
    assert demo.run("--stop").returncode == 0
    assert not demo.state.exists()


@pytest.mark.parametrize("args", [["--stock", "bind"], ["--stock=bind"], ["--uefi", "--stcok"]])
def test_a_mistyped_word_is_refused_at_once(demo, args):
    done = demo.run(*args)
    assert done.returncode == 2
    assert args[-1].removeprefix("--stock=") in done.stdout or "usage" in done.stdout
