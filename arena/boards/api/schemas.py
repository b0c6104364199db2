"""Shapes of what the board operations answer."""

from datetime import datetime

from ninja import Field, Schema

from providers.api_types import Problem


class UnfitProblem(Problem):
    """Why a method has no figures on a board."""

    models: list[str] = Field(description="Slugs of the models without which the fit exists.")


class Leader(Schema):
    """The one model rated highest: a figure, and no claim that it is better than another (see the pairs)."""

    model: str
    slug: str
    creator: str
    rating: float | None


class BoardItem(Schema):
    """A board in the list."""

    id: str
    kind: str = Field(description="mode, category or competition.")
    title: str
    mode: str
    votes: int
    ranked_models: int
    computed_at: datetime | None
    leader: Leader | None = Field(description="Null under two ranked models, and where several share the rating.")


class BoardList(Schema):
    """All boards that were asked for."""

    items: list[BoardItem]
    count: int


class StandingItem(Schema):
    """One model on a board, in board order."""

    model: str
    slug: str
    creator: str
    family: str = Field(description="Slug of the line of its creator; empty without one.")
    rating: float | None = Field(description="Elo scale, two decimals; null when not yet comparable.")
    lower: float | None = Field(
        description="Lower end of the 95% interval that is shown and that `rank_best` and `rank_worst` follow from: on "
        "the headline of boards of several competitions that for prompts like these, where `prompts_withheld` is "
        "empty; else that on the board's own prompts only."
    )
    upper: float | None
    rank: int | None = Field(description="Null under 4 battles, and when not yet comparable.")
    rank_best: int | None
    rank_worst: int | None
    wins: int
    losses: int
    ties: int = Field(description="Both-bad outcomes included.")
    both_bad: int
    battles: int
    win_rate: float | None = Field(description="Wins of all battles, in per cent, one decimal.")
    comparable: bool
    mean_opponent: float | None = Field(description="Mean rating of the opponents, over battles; fitted methods only.")
    expected_wins: float | None = Field(
        description="Points a model rated 1000 would have taken against the same opponents, a tie counting half."
    )
    conditional_lower: float | None = Field(
        description="Lower end of the 95% interval on the board's own prompts only (the sandwich); null by methods "
        "without intervals, and in snapshots of versions before it was kept."
    )
    conditional_upper: float | None
    competitions: int | None = Field(
        description="How many competitions of the board have battles of the model. Null on a competition's own board, "
        "by other methods than the headline's, for models that are not comparable, and in older snapshots."
    )
    prompts_lower: float | None = Field(
        description="Lower end of the 95% interval for prompts like these; headline only."
    )
    prompts_upper: float | None
    new_prompt_lower: float | None = Field(
        description="Lower end of the 95% prediction for one new prompt; headline only."
    )
    new_prompt_upper: float | None
    prompts_withheld: str = Field(
        description="Why the four are null where `competitions` is not: few_competitions (under 5), cut_off (one "
        "competition alone links it), too_large (a board too large to be fitted without each competition) or "
        "not_converged. Empty where they are given, and where `competitions` is null."
    )
    rank_set_best: int | None = Field(
        description="Best rank in sets that hold for all ranked models at once, 95 times in 100, on the board's own "
        "prompts; headline only, of boards with up to 600 ranked models, and null where ranks are counted among fewer."
    )
    rank_set_worst: int | None
    prompts_rank_set_best: int | None = Field(
        description="The same for prompts like these; boards of several competitions only."
    )
    prompts_rank_set_worst: int | None


class BoardAnswer(Schema):
    """A board, how it was computed, and its standings; before its first computation the latter are empty."""

    id: str
    kind: str
    title: str
    mode: str
    votes: int = Field(description="Votes the figures rest on.")
    excluded_votes: int = Field(
        description="Votes an operator took out or the site set aside; they are stored and exported, and count in "
        "`method=every-vote`."
    )
    ranked_models: int
    method: str
    parameters: dict[str, float]
    version: str
    last_vote_number: int
    digest: str | None = Field(description="SHA-256 of the canonical tally lines the figures rest on.")
    prior_decides_ends: bool
    computed_at: datetime | None
    findings: dict[str, object] = Field(
        description="Headline only: fewest votes that change the first place when they are taken away "
        "(`fragility`), cast besides (`fragility.added`) or turned round (`fragility.flipped`), side bias, "
        "ranks by tie policy; "
        "`set_aside` counts the votes that do not count by why: `operator`, or the site's `too_fast`, `voter_bound`, "
        "`network_bound`, `newcomers_bound`, `lift`; "
        "`voters`, found each night: `factor`, by how much intervals on these prompts would be wider (median of "
        "`models`) by voter, since the votes of one are not independent, from `votes` of so many `voters` "
        "(both null under 20), of its own `digest`; "
        "`digest` says of which votes. They follow a recompute within minutes."
    )
    standings: list[StandingItem]


class HistoryStanding(Schema):
    """One rated model at one moment."""

    slug: str
    rating: float
    lower: float | None = Field(description="As a standing's, by the version of its time.")
    upper: float | None
    conditional_lower: float | None
    conditional_upper: float | None
    rank: int | None


class HistoryPoint(Schema):
    """One kept snapshot."""

    computed_at: datetime
    version: str = Field(description="Of the method; before 4, bounds were on the board's own prompts only.")
    votes: int
    excluded_votes: int
    last_vote_number: int
    digest: str
    standings: list[HistoryStanding]


class History(Schema):
    """Kept snapshots of a board's headline, oldest first."""

    id: str
    items: list[HistoryPoint]


class Pair(Schema):
    """Two models, the higher rated one first. Figures of one snapshot, which decide nothing: see the verdicts."""

    first: str
    second: str
    probability: float = Field(
        description="A figure of this snapshot: the chance that the first is stronger on these prompts, from the "
        "covariance, as if votes were looked at once. It decides nothing: looked at often, it passes 0.975 by chance."
    )
    votes_needed: int | None = Field(
        description="Further votes on the pair until 1.96 standard errors lie between the two in every second run, at "
        "one look; 0: they do now, which is no verdict. The board's planner says how many a verdict takes."
    )


class Pairs(Schema):
    """Every pair of rated models, in board order."""

    id: str
    digest: str | None
    items: list[Pair]


class SideCounts(Schema):
    """Outcomes of one ordered pair; the left model was shown on the left."""

    left: str
    right: str
    left_wins: int
    right_wins: int
    ties: int
    both_bad: int


class Matrix(Schema):
    """Who met whom how often, and who took how many points; rows and columns in the order of `models`."""

    id: str
    models: list[str] = Field(description="Slugs, ascending.")
    battles: list[list[int]]
    points: list[list[float]] = Field(description="Of the row's model against the column's; a tie is half a point.")
    sides: list[SideCounts]
