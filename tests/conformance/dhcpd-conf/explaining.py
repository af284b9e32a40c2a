# SPDX-License-Identifier: BSD-2-Clause
"""explaining.py -- run dhcpd --explain on a configuration, and see which line of it decided what."""

import subprocess

from lab import program


def explainer(lab, name, text, *flags):
    """Runs it with those words; the output, or for status 2 what went wrong."""
    path = lab.file(name, text)

    def run(*words, status=0, conf=path):
        done = subprocess.run([program("dhcpd"), "--explain", *flags, "-cf", conf, *words], text=True, timeout=30,
                              cwd=lab.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status < 2 else done.stderr
    return run


def line_of(conf, text):
    return next(i for i, line in enumerate(conf.splitlines(), 1) if text in line)


def decider(name, conf):
    """Asserts that a row that begins with `what` names the line of the configuration that has text."""
    def decided(out, what, text):
        row = next((r for r in out.splitlines() if r.strip().startswith(what)), None)
        assert row is not None, f"no {what} in\n{out}"
        assert row.endswith(f"{name}:{line_of(conf, text)}"), row
    return decided
