"""A model at several endpoints with pictures of the same prompts and seeds, and votes on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from arena.models import (
    Competition,
    ParityBattle,
    ParityBoard,
    ParityEndpoint,
    ParityEntry,
    ParityScene,
    ParityTally,
    ParityVote,
    RefusedParityVote,
    Voter,
)
from arena.models.battles import battle_token
from arena.parity.cast_vote import cast_parity_vote
from arena.parity.entries import board_for, endpoint_for, scene_for
from arena.parity.open_battle import insert_parity_battle, open_parity_battle
from arena.voting.ballot import Ballot, RecordedVote
from arena.voting.open_battle import Matchup
from providers.models import Endpoint, ImageModel, Provider
from providers.pricing import Size
from tests.arena.factories import make_competition, make_image, make_model
from tests.voting.factories import NETWORK, make_picture

SIZE = Size(width_px=48, height_px=48)
PROVIDERS = ("fernhost", "mosscloud", "reedworks")


@dataclass(frozen=True)
class ParityWorld:
    """`entries` by scene and key."""

    board: ParityBoard
    model: ImageModel
    competitions: Sequence[Competition]
    keys: tuple[str, ...]
    entries: dict[tuple[int, str], ParityEntry]

    @property
    def scenes(self) -> list[ParityScene]:
        return list(self.board.scenes.order_by("pk"))


def make_parity(providers: int = 2, prompts: int = 1, seeds: int = 2, status: str = "live", **fields) -> ParityWorld:
    """A board on which every endpoint has an entry of each prompt and seed."""
    model = make_model("Quillfeather Nine", slug="quillfeather-9", creator="heronworks")
    rows = []
    for slug in PROVIDERS[:providers]:
        provider, _ = Provider.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
        rows.append(
            Endpoint.objects.create(
                key=f"{slug}/{model.slug}",
                model=model,
                provider=provider,
                provider_model_id=model.slug,
                modes=["text-to-image"],
            )
        )
    competitions = [
        make_competition(f"Tin robots {place}", prompt="Two tin robots playing chess", **fields)
        for place in range(prompts)
    ]
    entries = {}
    with transaction.atomic():
        board = board_for(model.pk, "text-to-image")
        ends = [endpoint_for(board, row.key, row) for row in rows]
        for competition in competitions:
            for seed in range(1, seeds + 1):
                scene = scene_for(board, competition, seed, SIZE)
                for place, end in enumerate(ends):
                    picture = make_picture(1000 * scene.pk + place)
                    entries[scene.pk, end.key] = ParityEntry.objects.create(
                        scene=scene, endpoint=end, image=picture, status=status, simulated=True
                    )
    return ParityWorld(board, model, competitions, tuple(row.key for row in rows), entries)


def make_parity_rows(model: ImageModel, competition: Competition) -> ParityBoard:
    """One of everything that hangs on a board, without pictures' files."""
    board = ParityBoard.objects.create(model=model, mode="text-to-image")
    ends = [ParityEndpoint.objects.create(board=board, key=f"{slug}/{model.slug}") for slug in PROVIDERS[:2]]
    scene = ParityScene.objects.create(board=board, competition=competition, seed=1, width_px=48, height_px=48)
    entries = [ParityEntry.objects.create(scene=scene, endpoint=end, image=make_image()) for end in ends]
    sides = {"left_endpoint": ends[0], "right_endpoint": ends[1]}
    battle = ParityBattle.objects.create(scene=scene, left_entry=entries[0], right_entry=entries[1], **sides)
    ParityVote.objects.create(battle=battle, outcome="left")
    ParityTally.objects.create(scene=scene, **sides, left=1)
    RefusedParityVote.objects.create(battle=battle, reason="expired")
    return board


def make_parity_battle(voter: Voter):
    """Its id and its token."""
    battle = open_parity_battle(voter.id, NETWORK)
    return battle, battle_token(battle)


def judge(world: ParityWorld, left: str, right: str, outcome: str, times: int = 1) -> list[RecordedVote]:
    """Votes on two endpoints, each by a voter of its own, over the scenes in turn."""
    scenes, votes = world.scenes, []
    for number in range(times):
        voter = Voter.objects.create()
        scene = scenes[number % len(scenes)]
        pair = Matchup(world.entries[scene.pk, left].pk, world.entries[scene.pk, right].pk, 1.0)
        battle = insert_parity_battle(pair, voter.id, f"{number:064x}")
        assert battle is not None
        votes.append(cast_parity_vote(Ballot(battle, battle_token(battle), outcome, voter.id, f"{number:064x}")))
    return votes
