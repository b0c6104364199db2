"""A small world to vote in, and voters with browsers of their own."""

import re
from dataclasses import dataclass

import numpy as np
from django.test import Client
from PIL import Image

from arena.images.handover import store_image
from arena.images.imaging import encode
from arena.models import Competition, StoredImage, Voter
from arena.models.battles import battle_token
from arena.voting.open_battle import open_battle
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_entry, make_model

NETWORK = "f" * 64


def make_picture(seed: int, side_px: int = 48) -> StoredImage:
    noise = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    return store_image(encode(Image.fromarray(noise)))


def make_contest(models: int = 3, title: str = "Tin robots", **fields) -> tuple[Competition, list[ImageModel]]:
    """An open competition in which every model has one live picture."""
    competition = make_competition(title, prompt="Two tin robots playing chess", **fields)
    entrants = [make_model(f"Quillfeather {title} {letter}", creator="heronworks") for letter in "ABCDEFGHIJ"[:models]]
    for number, model in enumerate(entrants):
        make_entry(competition, model, image=make_picture(competition.id * 100 + number))
    return competition, entrants


def make_battle(voter: Voter, within: int | None = None):
    """Its id and its token."""
    battle = open_battle(voter.id, NETWORK, within)
    return battle, battle_token(battle)


@dataclass(frozen=True)
class Shown:
    """What a page shows of a battle."""

    battle: str
    token: str
    html: str


def look(client: Client, path: str = "/vote") -> Shown:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, answer.content
    html = answer.content.decode()
    token = re.search(r'name="token" value="([0-9a-f]{32})"', html)
    battle = re.search(r'data-battle="([0-9a-f-]{36})"', html)
    assert battle, html
    return Shown(battle[1], token[1] if token else "", html)


def send(client: Client, shown: Shown, outcome: str = "left", step: str = "vote", **headers: str):
    data = {"token": shown.token, "outcome": outcome}
    return client.post(f"/battles/{shown.battle}/{step}", data, headers=headers)
