# SPDX-License-Identifier: BSD-2-Clause
"""A tree to serve and a server for it, shared by the tests of a file; and servers of one's own."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "lib")]

from lab import Lab  # noqa: E402
from httplab import HttpLab  # noqa: E402


@pytest.fixture(scope="module")
def web():
    """A running server of a tree that tests only read. Short time-outs keep the tests short."""
    with Lab("httpfsd") as lab:
        yield HttpLab(lab).standard()


@pytest.fixture
def own():
    """Makes servers with a configuration and a tree of the test's own."""
    with Lab("httpfsd") as lab:
        yield HttpLab(lab)
