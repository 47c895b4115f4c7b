"""Timelines of operations as pictures (extra `plot`).

`timeline` draws on an Axes of matplotlib, and `interactive_timeline` returns a Figure of plotly.
"""

from __future__ import annotations

from lightsail_ops._matplotlib_timeline import timeline
from lightsail_ops._plotly_timeline import interactive_timeline

__all__ = ["interactive_timeline", "timeline"]
