"""The operator's pages: only for staff, few queries, and every decision asked before it is done."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.competitions.suggest_prompt import Suggestion, suggest_prompt
from arena.integrity.exclude_votes import exclude_votes
from arena.integrity.vote_cohorts import flag_votes
from arena.models import (
    Battle,
    Competition,
    Entry,
    PairReport,
    PromptSuggestion,
    RefusedVote,
    Tally,
    Vote,
    VoteExclusion,
    VoteFlag,
)
from tests.arena.factories import make_entry, make_image, make_staff
from tests.integrity.factories import make_rigged

pytestmark = pytest.mark.django_db
OVERVIEW = "/ops"
MOST_QUERIES = 12
PAGES = [
    "/ops/flags",
    "/ops/exclusions",
    "/ops/reports",
    "/ops/suggestions",
    "/ops/gates",
    "/ops/competitions",
    "/ops/messages",
]
DECISIONS = [
    "flags/1/exclude",
    "flags/1/dismiss",
    "exclusions/1/restore",
    "reports/1/settle",
    "reports/1/retire/left",
    "suggestions/1/accept",
    "suggestions/1/decline",
]


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def make_suggestion(prompt: str = "A lighthouse in a storm") -> PromptSuggestion:
    return suggest_prompt(Suggestion(prompt, "text-to-image", "Rain is hard", None, "n"))


def make_reports(n: int = 1) -> list[PairReport]:
    return [PairReport.objects.create(battle=battle, reason="Blank") for battle in Battle.objects.order_by("-id")[:n]]


def make_work(rows: int) -> None:
    competition, models, _ = make_rigged()
    flag_votes()
    for model in models:
        make_entry(competition, model, image=make_image())
    make_reports(rows)
    for number in range(rows):
        make_suggestion()
        vote = Vote.objects.filter(is_counted=True).latest("number")
        exclude_votes([vote.number], reason=f"Reason {number}", actor=User.objects.get(), flag=VoteFlag.objects.first())
        RefusedVote.objects.create(reason="expired")


def votes_of_tallies() -> int:
    return sum(row.left + row.right + row.tie + row.both_bad for row in Tally.objects.all())


@pytest.mark.parametrize("url", [OVERVIEW, *PAGES, *(f"/ops/{decision}" for decision in DECISIONS)])
def test_strangers_and_visitors_are_led_to_the_log_in(url: str, client: Client) -> None:
    assert client.get(url)["Location"].startswith("/admin/login/?next=/ops")
    client.force_login(User.objects.create_user("visitor"))
    assert client.post(url).status_code in {302, 405}


@pytest.mark.parametrize("url", [OVERVIEW, *PAGES])
def test_a_page_takes_few_queries(url: str, operator: Client) -> None:
    make_work(5)
    with CaptureQueriesContext(connection) as queries:
        answer = operator.get(url)
    assert answer.status_code == 200
    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:200] for query in queries)
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("url", [OVERVIEW, *PAGES])
def test_a_page_without_anything_opens(url: str, operator: Client) -> None:
    assert operator.get(url).status_code == 200


def test_staff_without_the_permission_is_refused(client: Client) -> None:
    make_rigged()
    flag_votes()
    staff = make_staff()
    client.force_login(staff)
    flag = VoteFlag.objects.filter(cohort="network")[0]
    assert client.post(f"/ops/flags/{flag.pk}/dismiss").status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="change_voteflag"))
    assert client.post(f"/ops/flags/{flag.pk}/dismiss").status_code == 303


def test_flagged_votes_are_excluded_with_a_reason_and_restored(operator: Client) -> None:
    make_rigged()
    flag_votes()
    before = votes_of_tallies()
    flag = VoteFlag.objects.filter(cohort="network")[0]
    url = f"/ops/flags/{flag.pk}/exclude"
    assert "Exclude 60 votes" in operator.get(url).content.decode()
    assert Vote.objects.filter(is_counted=False).count() == 0
    assert operator.post(url, {"reason": " "}).status_code == 400
    assert operator.post(url, {"reason": "A ring"})["Location"] == "/ops/flags"
    exclusion = VoteExclusion.objects.get()
    assert (exclusion.votes, exclusion.reason, exclusion.actor.username) == (60, "A ring", "operator")
    flag.refresh_from_db()
    assert (flag.status, votes_of_tallies()) == ("excluded", before - 60)
    again = f"/ops/exclusions/{exclusion.pk}/restore"
    assert operator.get(again).status_code == 200
    assert operator.post(again).status_code == 303
    assert votes_of_tallies() == before
    assert operator.post(again).status_code == 400


def test_a_decided_flag_is_not_decided_again(operator: Client) -> None:
    make_rigged()
    flag_votes()
    flag = VoteFlag.objects.filter(cohort="network")[0]
    operator.post(f"/ops/flags/{flag.pk}/dismiss")
    answer = operator.post(f"/ops/flags/{flag.pk}/exclude", {"reason": "Late"})
    assert answer.status_code == 400
    assert "this flag has already been decided" in answer.content.decode()
    assert not VoteExclusion.objects.exists()


def test_a_report_is_settled_without_a_change(operator: Client) -> None:
    make_rigged()
    report = make_reports()[0]
    before = list(Entry.objects.order_by("id").values_list("status", flat=True))
    assert operator.post(f"/ops/reports/{report.pk}/settle").status_code == 303
    report.refresh_from_db()
    assert report.settled_at is not None
    assert list(Entry.objects.order_by("id").values_list("status", flat=True)) == before
    assert operator.post(f"/ops/reports/{report.pk}/settle").status_code == 400


def test_one_side_of_a_report_is_retired(operator: Client) -> None:
    make_rigged()
    report = make_reports()[0]
    assert operator.get(f"/ops/reports/{report.pk}/retire/above").status_code == 404
    assert operator.post(f"/ops/reports/{report.pk}/retire/right").status_code == 303
    assert list(Entry.objects.filter(status="retired")) == [report.battle.right_entry]
    report.refresh_from_db()
    assert report.settled_at is not None


def test_an_accepted_prompt_is_a_draft(operator: Client) -> None:
    suggestion = make_suggestion()
    url = f"/ops/suggestions/{suggestion.pk}/accept"
    assert 'value="A lighthouse in a storm"' in operator.get(url).content.decode()
    assert operator.post(url, {"title": "Lighthouse"}).status_code == 303
    draft = Competition.objects.get()
    assert (draft.title, draft.prompt, draft.status) == ("Lighthouse", "A lighthouse in a storm", "draft")
    assert operator.post(url, {"title": "Lighthouse"}).status_code == 400
    assert Competition.objects.count() == 1


def test_a_declined_prompt_leaves_the_queue(operator: Client) -> None:
    suggestion = make_suggestion()
    operator.post(f"/ops/suggestions/{suggestion.pk}/decline")
    assert "lighthouse" not in operator.get("/ops/suggestions").content.decode()
    assert PromptSuggestion.objects.get().status == "declined"
    assert not Competition.objects.exists()


def test_decisions_carry_a_csrf_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("operator"))
    assert strict.post(f"/ops/suggestions/{make_suggestion().pk}/decline").status_code == 403


def test_a_hostile_suggestion_is_shown_as_text(operator: Client) -> None:
    make_suggestion("<script>alert(1)</script> and more")
    assert "<script>alert" not in operator.get("/ops/suggestions").content.decode()


def test_coverage_counts_pairs_nobody_has_voted_on(operator: Client) -> None:
    competition, models, _ = make_rigged()
    for model in models:
        make_entry(competition, model, image=make_image())
    fresh = Competition.objects.create(title="Fresh", mode="text-to-image", status="draft")
    for model in models:
        make_entry(fresh, model, image=make_image())
    lines = {line.competition.title: line.coverage for line in operator.get("/ops/competitions").context["lines"]}
    assert (lines["Fresh"].live, lines["Fresh"].pairs, lines["Fresh"].fewest, lines["Fresh"].middle) == (3, 3, 0, 0)
    assert (lines["A red fox"].fewest, lines["A red fox"].votes) == (350, 1110)
    assert lines["A red fox"].middle == 380
