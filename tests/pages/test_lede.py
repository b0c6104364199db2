"""The sentence over a board says who is first and how sure that is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from arena.boards.claims import Decision, ForPrompts, Lead, PairVerdict
from lumenboard.pages.boards.parts import board_lede

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    model: str
    rank: int | None

    @property
    def slug(self) -> str:
        return self.model.lower()


def decided(kind: str, winner: str = "", number: int = 1204) -> Decision:
    return Decision(kind=kind, winner=winner, number=number, decided_on=date(2026, 5, 3))


def pair(rival: str, better: str = "", beyond: str = "", equivalent: bool = False) -> PairVerdict:
    """Of Ada and a rival; `beyond` is what is decided for prompts like these on a board of several."""
    return PairVerdict(
        first="ada",
        second=rival,
        ahead=40.0,
        several=bool(beyond),
        withheld="",
        better=decided("better", better) if better else None,
        equivalent=decided("equivalent") if equivalent else None,
        for_prompts=ForPrompts(
            kind=beyond,
            winner=better if beyond == "better" else "",
            reason="few_competitions" if beyond == "withheld" else "",
            competitions=3,
            lower=None,
            upper=None,
        )
        if beyond
        else None,
    )


def lede(*rows: tuple[str, int | None], pairs: tuple[PairVerdict, ...] = (), **more) -> str:
    lead = Lead(several=any(one.several for one in pairs), margin=25, pairs=pairs, **more)
    return board_lede([Row(*row) for row in rows], 1284, NOON, lead)


ADA, BO, CY = ("Ada", 1), ("Bo", 2), ("Cy", 3)


def test_who_is_better_than_all_others_is_first_since_a_vote() -> None:
    said = (
        "As of 23 November, Ada is first on this prompt: better than Bo, since vote 1,204, 3 May 2026. "
        "2 ranked models, 1,284 votes."
    )
    assert lede(ADA, BO, pairs=(pair("bo", "ada"),)) == said


def test_on_a_board_of_several_prompts_first_is_for_prompts_like_these() -> None:
    pairs = (pair("bo", "ada", "better"), pair("cy", "ada", "better"))
    said = "Ada is first for prompts like these: better than each of the 2 other ranked models, on these prompts since"
    assert said in lede(ADA, BO, CY, pairs=pairs)


def test_a_verdict_on_these_prompts_alone_makes_nobody_first_for_prompts_like_these() -> None:
    said = lede(ADA, BO, pairs=(pair("bo", "ada", "undecided"),))
    assert "Ada is rated highest; whether it is better than Bo for prompts like these is undecided." in said


def test_one_ranked_model_leads_nobody() -> None:
    said = "As of 23 November, Ada is the only ranked model: there is no other to compare it with yet. 1,284 votes."
    assert lede(ADA, ("Bo", None)) == said


def test_rivals_are_named_up_to_three() -> None:
    said = lede(ADA, BO, CY, pairs=(pair("bo"), pair("cy")))
    assert "Ada is rated highest; whether it is better than Bo and Cy on this prompt is undecided." in said


def test_many_rivals_are_counted() -> None:
    rows = [ADA, *((name, 2 + i) for i, name in enumerate("BCDEF"))]
    pairs = (*(pair(name.lower()) for name in "BCDE"), pair("f", "ada"))
    assert "whether it is better than 4 of the 5 others on this prompt is undecided." in lede(*rows, pairs=pairs)
    assert "better than any of the 4 others" in lede(*rows[:-1], pairs=pairs[:-1])


def test_a_shared_highest_rating_is_said_and_claims_nothing() -> None:
    said = lede(ADA, ("Bo", 1), ("Cy", 1), pairs=(pair("bo"), pair("cy", equivalent=True)))
    assert "Ada, Bo and Cy share the highest rating; Cy is equivalent to Ada within ±25 points on this prompt; " in said
    assert "whether Ada is better than Bo on this prompt is undecided." in said
    assert " is first" not in said


def test_who_was_decided_better_but_is_rated_lower_now_is_not_hidden() -> None:
    assert "Ada is rated highest; Bo is better than it on this prompt." in lede(ADA, BO, pairs=(pair("bo", "bo"),))


def test_what_is_withheld_is_not_claimed() -> None:
    said = lede(ADA, BO, pairs=(pair("bo", "ada", "withheld"),))
    assert "nothing is claimed for prompts like these about it and Bo." in said
    assert "nothing is claimed on this prompt: the votes are still to be judged." in lede(
        ADA, BO, withheld="not_judged"
    )


def test_nothing_ranked_is_said() -> None:
    assert lede(("Ada", None)).startswith("No rankings yet")
