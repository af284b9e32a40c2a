# SPDX-License-Identifier: BSD-2-Clause
"""Where the relay's tests find their helpers."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "lib")]

from lab import Lab  # noqa: E402
from relaynet import RelayNet  # noqa: E402


@pytest.fixture
def net():
    """A client, a router without a relay yet, a server that is a bare socket."""
    with Lab("relayd") as lab:
        yield RelayNet(lab)
