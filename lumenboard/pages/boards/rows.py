"""From boards as they are read to rows of a list."""

from arena.boards.standings import BoardSummary


def listed_board(summary: BoardSummary) -> dict[str, object]:
    """A board as a row of a list."""
    leader = summary.leader
    return {
        "title": summary.board.title,
        "url": summary.board.url,
        "mode": summary.board.mode,
        "prompt": summary.board.prompt,
        "votes": summary.votes,
        "models": summary.ranked_models,
        "updated_at": summary.computed_at,
        "leader": leader.model if leader else "",
        "leader_rating": leader.rating if leader else None,
        "leader_lower": leader.lower if leader else None,
        "leader_upper": leader.upper if leader else None,
    }
