"""Every rating with its 95% interval and the ranks that leaves open."""

from collections.abc import Sequence

from arena.boards.charts.chart import Chart
from arena.boards.claims import highest_rated
from arena.boards.standings import StandingRow, interval_scope

ROW_PX = 24
FRAME_PX = 96


def intervals_chart(rows: Sequence[StandingRow]) -> Chart | None:
    """Rows come in board order; None when nobody is rated."""
    rated = [row for row in rows if row.rating is not None]
    if not rated:
        return None
    names = [row.model for row in rated]
    ratings = [row.rating or 0.0 for row in rated]
    upper = [(row.upper if row.upper is not None else row.rating or 0.0) for row in rated]
    lower = [(row.lower if row.lower is not None else row.rating or 0.0) for row in rated]
    scope = interval_scope(rated)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": ratings,
        "y": names,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(top - rating, 2) for top, rating in zip(upper, ratings, strict=True)],
            "arrayminus": [round(rating - end, 2) for end, rating in zip(lower, ratings, strict=True)],
            "thickness": 2,
            "width": 0,
        },
        "customdata": [rank_text(row) for row in rated],
        "hovertemplate": "%{y}<br>%{x:.0f}, rank %{customdata}<extra></extra>",
        "meta": {"role": "accent"},
    }
    layout = {
        "height": FRAME_PX + ROW_PX * len(rated),
        "xaxis": {"title": {"text": "Rating, Elo points"}},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "shapes": [{"type": "line", "x0": 1000, "x1": 1000, "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 1}}],
        "annotations": [
            {"x": end, "y": row.model, "text": rank_text(row), "showarrow": False, "xanchor": "left", "xshift": 6}
            for row, end in zip(rated, upper, strict=True)
        ],
    }
    return Chart(
        name="intervals",
        title=_finding(rated),
        note=f"Dot: rating. Line: 95% interval{scope and f' {scope}'}. Beside it: the ranks the intervals leave open.",
        figure={"data": [trace], "layout": layout},
        columns=("Model", "Rating", "Lower", "Upper", "Rank", "Best rank", "Worst rank"),
        rows=tuple(
            (row.model, row.rating, row.lower, row.upper, row.rank, row.rank_best, row.rank_worst) for row in rated
        ),
    )


def rank_text(row: StandingRow) -> str:
    """The rank range, or the rank where there is none; "unranked" under four battles."""
    if row.rank is None:
        return "unranked"
    if row.rank_best is None or row.rank_worst is None or row.rank_best == row.rank_worst:
        return str(row.rank)
    return f"{row.rank_best}–{row.rank_worst}"


def _finding(rated: Sequence[StandingRow]) -> str:
    ranked = [row for row in rated if row.rank is not None]
    if not ranked:
        return "No model has the four battles that a rank needs"
    if len(ranked) == 1:
        return f"{ranked[0].model} is the only ranked model"
    rivals = sum(row.rank_best == 1 and row.rank != 1 for row in ranked)
    reach = {0: "no other interval reaches", 1: "one other interval reaches"}.get(rivals, f"{rivals} others reach")
    return f"{highest_rated(ranked)}; {reach} that of the highest"
