# SPDX-License-Identifier: BSD-2-Clause
"""conftest.py -- the daemon under test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "lib"))

from lab import Lab  # noqa: E402


@pytest.fixture
def subject(request):
    with Lab("startup") as lab:
        made = request.param(lab)
        yield made
        made.notify.sock.close()
