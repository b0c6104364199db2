"""What moved over time: ratings snapshot by snapshot, votes day by day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from arena.boards.charts.chart import Chart, series_role
from arena.boards.standings import PastBoard, PastStanding

MOST_LINES = 8
HEIGHT_PX = 420
PLOT_PX = 320  # of the height, for the ratings themselves
LABEL_PX = 13


def history_chart(past: Sequence[PastBoard], names: Mapping[str, str]) -> Chart | None:
    """The models that lead now, oldest snapshot first; None without a snapshot that has ratings."""
    if not past or not past[-1].standings:
        return None
    chosen = [standing.slug for standing in past[-1].standings[:MOST_LINES]]
    seen = {
        slug: [(one.computed_at, found) for one in past for found in one.standings if found.slug == slug]
        for slug in chosen
    }
    traces = [_line(names.get(slug, slug), seen[slug], series_role(place)) for place, slug in enumerate(chosen)]
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {"title": {"text": "Computed (UTC)"}, "showgrid": False, "type": "date", **_room(past)},
        "yaxis": {"title": {"text": "Rating, Elo points"}},
        "annotations": _labels([(names.get(slug, slug), seen[slug]) for slug in chosen]),
        "margin": {"r": 140},
    }
    return Chart(
        name="history",
        title=_furthest(past, seen, names),
        note=f"The {len(chosen)} models that lead now, with the 95% intervals of their time; "
        "one point per stored computation.",
        figure={"data": traces, "layout": layout},
        columns=("Computed (UTC)", "Model", "Rating", "Lower", "Upper"),
        rows=tuple(
            (f"{at:%Y-%m-%d %H:%M}", names.get(slug, slug), found.rating, found.lower, found.upper)
            for slug in chosen
            for at, found in seen[slug]
        ),
    )


def _room(past: Sequence[PastBoard]) -> dict[str, object]:
    """A day around one moment, which would else be drawn as milliseconds."""
    first, last = past[0].computed_at, past[-1].computed_at
    if last - first > timedelta(minutes=1):
        return {}
    ends = (first - timedelta(hours=12), last + timedelta(hours=12))
    return {"range": [end.strftime("%Y-%m-%dT%H:%M:%S") for end in ends]}


def votes_chart(days: Mapping[str, int]) -> Chart | None:
    """Counted votes per ISO day; "" holds those of unknown day. None when no day is known."""
    known = {day: votes for day, votes in sorted(days.items()) if day}
    if not known:
        return None
    busiest = max(known, key=lambda day: known[day])
    unknown = days.get("", 0)
    trace = {
        "type": "bar",
        "x": list(known),
        "y": list(known.values()),
        "hovertemplate": "%{x}: %{y} votes<extra></extra>",
        "meta": {"role": "accent"},
    }
    layout = {
        "height": 300,
        "bargap": 0.15,
        "xaxis": {"showgrid": False, "type": "date", "title": {"text": "Day (UTC)"}},
        "yaxis": {"title": {"text": "Counted votes"}, "rangemode": "tozero"},
    }
    return Chart(
        name="votes",
        title=f"{sum(known.values()):,} votes in {len(known)} days, most of them on {busiest} ({known[busiest]:,})",
        note=f"{unknown:,} imported votes do not say their day."
        if unknown
        else "Counted votes by the day they were cast.",
        figure={"data": [trace], "layout": layout},
        columns=("Day (UTC)", "Counted votes"),
        rows=tuple(known.items()),
    )


def _line(name: str, seen: Sequence[tuple[datetime, PastStanding]], role: str) -> dict[str, object]:
    ratings = [found.rating for _, found in seen]
    ends = [(found.lower or found.rating, found.upper or found.rating) for _, found in seen]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [at.strftime("%Y-%m-%dT%H:%M:%S") for at, _ in seen],
        "y": ratings,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(top - rating, 2) for (_, top), rating in zip(ends, ratings, strict=True)],
            "arrayminus": [round(rating - bottom, 2) for (bottom, _), rating in zip(ends, ratings, strict=True)],
            "thickness": 1,
            "width": 0,
        },
        "hovertemplate": name.replace("%", "%%") + ": %{y:.0f}<extra></extra>",
        "meta": {"role": role},
    }


def _labels(lines: Sequence[tuple[str, Sequence[tuple[datetime, PastStanding]]]]) -> list[dict[str, object]]:
    """A name at the end of each line, pushed down where it would cover the one above."""
    ends = [found.lower or found.rating for _, seen in lines for _, found in seen]
    ends += [found.upper or found.rating for _, seen in lines for _, found in seen]
    px_per_point = PLOT_PX / ((max(ends) - min(ends)) or 1)
    labels, above = [], float("inf")
    for name, seen in lines:
        at, found = seen[-1]
        place = min(found.rating * px_per_point, above - LABEL_PX)
        above = place
        labels.append(
            {
                "x": at.strftime("%Y-%m-%dT%H:%M:%S"),
                "y": found.rating,
                "yshift": round(place - found.rating * px_per_point),
                "text": name,
                "showarrow": False,
                "xanchor": "left",
                "xshift": 8,
            }
        )
    return labels


def _furthest(
    past: Sequence[PastBoard], seen: Mapping[str, Sequence[tuple[datetime, PastStanding]]], names: Mapping[str, str]
) -> str:
    if len(past) < 2:
        return "One computation so far: the history begins here"
    moves = {slug: points[-1][1].rating - points[0][1].rating for slug, points in seen.items() if len(points) > 1}
    if not moves:
        return f"{len(past)} computations kept"
    slug = max(moves, key=lambda found: abs(moves[found]))
    return f"Over {len(past)} computations {names.get(slug, slug)} moved furthest: {moves[slug]:+.0f} points"
