# SPDX-License-Identifier: BSD-2-Clause
"""Where the DHCPv6 server's tests find their helpers."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "lib")]

from dhcp6net import Dhcp6Net  # noqa: E402
from lab import Lab  # noqa: E402


@pytest.fixture
def net():
    """A server's namespace and a client's, with no server in it yet."""
    with Lab("dhcpd6") as lab:
        yield Dhcp6Net(lab)
