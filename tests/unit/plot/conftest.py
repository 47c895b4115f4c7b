"""matplotlib without a screen."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")
