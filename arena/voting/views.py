"""The voting pages: a fresh pair, one battle in whatever state it is, and the steps from one state to the next.

Every step is a POST that ends in a page by redirect, or in the page's changing part for a script that asks for it.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from arena.client import (
    device_of,
    greet_newcomer,
    language_of,
    network_key,
    newcomer_of,
    remember_voter,
    voter_id_of,
)
from arena.models import Competition, Voter
from arena.models.visibility import WITH_LINK
from arena.rating.tallies import ALL_OUTCOMES
from arena.voting.ballot import Ballot, RecordedVote, Refused
from arena.voting.battle_kind import MODELS, BattleKind
from arena.voting.battle_steps import IMAGE_FAILED, SKIPPED
from arena.voting.battle_view import BattleView
from arena.voting.cast_vote import TOO_FAST
from arena.voting.open_battle import NothingToVoteOn

# as they stand between the pictures: what is for the left one first
CHOICES: Final = tuple(sorted(ALL_OUTCOMES, key=lambda outcome: -outcome.left_points))
OWN_BOARD_AFTER: Final = 20
REPORT_REASONS: Final = (
    "A picture is broken or blank",
    "Not safe to show",
    "A picture names its model",
    "Nothing to do with the prompt",
    "Something else",
)
GREETED: Final = "greeted"
NO_COOKIES: Final = Refused("no_cookies", 403, "Your browser blocks cookies; voting needs one.")
View = Callable[..., HttpResponse]


def private_response(view: View) -> View:
    """No cache stores it, no other site hears of it, no index lists it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@require_safe
@private_response
def vote(request: HttpRequest, within: str = "", kind: BattleKind = MODELS) -> HttpResponse:
    """The voter's pair; `within` is the public id of a competition to stay in.

    Nothing is written for a browser before it has brought back a cookie of ours: a visit without one is sent here
    again with one, and told so when it comes without again.
    """
    competition = _competition(within) if within else None
    newcomer = newcomer_of(request)
    voter = Voter.objects.filter(public_id=newcomer).first() if newcomer else _voter(request)
    if voter is None and newcomer is None:
        return _greet(request, within, kind)
    if GREETED in request.GET:
        return HttpResponseRedirect(kind.next_url(within))
    try:
        # a newcomer who gets no pair leaves no row
        with nullcontext() if voter else transaction.atomic():
            seen_with = {"device": device_of(request), "language": language_of(request)}
            voter = voter or Voter.objects.get_or_create(public_id=str(newcomer), defaults=seen_with)[0]
            battle = kind.open(voter.id, network_key(request), competition)
    except NothingToVoteOn:
        return render(request, "vote/nothing.html", {"within": within, "text": kind.nothing}, status=200)
    except Refused as refusal:
        return _no_pair(request, refusal, within, kind)
    response = _stage(request, kind.view(battle, voter.id), kind.votes_of(voter), within, kind)
    remember_voter(response, voter.id)
    return response


def _greet(request: HttpRequest, within: str, kind: BattleKind) -> HttpResponse:
    if GREETED in request.GET:
        return _no_pair(request, NO_COOKIES, within, kind)
    response = HttpResponseRedirect(f"{kind.next_url(within)}?{GREETED}=1")
    greet_newcomer(response)
    return response


def _no_pair(request: HttpRequest, refusal: Refused, within: str, kind: BattleKind) -> HttpResponse:
    """A page of its own, for the script puts no other pair into the place of one that is refused."""
    again = {"blocked": refusal is NO_COOKIES, "refusal": refusal, "next_url": kind.next_url(within)}
    template = "vote/refused_part.html" if _in_place(request) else "vote/no_pair.html"
    return render(request, template, again, status=refusal.status)


@require_safe
@private_response
def battle_page(request: HttpRequest, battle: UUID, kind: BattleKind = MODELS) -> HttpResponse:
    """A battle after a step; one that was called off leads on to the next."""
    within = _within(request)
    voter = _voter(request)
    try:
        seen = kind.view(battle, voter.id if voter else None)
    except Refused as refusal:
        return _refused(request, refusal, battle, within, kind)
    if seen.state == "void":
        return HttpResponseRedirect(kind.next_url(within))
    return _stage(request, seen, kind.votes_of(voter) if voter else 0, within, kind)


@require_POST
@private_response
def cast(request: HttpRequest, battle: UUID, kind: BattleKind = MODELS) -> HttpResponse:
    """Counts it or records it uncounted, or answers 4xx with the reason."""
    outcome, token = request.POST.get("outcome", ""), request.POST.get("token", "")
    ballot = Ballot(battle, token, outcome, voter_id_of(request), network_key(request))
    try:
        vote = kind.cast(ballot)
    except Refused as refusal:
        return _refused(request, refusal, battle, _within(request), kind)
    if _wants_json(request):
        return JsonResponse(_vote_json(vote))
    return _after(request, battle, kind, vote.votes_of_voter)


def _vote_json(vote: RecordedVote) -> dict[str, Any]:
    reason = {} if vote.is_counted else {"reason": TOO_FAST}
    return {"counted": vote.is_counted, "number": vote.number, "votes": vote.votes_of_voter, **reason}


