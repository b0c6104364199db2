"""What an operator decides at /ops: each a page that says what will happen, and a POST that does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from arena.competitions.suggest_prompt import accept_suggestion, decline_suggestion
from arena.integrity.exclude_votes import close_report, dismiss_flag, exclude_flagged, restore_votes
from arena.integrity.vote_cohorts import votes_of_flag
from arena.models import PairReport, PromptSuggestion, VoteExclusion, VoteFlag
from lumenboard.formatting import count
from lumenboard.pages.operator.base import for_staff_with


@dataclass(frozen=True)
class Question:
    """What is asked before it is done; `field` names one line of text to be given, empty for none."""

    title: str
    text: str
    button: str
    back: str
    field: str = ""
    label: str = ""
    value: str = ""
    longest: int = 300


def decision(permission: str, model: type | None) -> Callable[..., Callable[..., HttpResponse]]:
    """A view of `ask(row, **at)` and `act(row, text, actor, **at)`, which answers what was done. No model, no row.

    A ValueError of the action is shown on the same page; staff without the permission is refused.
    """

    def view_of(ask: Callable[..., Question], act: Callable[..., str]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @for_staff_with(permission)
        def decide(request: HttpRequest, pk: int = 0, **at: str) -> HttpResponse:
            row: Any = get_object_or_404(model, pk=pk) if model else None
            question = ask(row, **at)
            if request.method != "POST":
                return _ask(request, question)
            return _act(request, question, lambda text, actor: act(row, text, actor, **at))

        return decide

    return view_of


def _act(request: HttpRequest, question: Question, act: Callable[[str, Any], str]) -> HttpResponse:
    text = request.POST.get(question.field, "").strip() if question.field else ""
    if question.field and not 0 < len(text) <= question.longest:
        return _ask(request, question, f"{question.label}: must have 1 to {question.longest} characters.", text)
    try:
        done = act(text, request.user)
    except ValueError as error:
        return _ask(request, question, f"Not done: {error}.", text)
    messages.success(request, done)
    return HttpResponseRedirect(question.back, status=303)


def _ask(request: HttpRequest, question: Question, error: str = "", text: str | None = None) -> HttpResponse:
    value = question.value if text is None else text
    context = {"question": question, "error": error, "value": value}
    return render(request, "ops/confirm.html", context, status=400 if error else 200)


def _ask_exclude(flag: VoteFlag) -> Question:
    votes = votes_of_flag(flag).count()
    return Question(
        title=f"Exclude {count(votes)} votes",
        text=f"{flag.get_cohort_display()} {flag.subject}, votes {flag.first_vote_number} to {flag.last_vote_number}. "
        "They stop counting on every board, the boards say how many were excluded, and you can restore them.",
        button=f"Exclude {count(votes)} votes",
        back="/ops/flags",
        field="reason",
        label="Reason",
    )


def _exclude(flag: VoteFlag, reason: str, actor: User) -> str:
    return f"{count(exclude_flagged(flag.pk, reason=reason, actor=actor).votes)} votes no longer count."


def _ask_dismiss(flag: VoteFlag) -> Question:
    text = "The votes go on counting. The cohort is flagged again only if newer votes of it fail the test."
    return Question(
        f"Dismiss the flag on {flag.get_cohort_display().lower()} {flag.subject}", text, "Dismiss", "/ops/flags"
    )


def _dismiss(flag: VoteFlag, _: str, actor: User) -> str:
    dismiss_flag(flag.pk, actor=actor)
    return "The flag is dismissed."


def _ask_restore(exclusion: VoteExclusion) -> Question:
    text = f"Excluded because: {exclusion.reason}. They count again on every board."
    return Question(f"Restore {count(exclusion.votes)} votes", text, "Restore", "/ops/exclusions")


def _restore(exclusion: VoteExclusion, _: str, actor: User) -> str:
    restore_votes(exclusion, actor=actor)
    return f"{count(exclusion.votes)} votes count again."


def _ask_settle(_: PairReport) -> Question:
    text = "Both entries stay as they are and can be drawn again."
    return Question("Settle the report without a change", text, "Settle", "/ops/reports")


def _settle(report: PairReport, *_: object) -> str:
    close_report(report.pk)
    return "The report is settled."


def _ask_retire(report: PairReport, side: str) -> Question:
    if side not in {"left", "right"}:
        raise Http404(f"A pair has no side {side}.")
    battle = report.battle
    model = battle.left_model if side == "left" else battle.right_model
    text = f"In “{battle.competition}” this entry is no longer paired; its record stays. The report is settled with it."
    return Question(f"Retire the entry of {model}", text, "Retire the entry", "/ops/reports")


def _retire(report: PairReport, *_: object, side: str) -> str:
    close_report(report.pk, retire=side)
    return "The entry is retired and the report settled."


def _ask_accept(suggestion: PromptSuggestion) -> Question:
    return Question(
        title="Accept the suggested prompt",
        text="It becomes a draft competition without entries, which only operators see until you open it: "
        + suggestion.prompt,
        button="Create the draft",
        back="/ops/suggestions",
        field="title",
        label="Title of the competition",
        value=" ".join(suggestion.prompt.split())[:60],
        longest=200,
    )


def _accept(suggestion: PromptSuggestion, title: str, _: User) -> str:
    return f"“{accept_suggestion(suggestion.pk, title)}” is a draft; add its entries in the admin."


def _ask_decline(suggestion: PromptSuggestion) -> Question:
    return Question("Decline the suggested prompt", suggestion.prompt, "Decline", "/ops/suggestions")


def _decline(suggestion: PromptSuggestion, *_: object) -> str:
    decline_suggestion(suggestion.pk)
    return "The suggestion is declined."


exclude = decision("arena.add_voteexclusion", VoteFlag)(_ask_exclude, _exclude)
dismiss = decision("arena.change_voteflag", VoteFlag)(_ask_dismiss, _dismiss)
restore = decision("arena.change_voteexclusion", VoteExclusion)(_ask_restore, _restore)
settle = decision("arena.change_pairreport", PairReport)(_ask_settle, _settle)
retire = decision("arena.change_entry", PairReport)(_ask_retire, _retire)
accept = decision("arena.add_competition", PromptSuggestion)(_ask_accept, _accept)
decline = decision("arena.change_promptsuggestion", PromptSuggestion)(_ask_decline, _decline)
