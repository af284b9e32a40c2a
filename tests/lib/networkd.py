# SPDX-License-Identifier: BSD-2-Clause
"""networkd.py -- systemd-networkd on a link of a test, without systemd around it.

It gets a mount namespace of its own, with an empty /run and the .network files of the test; a /sys
that cannot be written tells it that no udev will come, as in a container."""

from pathlib import Path

from lab import LabError

PROGRAM = Path("/lib/systemd/systemd-networkd")


def start(lab, ns, dev, network):
    """Manage dev in ns as the text of a .network file says, without its [Match] section. Its log,
    debug messages too, is the process's."""
    if not PROGRAM.exists():
        raise LabError(f"{PROGRAM} is not there (package systemd)")
    folder = lab.dir / "networkd"
    lab.file(f"networkd/{dev}.network", f"[Match]\nName={dev}\n{network}")
    script = ("mount -t tmpfs -o mode=755 run /run && mkdir -p /run/systemd/netif && "
              "chown systemd-network: /run/systemd/netif && mkdir -p /run/systemd/network && "
              f"mount --bind '{folder}' /run/systemd/network && "
              f"mount -t tmpfs none /etc/systemd/network && mount -o remount,bind,ro /sys && "
              f"exec {PROGRAM}")
    return lab.spawn("networkd", "unshare", "-m", "--propagation", "private", "sh", "-c", script,
                     ns=ns, env={"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console"})
