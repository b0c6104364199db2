"""The chain of the vote log holds whatever models and competitions are called later; a changed vote is still found."""

import random
from hashlib import sha256
from importlib import import_module

import pytest
from django.db import connection

from arena.competitions.change_competitions import merge_competitions
from arena.models import Battle, Competition, Vote, VoteChainLink
from arena.votes.hash_chain import broken_links, chain_votes
from providers.models import ImageModel, ModelAlias
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db

FOUND = ["a vote is not what it was when it was chained"]


def make_log() -> tuple[ImageModel, ImageModel, Competition]:
    """Six chained votes on two models."""
    a, b = make_model(slug="alpha"), make_model(slug="beta")
    competition = make_competition()
    make_votes(competition, (a, b, "left", 3), (b, a, "tie", 2), (a, b, "both_bad", 1))
    assert chain_votes() == 6
    return a, b, competition


def rename(model: ImageModel, slug: str) -> None:
    ImageModel.objects.filter(pk=model.pk).update(slug=slug)


def swap(one: ImageModel, other: ImageModel) -> None:
    """Two models take each other's slug, so that no alias tells who was called what."""
    slugs = [ImageModel.objects.get(pk=model.pk).slug for model in (one, other)]
    for model, slug in ((one, "between"), (other, slugs[0]), (one, slugs[1])):
        ModelAlias.objects.filter(slug=slug).delete()
        rename(model, slug)
        ModelAlias.objects.filter(model__in=(one, other)).delete()


def as_made_before_names_were_kept(link: VoteChainLink) -> None:
    """By the rule of the methodology as it stood, from the votes of this moment."""
    digest = sha256(f"{link.previous_digest}\n".encode())
    for vote in Vote.objects.filter(number__lte=link.last_vote_number).order_by("number").select_related("battle"):
        left, right = vote.battle.left_model.slug, vote.battle.right_model.slug
        digest.update(f"{vote.number}\t{vote.battle.public_id}\t{left}\t{right}\t{vote.outcome}\n".encode())
    VoteChainLink.objects.filter(pk=link.pk).update(digest=digest.hexdigest(), names={}, covers_names=False)


def faults() -> list[str]:
    return [link.fault for link in broken_links()]


def test_a_link_is_what_the_methodology_says() -> None:
    a, b, _ = make_log()
    link = VoteChainLink.objects.get()
    lines = [f"{a.pk}\talpha", f"{b.pk}\tbeta"]
    for vote in Vote.objects.order_by("number").select_related("battle"):
        slugs = {a.pk: "alpha", b.pk: "beta"}
        left, right = slugs[vote.battle.left_model_id], slugs[vote.battle.right_model_id]
        lines.append(f"{vote.number}\t{vote.battle.public_id}\t{left}\t{right}\t{vote.outcome}")
    text = "\n".join(["0" * 64, *lines]) + "\n"
    assert link.digest == sha256(text.encode()).hexdigest()
    assert link.names == {str(a.pk): "alpha", str(b.pk): "beta"}


@pytest.mark.parametrize("old_form", [False, True])
def test_it_holds_after_a_rename_and_back_and_goes_on(old_form: bool) -> None:
    a, b, competition = make_log()
    if old_form:
        as_made_before_names_were_kept(VoteChainLink.objects.get())
    for slug in ("gamma", "alpha", "delta"):
        rename(a, slug)
        assert faults() == []
        make_votes(competition, (a, b, "left", 1))
        assert chain_votes() == 1
    rename(b, "omega")
    assert faults() == []
    Vote.objects.filter(number=Vote.objects.earliest("number").number).update(outcome="right")
    assert faults() == FOUND


def test_it_holds_after_two_models_swap_their_names_and_models_cannot_be_swapped_under_them() -> None:
    a, b, _ = make_log()
    swap(a, b)
    assert faults() == []
    # the lines read as before, by the names of today
    for battle in Battle.objects.all():
        sides = {"left_model": battle.right_model, "right_model": battle.left_model}
        Battle.objects.filter(pk=battle.pk).update(**sides)
    assert faults() == FOUND
    # neither by names that fit
    VoteChainLink.objects.update(names={str(a.pk): "beta", str(b.pk): "alpha"})
    assert faults() == FOUND


def test_the_upgrade_gives_old_links_the_names_of_its_moment() -> None:
    a, b, _ = make_log()
    as_made_before_names_were_kept(VoteChainLink.objects.get())
    with connection.cursor() as cursor:
        cursor.execute(import_module("arena.migrations.0015_chain_names").NAMES_OF_NOW)
    assert VoteChainLink.objects.get().names == {str(a.pk): "alpha", str(b.pk): "beta"}
    swap(a, b)
    assert faults() == []


def test_a_rename_before_the_upgrade_is_known_by_the_alias_it_left() -> None:
    a, b, _ = make_log()
    as_made_before_names_were_kept(VoteChainLink.objects.get())
    rename(a, "gamma")
    rename(b, "delta")
    VoteChainLink.objects.update(names={str(a.pk): "gamma", str(b.pk): "delta"})
    assert faults() == []
    Vote.objects.filter(outcome="tie").update(outcome="left")
    assert faults() == FOUND


@pytest.mark.parametrize("seed", range(8))
def test_it_holds_after_whatever_is_renamed_swapped_and_merged(seed: int) -> None:
    chance = random.Random(seed)
    models = [make_model(slug=f"first-{place}") for place in range(4)]
    competitions = [make_competition("Fox", status="closed") for _ in range(4)]
    for step in range(12):
        one, other = chance.sample(models, 2)
        what = chance.choice(("rename", "back", "swap", "merge", "vote", "vote"))
        if what == "rename":
            rename(one, f"step-{step}")
        elif what == "back" and (alias := ModelAlias.objects.filter(model=one).order_by("slug").first()):
            rename(one, alias.slug)
        elif what == "swap":
            swap(one, other)
        elif what == "merge" and len(competitions) > 1:
            merge_competitions(competitions[0].pk, competitions.pop().pk)
        make_votes(chance.choice(competitions), (one, other, chance.choice(("left", "right", "tie")), 2))
        if chance.random() < 0.6:
            chain_votes()
        assert faults() == []
    chain_votes()
    vote = chance.choice(Vote.objects.order_by("number"))
    Vote.objects.filter(pk=vote.pk).update(outcome="both_bad")
    assert faults() == FOUND
