"""Rows in every table that /admin shows, each naming others than the row before it; and the pages that show them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from arena.boards.recompute import recompute_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import (
    Board,
    BoardExclusion,
    BoardMessage,
    BoardWebhook,
    Category,
    Competition,
    PairReport,
    PromptSuggestion,
    RefusedVote,
    Vote,
    VoteFlag,
    VoteImport,
    Voter,
)
from providers.accounts.api_keys import create_api_key
from providers.models import (
    AlertDelivery,
    AlertIncident,
    AlertRule,
    BudgetCap,
    Creator,
    Endpoint,
    Family,
    ImageModel,
    Provider,
    Receiver,
)
from tests.arena.factories import make_entry, make_image, make_model, make_votes
from tests.catalogue.factories import store
from tests.catalogue.wide import wide_sheet
from tests.dispatch.factories import make_account, make_endpoint, make_intent
from tests.parity.factories import make_parity_rows


def make_every_row(number: int) -> None:
    """At least so many rows of each table, a few of those that a test has no use for by the dozen."""
    store(wide_sheet("wide", number))
    _make_catalogue(number)
    _make_arena(number)
    _make_watch(number)
    _make_accounts(number)


def admin_addresses() -> Iterator[str]:
    """Lists, as they come and searched, the form of a new row, and the screens of three rows."""
    yield "/admin/"
    for model, screen in site._registry.items():
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (place, *([f"{place}?q=a"] if screen.search_fields else []), f"{place}add/")
        keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
        for key in {keys[0], keys[len(keys) // 2], keys[-1]} if keys else ():
            yield from (f"{place}{key}/{name}/" for name in ("change", "history", "delete"))


def _make_catalogue(number: int) -> None:
    Creator.objects.bulk_create(Creator(slug=f"maker-{n}", name=f"Maker {n}") for n in range(number))
    makers = Creator.objects.filter(slug__startswith="maker-")
    Family.objects.bulk_create(Family(creator=maker, slug="line", name="Line") for maker in makers)
    for family in Family.objects.filter(creator__in=makers):
        model = make_model(creator=family.creator.slug, family=family, tags=[f"tag-{family.pk}"])
        make_entry(Competition.objects.create(title=str(model), mode="text-to-image"), model, image=make_image())
    for n in range(number):
        endpoint = make_endpoint(f"seller-{n}")
        make_account(endpoint.provider)
        make_intent(endpoint)


def _make_arena(number: int) -> None:
    categories = [
        Category.objects.create(slug=f"case-{n}", name=f"Case {n}", mode="text-to-image") for n in range(number)
    ]
    models = list(ImageModel.objects.order_by("id")[: number + 1])
    for n, category in enumerate(categories):
        competition = Competition.objects.create(title=f"Prompt {n}", mode="text-to-image", prompt="A heron")
        competition.categories.set(categories if n == 0 else [category])
        make_entry(competition, models[n], image=make_image(), endpoint=Endpoint.objects.all()[n])
        make_votes(competition, (models[n], models[n + 1], "left", 3))
        make_parity_rows(models[n], competition)
    recompute_boards(list(Board.objects.values_list("id", flat=True)))
    board = Board.objects.get(key="mode-text-to-image")
    BoardExclusion.objects.bulk_create(BoardExclusion(board=board, model=one, reason="ours") for one in models)
    for n, vote in enumerate(Vote.objects.order_by("-number")[:number]):
        staff = User.objects.create_user(f"decider-{n}", is_staff=True)
        voter = Voter.objects.create()
        span = {"first_vote_number": vote.number, "last_vote_number": vote.number}
        flag = {"cohort": "network", "test": "fisher", "p_value": 0.001, "votes": 1, "decided_by": staff}
        VoteFlag.objects.create(**flag, **span, subject=f"n{n}")
        exclude_votes([vote.number], reason="A ring", actor=staff)
        RefusedVote.objects.create(battle=vote.battle, voter=voter, reason="expired")
        PairReport.objects.create(battle=vote.battle, voter=voter)
        PromptSuggestion.objects.create(prompt="A lighthouse", mode="text-to-image", voter=voter)
    VoteImport.objects.bulk_create(
        VoteImport(file_name=f"{n}.csv", mode="text-to-image", rows=1, digest=f"{n:064}") for n in range(number)
    )


def _make_watch(number: int) -> None:
    now = timezone.now()
    late: dict[str, Any] = {"body": {}, "next_at": now}
    boards, endpoints = list(Board.objects.all()[:number]), list(Endpoint.objects.select_related("model", "provider"))
    for n, board in enumerate(boards):
        receiver = Receiver.objects.create(channel="webhook", target=f"https://hooks.example/{n}")
        webhook = BoardWebhook.objects.create(name=f"Hook {n}", url=receiver.target)
        webhook.boards.set(boards)
        BoardMessage.objects.create(
            **late, receiver=receiver, webhook=webhook, board=board, event="board.ranks_changed"
        )
        endpoint = endpoints[n]
        rule = AlertRule.objects.create(
            **{"name": f"Rule {n}", "metric": "success_percent", "threshold": Decimal(90)},
            **{"model": endpoint.model, "provider": endpoint.provider, "endpoint": endpoint},
        )
        incident = AlertIncident.objects.create(
            rule=rule, opened_at=now, opening_value=50, worst_value=50, threshold=90
        )
        AlertDelivery.objects.create(**late, receiver=receiver, incident=incident, event="opened")
    receivers = Receiver.objects.all()
    told = AlertIncident.objects.create(
        rule=AlertRule.objects.first(),
        **{
            "opened_at": now - timedelta(days=1),
            "closed_at": now,
            "opening_value": 1,
            "worst_value": 1,
            "threshold": 2,
        },
    )
    AlertDelivery.objects.bulk_create(
        AlertDelivery(**late, receiver=one, incident=told, event="opened", message_id=uuid4()) for one in receivers
    )


def _make_accounts(number: int) -> None:
    permissions = list(Permission.objects.all()[: 2 * number])
    for n in range(number):
        create_api_key(f"Key {n}", usd_per_day=Decimal(1))
        group = Group.objects.create(name=f"Group {n}")
        group.permissions.set(permissions)
        user = User.objects.create_user(f"member-{n}", is_staff=True)
        user.groups.set(Group.objects.all())
        user.user_permissions.set(permissions)
    BudgetCap.objects.bulk_create(
        BudgetCap(scope="schedule", subject=str(10_000 + n), usd_per_day=1) for n in range(number)
    )
    assert Provider.objects.count() > number
