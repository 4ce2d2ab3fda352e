"""Counts -> inline SVG; colours come from the page's style by class, so that they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from phongtrao.report.overview import Overview, ReportTopic

COLOURS = 8
"""Topics beyond it share the colours ``t0`` to ``t7`` in turn."""
_WIDTH = 520
_MOST_YEARS = 24


def topic_chart(topics: Sequence[ReportTopic], overview: Overview) -> str:
    """Return bars of how many articles carry each topic; the dark part has it as the primary topic."""
    bar, row, top = 14, 50, 4
    most = max([overview.carried[t.key] for t in topics], default=0) or 1
    scale = (_WIDTH - 76) / most
    parts = []
    for index, topic in enumerate(topics):
        carried, primary = overview.carried[topic.key], overview.primary[topic.key]
        y = top + index * row
        share = 100 * carried / overview.articles
        english = f'<tspan class="en" dx="8">{escape(topic.en)}</tspan>' if topic.en else ""
        parts.append(
            f'<g class="t{index % COLOURS}">'
            f'<text x="0" y="{y + 14}"><tspan class="number">{index + 1}</tspan> '
            f"{escape(topic.vi)}{english}</text>"
            f'<rect class="weak" x="0" y="{y + 22}" width="{carried * scale:.1f}" height="{bar}" rx="2"/>'
            f'<rect class="strong" x="0" y="{y + 22}" width="{primary * scale:.1f}" height="{bar}" rx="2"/>'
            f'<text class="count" x="{carried * scale + 8:.1f}" y="{y + 33}">{carried:,} '
            f'<tspan class="en">{share:.0f}%</tspan></text></g>'
        )
    said = "; ".join(
        f"{t.vi}: {overview.carried[t.key]} articles, {overview.primary[t.key]} as primary topic"
        for t in topics
    )
    return _svg(top + row * len(topics), f"Articles by topic. {said}", parts)


def year_chart(topics: Sequence[ReportTopic], overview: Overview) -> str:
    """Return a row of bars for each topic, a bar a year; empty where fewer than two years are known."""
    years = _years(overview)
    if len(years) < 2:
        return ""
    row, top, left = 50, 4, 20
    step = (_WIDTH - left) / len(years)
    most = max(overview.by_year.values(), default=0) or 1
    parts = []
    for index, topic in enumerate(topics):
        base = top + index * row + 40
        parts.append(f'<line class="axis" x1="{left}" x2="{_WIDTH}" y1="{base}" y2="{base}"/>')
        parts.append(
            f'<g class="t{index % COLOURS}"><text class="number" x="0" y="{base}">{index + 1}</text>'
        )
        for place, year in enumerate(years):
            count = overview.by_year[topic.key, year]
            if count:
                height = max(1.5, 34 * count / most)
                x = left + place * step + step * 0.14
                parts.append(
                    f'<rect class="strong" x="{x:.1f}" y="{base - height:.1f}" width="{step * 0.72:.1f}" '
                    f'height="{height:.1f}"><title>{escape(topic.vi)}, {year}: {count:,}</title></rect>'
                )
        parts.append("</g>")
    bottom = top + row * len(topics)
    every = -(-len(years) // 12)
    for place, year in enumerate(years):
        if place % every == 0:
            x = left + (place + 0.5) * step
            parts.append(f'<text class="year" x="{x:.1f}" y="{bottom + 12}">{escape(year)}</text>')
    said = "; ".join(
        f"{t.vi}: "
        + ", ".join(f"{y} {overview.by_year[t.key, y]}" for y in years if overview.by_year[t.key, y])
        for t in topics
    )
    return _svg(bottom + 18, f"Articles by topic and year, highest bar {most}. {said}", parts)


def _years(overview: Overview) -> list[str]:
    """Return the years to show: all from first to last, or where they lie far apart, those there are."""
    if not overview.years:
        return []
    known = sorted(overview.years)
    if known[0].isdecimal() and known[-1].isdecimal() and int(known[-1]) - int(known[0]) < _MOST_YEARS:
        return [f"{year:04d}" for year in range(int(known[0]), int(known[-1]) + 1)]
    return known[-_MOST_YEARS:]


def _svg(height: float, description: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(description)}">'
        f"{''.join(parts)}</svg>"
    )
