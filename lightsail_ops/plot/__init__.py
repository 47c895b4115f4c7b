"""Timelines of operations as pictures (extra `plot`).

`timeline` draws on an Axes of matplotlib, and `interactive_timeline` returns a Figure of plotly.

Example:
    operations = list(client.operations())
    timeline(operations).figure.savefig("timeline.png")
    interactive_timeline(operations).write_html("timeline.html")
"""

from __future__ import annotations

from lightsail_ops.plot.interactive import interactive_timeline
from lightsail_ops.plot.static import timeline

__all__ = ["interactive_timeline", "timeline"]
