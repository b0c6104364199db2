"""A site with things to see and things that only operators may see; every secret's name begins with `zqxveil`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.competitions.change_competitions import merge_competitions
from arena.models import (
    Board,
    Category,
    Competition,
    EntrantUpload,
    Entry,
    ParityEntry,
    PromptSuggestion,
    Snapshot,
    StoredImage,
    Study,
    Voter,
)
from arena.parity.entries import board_for, endpoint_for, scene_for
from arena.parity.open_battle import invalidate_parity_pools, open_parity_battle
from arena.parity.recompute import recompute_parity_boards
from arena.studies.invitations import invite_by_mail
from arena.studies.people import make_study
from arena.voting.ballot import Ballot
from arena.voting.battle_steps import reveal_battle
from arena.voting.cast_vote import cast_vote
from providers.models import Creator, Family, ImageModel, ModelAlias
from providers.pricing import Size
from tests.facts.factories import make_endpoint, make_price
from tests.voting.factories import NETWORK, make_battle, make_contest, make_picture

# long enough not to come up in tokens by chance
SECRET = "zqxveil"


@dataclass
class SecretWorld:
    """`ids` are public ids of secrets, `keys` of their boards; `known` names public things of the same kinds; `hidden`
    are the pictures of a held and a retired entry, which are among `pictures` too."""

    draft: Competition
    open: Competition
    merged_id: str
    category: Category
    models: list[ImageModel]
    pictures: list[StoredImage]
    hidden: list[StoredImage]
    entry_ids: list[str]
    voter: Voter
    battles: dict[str, str]
    study: Study
    upload: EntrantUpload
    operator: User
    stranger: User
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """No answer to a stranger may hold one of these."""
        ids = [
            self.draft.public_id,
            self.category.public_id,
            self.study.public_id,
            self.upload.public_id,
            *self.entry_ids,
        ]
        return (SECRET, *ids, *(picture.sha256 for picture in self.pictures))

    @property
    def contents(self) -> list[bytes]:
        """The beginnings of the files nobody may fetch; a battle's picture is one of these, filled up with zeros."""
        files = [part for picture in self.pictures for part in (picture.file, picture.thumbnail)]
        return [self._read(one) for one in files]

    @staticmethod
    def _read(stored: Any) -> bytes:
        with stored.open("rb") as opened:
            return bytes(opened.read())

    @property
    def boards(self) -> list[str]:
        return list(Board.objects.exclude(pk__in=Board.objects.public()).values_list("key", flat=True))

    @property
    def snapshots(self) -> list[str]:
        return [str(pk) for pk in Snapshot.objects.order_by("id").values_list("id", flat=True)]


def make_secret_model(name: str, mode: str = "text-to-image", **fields: Any) -> ImageModel:
    creator, _ = Creator.objects.get_or_create(slug=f"{SECRET}-works", defaults={"name": "Zqxveil Works"})
    family, _ = Family.objects.get_or_create(creator=creator, slug=f"{SECRET}-line", defaults={"name": "Zqxveil Line"})
    model = ImageModel.objects.create(
        slug=f"{SECRET}-{name}",
        name=f"Zqxveil {name.title()}",
        creator=creator,
        family=family,
        modes=[mode],
        tags=[f"{SECRET}tag"],
        tagline="Zqxveil tagline",
        **fields,
    )
    ModelAlias.objects.create(model=model, slug=f"{SECRET}-{name}-alias")
    return model


def make_secret_world() -> SecretWorld:
    """The draft was open once: it has votes, boards of all methods, and counted for its mode and a category."""
    opened, announced = make_contest(4, "Open kites")
    for model in announced:
        make_price(make_endpoint(model, per_image=None), amount_usd="0.02")
        ImageModel.objects.filter(pk=model.pk).update(modes=["text-to-image"])
    shared = Category.objects.create(slug="kites", name="Kites", mode="text-to-image")
    category = Category.objects.create(slug=f"{SECRET}-case", name="Zqxveil case", mode="text-to-image")
    source = make_picture(901)
    draft = Competition.objects.create(
        title="Zqxveil launch", mode="text-to-image", prompt="Zqxveil prompt of a launch", source_image=source
    )
    draft.categories.set([category, shared])
    opened.categories.add(shared)
    secret = [make_secret_model(name) for name in ("amber", "basalt", "cobalt", "dune")]
    # entered for a draft that is still to come
    make_secret_model("early", is_announced=False)
    # the leaders of the open boards would be secrets if the draft counted
    entrants = [*secret[:3], announced[0]]
    entries = [
        Entry.objects.create(competition=draft, model=model, image=make_picture(910 + place), status="live")
        for place, model in enumerate(entrants)
    ]
    held = Entry.objects.create(competition=opened, model=secret[3], image=make_picture(930), status="held")
    retired = Entry.objects.create(competition=opened, model=announced[1], image=make_picture(931), status="retired")
    world = SecretWorld(
        draft=draft,
        open=opened,
        merged_id="",
        category=category,
        models=list(ImageModel.objects.filter(slug__startswith=SECRET)),
        pictures=[source, *(entry.image for entry in (*entries, held, retired) if entry.image)],
        hidden=[entry.image for entry in (held, retired) if entry.image],
        entry_ids=[entry.public_id for entry in (*entries, held)],
        voter=Voter.objects.create(),
        battles={},
        study=_study(),
        upload=_upload(draft),
        operator=User.objects.create_superuser("operator", password="x" * 20),
        stranger=User.objects.create_user("stranger", password="x" * 20),
    )
    world.pictures += [one.image for one in world.upload.pictures.all() if one.image]
    _compare_providers(world, announced[0])
    _vote(world)
    boards = ensure_boards([draft.pk, opened.pk])
    recompute_boards(boards, at=timezone.now() - timedelta(days=2))
    complete_boards(boards)
    _merge_another(world)
    PromptSuggestion.objects.create(prompt=draft.prompt, mode=draft.mode, status="accepted")
    world.known = _known(world, announced)
    Competition.objects.filter(pk=draft.pk).update(status="draft")
    return world


