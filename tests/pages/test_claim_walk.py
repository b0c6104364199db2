"""Whatever a page, an answer or a feed claims of two models is what the verdict of that board says, and no more."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.boards.verdicts import BoardVerdicts, board_verdicts
from arena.models import Board, Vote
from lumenboard.demo.seed import seed_demo
from providers.models import ImageModel
from tests.arena.factories import LIGHTFIELD, import_text, make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
SCOPES = r"(?:for prompts like these|on these prompts|on this prompt)"
# words that claim without a verdict, wherever they stand
FORBIDDEN = re.compile(
    r"beyond doubt|told apart|with probability|\bleads\b|\bbeats\b|takes first place|share first place|probably beaten"
)


@dataclass(frozen=True)
class Claim:
    """What one sentence says: better (with the better one), equivalent, undecided or withheld; about which prompts."""

    kind: str
    winner: str
    scope: str


def words(path: str) -> str:
    """A page as it is read, without scripts and drawings."""
    answer = Client().get(path)
    assert answer.status_code == 200, path
    text = re.sub(r"<(script|template|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def claims_in(text: str, names: list[str]) -> Iterator[tuple[frozenset[str], Claim]]:
    """Each sentence of the forms there are, read back; names are told from longest to shortest."""
    name = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    pair = rf"({name}) and ({name})"
    patterns: list[tuple[str, Callable[[Any], tuple[frozenset[str], Claim]]]] = [
        (rf"({name}) is better than ({name}) ({SCOPES})", lambda m: _claim(m[1], m[2], "better", m[1], m[3])),
        (rf"{pair} are equivalent within ±\d+ points ({SCOPES})", lambda m: _claim(m[1], m[2], "equivalent", "", m[3])),
        (rf"Which of {pair} is better ({SCOPES}) is undecided", lambda m: _claim(m[1], m[2], "undecided", "", m[3])),
        (rf"[Nn]othing is claimed about {pair} ({SCOPES})", lambda m: _claim(m[1], m[2], "withheld", "", m[3])),
    ]
    for pattern, reading in patterns:
        for match in re.finditer(pattern, text):
            yield reading(match)


def _claim(one: str, other: str, kind: str, winner: str, scope: str) -> tuple[frozenset[str], Claim]:
    return frozenset((one, other)), Claim(kind, winner, scope)


def lead_in(text: str, names: list[str]) -> dict[str, Any]:
    """What a first sentence says of the top: who is first, who is rated highest, who is still open."""
    name = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    first = re.search(rf"({name}) is first ({SCOPES})", text)
    open_ = re.search(rf"whether (?:it|{name}) is better than ([^;.]*?) ({SCOPES}) is undecided", text)
    return {
        "first": first and first[1],
        "scopes": set(re.findall(SCOPES, first[0] if first else open_[0] if open_ else "")),
        "open": set(re.findall(name, open_[1])) if open_ else set(),
        "open_number": int(found[1])
        if open_ and (found := re.search(r"(\d+) of the|any of the (\d+)", open_[1])) and found[1]
        else None,
    }


@dataclass(frozen=True)
class Walk:
    """One board with its verdicts and the names of its models; pages of Compare are kept, which are of many boards."""

    board: Board
    verdicts: BoardVerdicts
    names: dict[str, str]
    compared: dict[frozenset[str], str]

    @property
    def ranked(self) -> list[str]:
        return [slug for slug in self.verdicts.order if slug in self.verdicts.ranked]

    @property
    def scope(self) -> str:
        return "on this prompt" if self.board.kind == "competition" else "for prompts like these"

    def expected(self, one: str, other: str) -> Claim:
        (verdict,) = self.verdicts.of([(one, other)])
        winner = self.names[verdict.winner] if verdict.kind == "better" else ""
        return Claim(verdict.kind, winner, self.scope)


def walks() -> list[Walk]:
    names = dict(ImageModel.objects.values_list("slug", "name"))
    compared: dict[frozenset[str], str] = {}
    return [Walk(board, board_verdicts(board), names, compared) for board in Board.objects.public()]


def check_everything() -> int:
    """How many neighbour pairs were read on every page."""
    pairs = 0
    home, index = words("/"), words("/leaderboards")
    for walk in walks():
        key, names = walk.board.key, list(walk.names.values())
        lede, planner = words(f"/leaderboards/{key}"), words(f"/leaderboards/{key}/planner")
        others = [words(f"/leaderboards/{key}/{page}") for page in ("charts", "value", "changes")]
        feed = words(f"/leaderboards/{key}/changes.atom")
        for text in (home, index, lede, planner, feed, *others):
            assert not FORBIDDEN.search(text), (key, FORBIDDEN.search(text))
            check_sentences(walk, text, names)
        check_lede(walk, lede, names)
        if walk.board.kind == "mode" and walk.board.mode == "text-to-image":
            check_lede(walk, home, names)
        answers = [
            item
            for offset in range(0, len(walk.names) ** 2 // 2, 500)
            for item in Client().get(f"/api/v1/leaderboards/{key}/verdicts?limit=500&offset={offset}").json()["items"]
        ]
        for one, other in pairwise(walk.ranked):
            check_pair(walk, one, other, planner, names, answers)
            pairs += 1
    return pairs


def check_sentences(walk: Walk, text: str, names: list[str]) -> None:
    slugs = {name: slug for slug, name in walk.names.items()}
    for pair, claim in claims_in(text, names):
        if {slugs[one] for one in pair} <= walk.verdicts.ranked and claim.scope == walk.scope:
            assert claim == walk.expected(*(slugs[one] for one in pair)), (walk.board.key, pair)


def check_lede(walk: Walk, text: str, names: list[str]) -> None:
    if len(walk.ranked) < 2:
        assert not re.search(rf"is first {SCOPES}|rated highest|highest rating", text.partition("Board Charts")[0])
        return
    said = lead_in(text, names)
    leader, *rivals = walk.ranked
    found = {rival: walk.expected(leader, rival) for rival in rivals}
    is_first = all(claim.winner == walk.names[leader] for claim in found.values())
    assert (said["first"] == walk.names[leader]) == is_first, walk.board.key
    still_open = {walk.names[rival] for rival, claim in found.items() if claim.kind == "undecided"}
    if said["open"]:
        assert said["open"] == still_open, walk.board.key
    if said["open_number"] is not None:
        assert said["open_number"] == len(still_open), walk.board.key
    assert said["scopes"] <= {walk.scope}, walk.board.key


def check_pair(walk: Walk, one: str, other: str, planner: str, names: list[str], answers: list[dict[str, Any]]) -> None:
    expected, pair = walk.expected(one, other), frozenset((walk.names[one], walk.names[other]))
    cell = {
        "better": f"{expected.winner} is better",
        "equivalent": "equivalent within",
        "undecided": "undecided",
        "withheld": "not claimed",
    }[expected.kind]
    assert f"{walk.names[one]} and {walk.names[other]} {cell}" in planner, (walk.board.key, pair)
    if walk.board.kind == "mode":  # the other boards' planner says it in its table
        asked = words(f"/leaderboards/{walk.board.key}/planner?a={one}&b={other}")
        assert dict(claims_in(asked, names))[pair] == expected
    first, second = sorted((one, other))
    page = walk.compared.get(pair) or words(f"/compare/{first}/{second}")
    walk.compared[pair] = page
    check_compare(walk, page, (walk.names[one], walk.names[other]), expected, names)
    (item,) = [item for item in answers if {item["first"], item["second"]} == {one, other}]
    winner = walk.names[item["winner"]] if item["kind"] == "better" else ""
    assert Claim(item["kind"], winner, walk.scope) == expected
    assert dict(claims_in(item["claim"], names))[pair] == expected


def check_compare(walk: Walk, page: str, pair: tuple[str, str], expected: Claim, names: list[str]) -> None:
    assert not FORBIDDEN.search(page)
    if walk.board.kind == "mode" and f"On the {walk.board.mode.replace('-', ' ')} board:" in page:
        assert dict(claims_in(page, names))[frozenset(pair)] == expected
    cell = {"better": f"{expected.winner} is better", "equivalent": r"equivalent within ±\d+ points"}
    cell |= {"undecided": "undecided", "withheld": "not claimed: [^#]*?"}
    kind = re.escape(cell[expected.kind]) if expected.kind == "better" else cell[expected.kind]
    assert re.search(rf"{kind} {walk.scope}", page), (walk.board.key, pair)


def judge() -> None:
    Vote.objects.filter(cast_at=None).update(cast_at=timezone.now())
    recompute_changed_boards()
    complete_changed_boards()


def test_the_demo_world_contradicts_itself_nowhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    seed_demo(lambda _: None, side_px=64)
    judge()
    assert check_everything() > 100


def test_the_votes_of_lightfield_contradict_themselves_nowhere() -> None:
    import_text(LIGHTFIELD.read_text(), mode="image-edit", title="Lightfield", competition_column="category")
    judge()
    kinds = {walk.expected(*pair).kind for walk in walks() for pair in pairwise(walk.ranked)}
    assert {"better", "undecided"} <= kinds
    assert check_everything() > 20


def test_nothing_is_claimed_of_one_ranked_model() -> None:
    only, other, third = make_model("Only"), make_model("Other"), make_model("Third")
    make_votes(make_competition(), (only, other, "left", 2), (only, third, "left", 2))
    judge()
    assert check_everything() == 0
    page = words("/leaderboards/mode-text-to-image")
    assert "Only is the only ranked model: there is no other to compare it with yet" in page


def test_a_board_of_ties_alone_names_nobody_first() -> None:
    models = [make_model(name) for name in ("Ash", "Birch", "Cedar")]
    make_votes(make_competition(), *[(one, two, "tie", 3) for one, two in pairwise([*models, models[0]])])
    judge()
    assert check_everything() == 4
    assert "Ash, Birch and Cedar share the highest rating" in words("/leaderboards/mode-text-to-image")


def test_three_equals_are_not_told_one_before_the_other() -> None:
    models = [make_model(name) for name in ("Ash", "Birch", "Cedar")]
    battles = [(one, two, side, 40) for one, two in pairwise([*models, models[0]]) for side in ("left", "right")]
    make_votes(make_competition(), *[each for _ in range(1) for each in battles])
    judge()
    assert check_everything() == 4
    answer = Client().get("/api/v1/leaderboards").json()
    assert [board["leader"] for board in answer["items"]] == [None, None]
    assert "3 models share the highest rating" in words("/leaderboards")


def test_the_walk_sees_a_contradiction() -> None:
    names = ["Ash", "Birch"]
    (found,) = claims_in("Ash is better than Birch on this prompt, since vote 3.", names)
    assert found == (frozenset(names), Claim("better", "Ash", "on this prompt"))
    assert FORBIDDEN.search("Ash leads beyond doubt")
    one, other = make_model("Ash"), make_model("Birch")
    make_votes(make_competition(), (one, other, "left", 60))
    judge()
    walk = next(walk for walk in walks() if walk.board.kind == "competition")
    with pytest.raises(AssertionError):
        check_sentences(walk, "Birch is better than Ash on this prompt", names)
    with pytest.raises(AssertionError):
        check_lede(walk, "Ash is rated highest; whether it is better than Birch on this prompt is undecided", names)
