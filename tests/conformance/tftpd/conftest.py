# SPDX-License-Identifier: BSD-2-Clause
"""A TFTP server of ours for each test that wants one."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "lib")]

from lab import Lab  # noqa: E402
from tftplab import Servers  # noqa: E402


@pytest.fixture
def servers():
    """Makes servers in one namespace with addresses of both families; ends them."""
    with Lab("tftpd") as lab:
        yield Servers(lab)


@pytest.fixture
def server(servers):
    """in.tftpd's usual way to run: -L -s ROOT, uploads allowed."""
    return servers.start("-c", "-p")