def _step(act: Callable[[BattleKind, UUID, int | None, HttpRequest], object], *, leads_on: bool) -> View:
    """A view of one action; afterwards the battle again, or the next pair."""

    @require_POST
    @private_response
    def step_view(request: HttpRequest, battle: UUID, kind: BattleKind = MODELS) -> HttpResponse:
        try:
            act(kind, battle, voter_id_of(request), request)
        except Refused as refusal:
            return _refused(request, refusal, battle, _within(request), kind)
        if leads_on:
            return _lead_on(request, kind)
        return _after(request, battle, kind)

    return step_view


@require_POST
@private_response
def undo(request: HttpRequest, battle: UUID, kind: BattleKind = MODELS) -> HttpResponse:
    """Takes the vote back and shows the same two pictures under a new battle."""
    try:
        again = kind.withdraw(battle, voter_id_of(request))
    except Refused as refusal:
        return _refused(request, refusal, battle, _within(request), kind)
    return _after(request, again, kind) if again else _lead_on(request, kind)


reveal = _step(lambda kind, battle, voter, request: kind.reveal(battle, voter), leads_on=False)
skip = _step(lambda kind, battle, voter, request: kind.pass_over(battle, voter, SKIPPED), leads_on=True)
void = _step(lambda kind, battle, voter, request: kind.pass_over(battle, voter, IMAGE_FAILED), leads_on=True)
report = _step(
    lambda kind, battle, voter, request: kind.report(battle, voter, request.POST.get("reason", "")), leads_on=True
)


def _competition(public_id: str) -> int:
    ids = Competition.objects.visible_to(WITH_LINK).filter(public_id=public_id).values_list("id", flat=True)
    found = ids.first() if _is_public_id(public_id) else None
    if found is None:
        raise Http404("There is no such competition.")
    return found


def _voter(request: HttpRequest) -> Voter | None:
    known = voter_id_of(request)
    return Voter.objects.filter(id=known).first() if known else None


def _within(request: HttpRequest) -> str:
    """Only the public id of a competition, whatever was sent."""
    sent = request.POST.get("within") or request.GET.get("within") or ""
    return sent if _is_public_id(sent) else ""


def _is_public_id(sent: str) -> bool:
    return sent.isascii() and sent.isalnum() and len(sent) <= 20


def _lead_on(request: HttpRequest, kind: BattleKind) -> HttpResponse:
    return HttpResponseRedirect(kind.next_url(_within(request)))


def _after(request: HttpRequest, battle: UUID, kind: BattleKind, votes: int | None = None) -> HttpResponse:
    within = _within(request)
    if not _in_place(request):
        url = f"{kind.battle_url}/{battle}" + (f"?within={within}" if within else "")
        return HttpResponseRedirect(url, status=303)
    voter_id = voter_id_of(request)
    if votes is None:
        votes = kind.votes_of(Voter.objects.get(id=voter_id or 0))
    seen = kind.view(battle, voter_id)
    return _lead_on(request, kind) if seen.state == "void" else _stage(request, seen, votes, within, kind)


def _stage(
    request: HttpRequest, seen: BattleView, votes: int, within: str, kind: BattleKind, *, notice: str = ""
) -> HttpResponse:
    context = {
        "battle": seen,
        "battle_url": f"{kind.battle_url}/{seen.public_id}",
        "kind": kind,
        "within": within,
        "next_url": kind.next_url(within),
        "votes": votes,
        "own_board_after": OWN_BOARD_AFTER,
        "has_own_board": votes >= OWN_BOARD_AFTER,
        "notice": notice,
        "report_reasons": REPORT_REASONS,
        "choices": CHOICES,
    }
    return render(request, "vote/stage.html" if _in_place(request) else "vote/page.html", context)


def form_refused(request: HttpRequest, refusal: Refused, kind: BattleKind = MODELS) -> HttpResponse:
    """A form of a battle that was not looked at, as a program, a script or a person is told."""
    if _wants_json(request):
        answer = {"counted": False, "reason": refusal.reason, "message": refusal.message}
        return JsonResponse(answer, status=refusal.status)
    context = {"refusal": refusal, "next_url": kind.next_url(_within(request))}
    template = "vote/refused_part.html" if _in_place(request) else "vote/refused.html"
    return render(request, template, context, status=refusal.status)


def _refused(request: HttpRequest, refusal: Refused, battle: UUID, within: str, kind: BattleKind) -> HttpResponse:
    """4xx; for a person the page to go on from, which for a vote sent twice is the counted battle itself."""
    if refusal.reason == "already_voted" and not _in_place(request) and not _wants_json(request):
        voter = _voter(request)
        seen = kind.view(battle, voter.id if voter else None)
        if voter and seen.state != "void":
            response = _stage(request, seen, kind.votes_of(voter), within, kind, notice=refusal.message)
            response.status_code = refusal.status
            return response
    return form_refused(request, refusal, kind)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _in_place(request: HttpRequest) -> bool:
    """A script that puts the changing part into the page it has."""
    return request.headers.get("HX-Request") == "true"