def _upload(draft: Competition) -> EntrantUpload:
    """Looked at, not applied."""
    prompts = [{"name": SECRET, "prompt": f"{SECRET} that nobody has seen", "title": ""}]
    upload = EntrantUpload.objects.create(
        mode="text-to-image", competition=draft, prompts=prompts, status="read", is_unpacked=True, total=1, done=1
    )
    upload.pictures.create(
        place=0, name=f"{SECRET}/{SECRET}.png", first=SECRET, second=SECRET, is_waiting=False, image=make_picture(940)
    )
    return upload


def _compare_providers(world: SecretWorld, model: ImageModel) -> None:
    """Of an announced model: in one mode by a public prompt and by the draft's, in another by the draft's alone."""
    ends = [*model.endpoints.all(), make_endpoint(model, "replicate", per_image="0.03")]
    places = (("text-to-image", world.open), ("text-to-image", world.draft), ("image-edit", world.draft))
    for number, (mode, competition) in enumerate(places):
        with transaction.atomic():
            board = board_for(model.pk, mode)
            scene = scene_for(board, competition, 7, Size(width_px=48, height_px=48))
            for place, end in enumerate(ends):
                image = make_picture(960 + 10 * number + place)
                ParityEntry.objects.create(
                    scene=scene, endpoint=endpoint_for(board, end.key, end), image=image, status="live"
                )
                if competition is world.draft:
                    world.pictures.append(image)
    invalidate_parity_pools()
    battle = open_parity_battle(world.voter.pk, NETWORK)
    world.battles["parity"] = str(battle)
    recompute_parity_boards()


def _vote(world: SecretWorld) -> None:
    """Of one voter, to whom a pair of the draft was revealed, and who has another that waits; and of a crowd."""
    for competition in (world.draft, world.open):
        for outcome in ("left", "left", "right", "tie"):
            battle, token = make_battle(world.voter, competition.pk)
            cast_vote(Ballot(battle, token, outcome, world.voter.pk, NETWORK))
            if competition is world.draft:
                voted = battle
    reveal_battle(voted, world.voter.pk)
    world.battles["revealed"] = str(voted)
    crowd = Voter.objects.create()
    for _ in range(12):
        for competition in (world.draft, world.open):
            battle, token = make_battle(crowd, competition.pk)
            cast_vote(Ballot(battle, token, "left", crowd.pk, NETWORK))
    world.battles["waiting"] = str(make_battle(world.voter, world.draft.pk)[0])


def _study() -> Study:
    """Open, for its members."""
    owner = User.objects.create_user(f"{SECRET}-owner", f"{SECRET}@example.org", "x" * 20)
    made = Study(title="Zqxveil study", question="Which Zqxveil would you buy?", instructions="Zqxveil!", status="open")
    make_study(made, owner.pk)
    invite_by_mail(made, "rater", owner.pk, f"{SECRET}-rater@example.org")
    return made


def _merge_another(world: SecretWorld) -> None:
    gone = Competition.objects.create(
        title="Zqxveil twin", mode="text-to-image", prompt=world.draft.prompt, source_image=world.draft.source_image
    )
    Competition.objects.filter(pk=gone.pk).update(status="draft")
    world.merged_id = gone.public_id
    merge_competitions(world.draft.pk, gone.pk)


def _known(world: SecretWorld, announced: list[ImageModel]) -> dict[str, Any]:
    battle, _ = make_battle(Voter.objects.create(), world.open.pk)
    live = Entry.objects.filter(competition=world.open, status="live").select_related("image").first()
    assert live is not None
    assert live.image is not None
    return {
        "competition": world.open.public_id,
        "board": f"competition-{world.open.public_id}",
        "creator": announced[0].creator.slug,
        "models": [announced[0].slug, announced[1].slug],
        "battle": str(battle),
        "sha256": live.image.sha256,
        "provider": "fal",
        "none": str(uuid4()),
    }
