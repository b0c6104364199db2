"""Every address of the site with secrets in the database: operators see them, nobody else does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import pytest
from django.core.signing import get_cookie_signer
from django.test import Client

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.client import VOTER_COOKIE, VOTER_SALT
from arena.models import Board
from arena.voting.draw_pools import invalidate_contests
from arena.voting.image_padding import invalidate_frames
from lumenboard.pages.base import invalidate_freshness
from tests.visibility.addresses import api_addresses, arguments, filled, page_addresses, patterns
from tests.visibility.secret_world import SECRET, SecretWorld, make_secret_world

pytestmark = pytest.mark.django_db
# what differs between two askings of one address
CHANGING = re.compile(rb'csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": ?"\w+"|nonce="[^"]*"')


@dataclass(frozen=True)
class Answer:
    """What a client was sent; `content` whole, streamed or not."""

    address: str
    status: int
    content: bytes
    location: str
    cache_control: str
    kind: str


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> SecretWorld:
    settings.MEDIA_ROOT = tmp_path
    settings.VOTES_DELAY_HOURS = 0
    forget_everything()
    return make_secret_world()


def forget_everything() -> None:
    invalidate_contests()
    invalidate_frames()
    invalidate_freshness()


def ask(client: Client, address: str, method: str = "get", data: Any = None, **headers: str) -> Answer:
    sent: Any = getattr(client, method)(address, data, **headers)
    content = sent.getvalue()
    return Answer(
        address,
        sent.status_code,
        content,
        sent.headers.get("Location", ""),
        sent.headers.get("Cache-Control", ""),
        sent.headers.get("Content-Type", ""),
    )


def client_of(world: SecretWorld, who: str) -> Client:
    """Without log-in, as somebody without permissions, or as the operator; all with the cookie of one voter."""
    client = Client()
    client.cookies[VOTER_COOKIE] = get_cookie_signer(salt=VOTER_COOKIE + VOTER_SALT).sign(str(world.voter.pk))
    if who != "anonymous":
        client.force_login(getattr(world, who))
    return client


def sightings(world: SecretWorld, answer: Answer, contents: list[bytes]) -> list[str]:
    """Secrets in an answer that were not in its question."""
    asked = unquote(answer.address).lower()
    told = f"{answer.location}\n{answer.content.decode(errors='replace')}".lower()
    for part in sorted(re.findall(r"[\w.-]+", asked), key=len, reverse=True):
        if any(word in part for word in world.words):
            told = told.replace(quote(part), "").replace(part, "")
    seen = [word for word in world.words if word in told]
    return [*seen, *("a picture" for content in contents if answer.content.startswith(content))]


def all_addresses(world: SecretWorld) -> list[str]:
    return [*page_addresses(world), *api_addresses(world)]


def seen_by(world: SecretWorld, who: str, addresses: list[str]) -> dict[str, list[str]]:
    """By address, the secrets in its answer."""
    client, contents = client_of(world, who), world.contents
    found = {address: sightings(world, ask(client, address), contents) for address in addresses}
    return {address: seen for address, seen in found.items() if seen}


def test_every_pattern_has_arguments_here(world: SecretWorld) -> None:
    values = arguments(world)
    assert len(patterns()) > 300
    assert all(filled(route, values) for route in patterns())


def test_a_pattern_that_is_not_known_here_fails() -> None:
    with pytest.raises(LookupError, match="there is no value for 'study'"):
        filled("studies/<str:study>", {"key": ["one"]})


def test_nobody_without_a_log_in_sees_a_secret_at_any_address(world: SecretWorld) -> None:
    assert seen_by(world, "anonymous", all_addresses(world)) == {}


def test_after_an_operator_has_looked_and_boards_were_computed_a_stranger_sees_none(world: SecretWorld) -> None:
    boards = list(Board.objects.values_list("pk", flat=True))
    recompute_boards(boards)
    complete_boards(boards)
    # of the admin's two hundred forms those that know of competitions
    addresses = [one for one in page_addresses(world) if not one.startswith("/admin/") or "/competition/" in one]
    contents = world.contents
    operator = client_of(world, "operator")
    answers = [(answer, sightings(world, answer, contents)) for answer in (ask(operator, one) for one in addresses)]
    # the walk can see what it looks for, and what only operators see is kept by no cache
    expected = {"a picture", SECRET, world.draft.public_id, *(picture.sha256 for picture in world.pictures)}
    assert expected <= {word for _, seen in answers for word in seen}
    assert [answer.address for answer, seen in answers if seen and "no-store" not in answer.cache_control] == []
    assert seen_by(world, "stranger", addresses) == {}


def twin_of(world: SecretWorld, address: str) -> str:
    """The same address with names of things that do not exist in place of secrets."""
    made = address.replace(SECRET, "qqk")
    for word in (world.merged_id, *world.words[1:]):
        made = made.replace(word, "7" * len(word))
    for battle in world.battles.values():
        made = made.replace(battle, str(UUID(int=7)))
    return made


def plain(answer: Answer) -> tuple[int, bytes, str, str]:
    """An answer without what was asked."""
    content = CHANGING.sub(b"", answer.content)
    for part in sorted(re.findall(r"[\w-]{3,}", unquote(answer.address)), key=len, reverse=True):
        content = content.replace(quote(part).encode(), b"?").replace(part.encode(), b"?")
    return answer.status, content, answer.cache_control, answer.kind


def test_secrets_are_answered_like_things_that_do_not_exist(world: SecretWorld) -> None:
    """Also to whoever says that they have any answer already."""
    stranger = client_of(world, "anonymous")
    # the voter's own battles are void, and lead on
    apart = ("/battles/", "/vote/parity/", "/admin/")
    named = [address for address in all_addresses(world) if not any(part in address for part in apart)]
    named = [address for address in named if twin_of(world, address) != address]
    assert len(named) > 200
    differing = []
    for address in named:
        one, other = (ask(stranger, asked, HTTP_IF_NONE_MATCH="*") for asked in (address, twin_of(world, address)))
        if plain(one) != plain(other):
            differing.append((address, one.status, other.status))
    assert differing == [], "\n".join(map(str, differing))


def test_posts_tell_no_secret(world: SecretWorld) -> None:
    client, contents = client_of(world, "anonymous"), world.contents
    model = world.models[0].slug
    sent = {"model": model, "prompt": "a prompt", "mode": "text-to-image", "within": world.draft.public_id}
    sent |= {"outcome": "left", "token": "0" * 32, "reason": "Something else", "requests": "none", "title": "a title"}
    found = {}
    for route in patterns():
        for address in filled(route, arguments(world)):
            answer = ask(client, address, "post", sent)
            seen = sightings(world, replace(answer, address=f"{address}?{model}&{world.draft.public_id}"), contents)
            if seen:
                found[address] = seen
    assert found == {}
