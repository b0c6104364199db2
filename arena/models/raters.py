"""What was found about voters: of all of a board for everybody, of each one for operators alone."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.db import models

from arena.models.boards import Board
from arena.models.voters import Voter
from arena.rating.raters.segments import LEAST_VOTERS


class RaterFindings(models.Model):
    """A board's voters together, as of one set of counted votes: agreement, care, segments, looks."""

    board = models.OneToOneField(Board, on_delete=models.CASCADE, related_name="rater_findings")
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, help_text="Of the tallies of these votes.")
    last_vote_number = models.PositiveBigIntegerField(default=0)
    findings = models.JSONField(default=dict)
    unmeasured = models.PositiveIntegerField(default=0, help_text="Pictures voted on whose looks were not known.")
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rater findings"

    def __str__(self) -> str:
        return f"raters of {self.board_id}"

    def about(self, slugs: Set[str]) -> dict[str, Any]:
        """What everybody may read: without what names a model that is not among these, without groups that a study
        declared, and without counts of fewer than 20 voters; of groups they are rounded down to tens."""
        found = dict(self.findings)
        found.pop("group", None)
        if (looks := found.get("looks")) and looks["leader"] not in slugs:
            found["looks"] = None
        for kind in ("device", "language"):
            if test := found.get(kind):
                found[kind] = {**test, "segments": [_public_segment(one, slugs) for one in test["segments"]]}
        for kind, count in (("alpha", "raters"), ("care", "weighed"), ("consistency", "voters")):
            part = found.get(kind)
            if part and part[count] < LEAST_VOTERS:
                found[kind] = {**part, count: None} if kind == "alpha" else None
        return found


def _public_segment(segment: dict[str, Any], slugs: Set[str]) -> dict[str, Any]:
    shown = {**segment, "voters": segment["voters"] // 10 * 10}
    return shown if segment["model"] in slugs else {**shown, "model": None, "points": None, "error": None}


class VoterFigures(models.Model):
    """One voter beside one board: for operators, never public. `care` is empty where the voter was not weighed."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="voter_figures")
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="figures")
    votes = models.PositiveIntegerField()
    decided = models.PositiveIntegerField(help_text="Votes that chose a picture.")
    agreed = models.FloatField(help_text="Of these, with the board made without the voter; equals count a half.")
    expected = models.FloatField(help_text="As many as the board itself expects.")
    distance = models.FloatField(help_text="Agreed less expected, in standard errors.")
    care = models.FloatField(null=True, help_text="1 for a careful voter, 0 for one who answers by chance.")
    repeated = models.PositiveIntegerField(default=0, help_text="Pairs seen again with the sides exchanged.")
    same = models.PositiveIntegerField(default=0)
    stayed_left = models.PositiveIntegerField(default=0)
    stayed_right = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "voter figures"
        constraints = [models.UniqueConstraint(fields=["board", "voter"], name="one_figure_per_board_and_voter")]
        indexes = [models.Index(fields=["board", "distance"], name="voter_figures_by_distance")]

    def __str__(self) -> str:
        return f"{self.voter_id} on {self.board_id}"
