"""A reliability diagram as SVG: what was said to be so likely against how often it was so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

SIDE, EDGE = 320, 44
"""Pixels of the square, and around it."""
COLOURS = ("#1d5fa8", "#c2571a", "#2f7d32")


def diagram(curves: Mapping[str, Sequence[tuple[float, float, int]]]) -> str:
    """One line a curve of (mean probability, share that came true, how many), both in [0, 1], with a dot for each point."""
    size = SIDE + 2 * EDGE
    ticks = [0, 0.25, 0.5, 0.75, 1]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="11" role="img">',
        "<title>Reliability diagram</title>",
        f'<rect width="{size}" height="{size}" fill="#fff"/>',
        f'<path d="M{_at(0, 0)} L{_at(1, 1)}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#333"/>',
        *(f'<text x="{EDGE + t * SIDE}" y="{EDGE + SIDE + 16}" text-anchor="middle">{t:g}</text>' for t in ticks),
        *(f'<text x="{EDGE - 6}" y="{EDGE + (1 - t) * SIDE + 4}" text-anchor="end">{t:g}</text>' for t in ticks),
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">said to be so likely</text>',
        f'<text x="12" y="{size / 2}" text-anchor="middle" transform="rotate(-90 12 {size / 2})">came true</text>',
    ]
    for k, (name, points) in enumerate(curves.items()):
        colour = COLOURS[k % len(COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(_at(p, y) for p, y, _ in points)}"/>')
        parts += [f'<circle cx="{_at(p, y).replace(",", chr(34) + " cy=" + chr(34))}" r="3" fill="{colour}"/>' for p, y, _ in points]
        parts.append(f'<text x="{EDGE + 10}" y="{EDGE + 18 + 16 * k}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _at(said: float, true: float) -> str:
    return f"{EDGE + said * SIDE:.1f},{EDGE + (1 - true) * SIDE:.1f}"
