# SPDX-License-Identifier: BSD-2-Clause
"""Where the tests of the configuration language find their helpers."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "lib")]

from lab import Lab  # noqa: E402


@pytest.fixture
def lab():
    with Lab("conf") as made:
        yield made
