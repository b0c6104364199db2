"""What is ranked, and what each computation of it gave."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, Q, QuerySet, When
from django.db.models.functions import Collate, Concat

from arena.models.battles import criterion_field, criterion_is_a_key
from arena.models.competitions import Category, Competition, unannounced_models
from arena.models.visibility import EVERYONE, Viewer, shown_competition
from arena.rating.criteria import MARK, OVERALL
from arena.rating.voter_widths import shown_finding
from providers.models import ImageModel
from providers.models.fields import MODE_CHOICES

# the method by which a board is ranked where none is named, by name, and of a row of arena_snapshot in SQL
HEADLINE_METHOD: Final = "bradley-terry"
HEADLINE_VARIANT: Final = "prior=1"
HEADLINE_SQL: Final = f"snapshot.method = '{HEADLINE_METHOD}' AND snapshot.variant = '{HEADLINE_VARIANT}'"
WIDE: Final = ("mode", "category")  # kinds of which there are few boards; competitions have no end


class BoardQuerySet(models.QuerySet["Board"]):
    """Boards by who may see them. Those of other criteria than `overall` are computed, and shown to nobody."""

    def visible_to(self, viewer: Viewer) -> BoardQuerySet:
        overall = self.filter(criterion=OVERALL)
        return overall if viewer.is_operator else overall.of_shown(viewer)

    def public(self) -> BoardQuerySet:
        """Those of modes, and of competitions and categories that everybody may see."""
        return self.of_public().filter(criterion=OVERALL)

    def of_public(self) -> BoardQuerySet:
        """Those that rank what everybody may see, by whichever criterion."""
        return self.of_shown(EVERYONE)

    def of_shown(self, viewer: Viewer) -> BoardQuerySet:
        """Those that rank what the viewer may see, who is no operator."""
        categories = Q(kind="category", category__in=Category.objects.public())
        competitions = Q(kind="competition") & shown_competition("competition__", viewer)
        return self.filter(Q(kind="mode") | categories | competitions)

    def in_order(self) -> BoardQuerySet:
        """Modes, categories, competitions; by title and key, letter by letter as Python does it."""
        modes = (When(kind="mode", mode=mode, then=models.Value(label)) for mode, label in MODE_CHOICES)
        named = (*modes, When(kind="category", then="category__name"))
        title = Case(*named, default="competition__title", output_field=models.TextField())
        kinds = (When(kind=kind, then=models.Value(place)) for place, (kind, _) in enumerate(Board.KINDS))
        return self.order_by(Case(*kinds), Collate(title, "C"), Collate("key", "C"))


class Board(models.Model):
    """A competition, a category or a mode by one criterion; `key` is its public name: category-<slug>-<mode>~looks."""

    KINDS = (("mode", "Mode"), ("category", "Category"), ("competition", "Competition"))

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=12, choices=KINDS)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    # neither has an index of its own: those of the constraints begin with them
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="boards", db_index=False
    )
    competition = models.ForeignKey(
        Competition, on_delete=models.CASCADE, null=True, blank=True, related_name="boards", db_index=False
    )
    criterion = criterion_field()

    objects = BoardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="mode", category__isnull=True, competition__isnull=True)
                | Q(kind="category", category__isnull=False, competition__isnull=True)
                | Q(kind="competition", category__isnull=True, competition__isnull=False),
                name="board_names_what_it_ranks",
            ),
            models.UniqueConstraint(
                fields=["mode", "criterion"], condition=Q(kind="mode"), name="one_board_per_mode_and_criterion"
            ),
            models.UniqueConstraint(fields=["category", "criterion"], name="one_board_per_category_and_criterion"),
            models.UniqueConstraint(
                fields=["competition", "criterion"], name="one_board_per_competition_and_criterion"
            ),
            criterion_is_a_key("board_criterion_is_a_key"),
            models.CheckConstraint(
                condition=Q(criterion=OVERALL) & ~Q(key__contains=MARK)
                | ~Q(criterion=OVERALL) & Q(key__endswith=Concat(models.Value(MARK), "criterion")),
                name="board_key_names_its_criterion",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        return f"/leaderboards/{self.key}"

    @property
    def title(self) -> str:
        """The name people read; needs category and competition loaded to cost no query."""
        if self.competition:
            return self.competition.title
        return self.category.name if self.category else self.get_mode_display()

    def unannounced_models(self) -> QuerySet[ImageModel]:
        """Those that must not appear on it; none on a board that only operators see."""
        return unannounced_models().filter(Exists(Board.objects.of_public().filter(pk=self.pk)))

    def excluded_models(self) -> QuerySet[ImageModel]:
        """Those that do not count on it: excluded by an operator, or unannounced."""
        excluded = Q(pk__in=self.exclusions.values("model_id"))
        return ImageModel.objects.filter(excluded | Q(pk__in=self.unannounced_models()))


class BoardExclusion(models.Model):
    """A model that is kept off one board, and why."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="exclusions")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "model"], name="excluded_once_per_board")]

    def __str__(self) -> str:
        return f"{self.model_id}: {self.reason}"


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Computed boards by what they are to their board."""

    def headline(self) -> SnapshotQuerySet:
        """By the headline method, current or past."""
        return self.filter(method=HEADLINE_METHOD, variant=HEADLINE_VARIANT)

    def current_headline(self) -> SnapshotQuerySet:
        """What a board shows first; one for each board."""
        return self.headline().filter(is_current=True)


# most of a snapshot, and asked for by what computes chances of pairs alone
HEAVY: Final = ("covariance", "deletions", "fitted_models")


class Snapshot(models.Model):
    """One computed board. `unfit_models` is set, and there are no standings, where the fit does not exist."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="snapshots")
    method = models.CharField(max_length=20)
    variant = models.CharField(max_length=20, help_text="The parameters in short, for example prior=1.")
    parameters = models.JSONField(default=dict)
    version = models.CharField(max_length=20)
    last_vote_number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    competitions_digest = models.CharField(
        max_length=64, default="", db_default="", blank=True, help_text="Of the parts; headline of wider boards only."
    )
    votes = models.PositiveBigIntegerField(default=0)
    ranked_models = models.PositiveIntegerField(default=0)
    prior_decides_ends = models.BooleanField(default=False)
    unfit_models = ArrayField(models.TextField(), null=True, blank=True)
    excluded_votes = models.PositiveBigIntegerField(default=0)
    findings = models.JSONField(default=dict, help_text="Fragility, side bias, tie policies; see methodology.")
    covariance = models.BinaryField(null=True, help_text="n*n float64 of the fitted models in slug order, log odds.")
    deletions = models.BinaryField(null=True, help_text="The fit without each competition; see boards/deletions.py.")
    fitted_models = ArrayField(models.TextField(), default=list, help_text="Slugs, in the order of the covariance.")
    computed_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    is_outdated = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="A slug or a membership changed since."
    )

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["board", "method", "variant", "-computed_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["board", "method", "variant"],
                condition=Q(is_current=True),
                name="one_current_snapshot_per_method",
            )
        ]

    def __str__(self) -> str:
        return f"{self.board} {self.method} {self.variant} at {self.computed_at:%Y-%m-%d %H:%M}"

    def findings_about(self, slugs: Set[str]) -> dict[str, Any]:
        """Without what names a model that is not among these, and without counts of fewer than 20 voters."""
        shown = dict(self.findings)
        fragility = shown.get("fragility")
        if fragility and not {fragility["leader"], fragility["successor"]} <= slugs:
            shown["fragility"] = None
        elif fragility:
            changes = {change: fragility.get(change) for change in ("added", "flipped")}
            named = {change: of if of and of["successor"] in slugs else None for change, of in changes.items()}
            shown["fragility"] = fragility | named
        if "tie_policies" in shown:
            shown["tie_policies"] = {slug: ranks for slug, ranks in shown["tie_policies"].items() if slug in slugs}
        if voters := shown.get("voters"):
            shown["voters"] = shown_finding(voters, slugs)
        return shown


class StandingQuerySet(models.QuerySet["Standing"]):
    """Rows of snapshots by who may see them."""

    def public(self) -> StandingQuerySet:
        """Of public models on public boards."""
        boards = self.filter(snapshot__board__in=Board.objects.public())
        return boards.exclude(model__in=unannounced_models())

    def current_headline(self) -> StandingQuerySet:
        """Rows of what boards show first."""
        return self.filter(
            snapshot__is_current=True, snapshot__method=HEADLINE_METHOD, snapshot__variant=HEADLINE_VARIANT
        )

    def of_snapshot(self, snapshot: Snapshot, board: Board) -> StandingQuerySet:
        """What may be shown of it to whoever may see the board."""
        return self.filter(snapshot=snapshot).shown_on(board)

    def shown_on(self, board: Board) -> StandingQuerySet:
        """Those of models that may be known to whoever may see the board."""
        return self.exclude(model__in=board.unannounced_models())


class Standing(models.Model):
    """One model's row in a snapshot; no rating when it is not yet comparable, no rank under four battles."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="standings")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="standings")
    position = models.PositiveIntegerField()
    rating = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    rank = models.PositiveIntegerField(null=True)
    rank_best = models.PositiveIntegerField(null=True)
    rank_worst = models.PositiveIntegerField(null=True)
    wins = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()
    mean_opponent = models.FloatField(null=True, help_text="Mean rating of opponents, over battles.")
    expected_wins = models.FloatField(null=True)
    conditional_lower = models.FloatField(null=True)
    conditional_upper = models.FloatField(null=True)
    competitions = models.PositiveIntegerField(null=True, help_text="With battles of the model, of those of the board.")
    prompts_lower = models.FloatField(null=True)
    prompts_upper = models.FloatField(null=True)
    new_prompt_lower = models.FloatField(null=True)
    new_prompt_upper = models.FloatField(null=True)
    prompts_withheld = models.CharField(max_length=20, default="", db_default="", blank=True)
    rank_set_best = models.PositiveIntegerField(null=True)
    rank_set_worst = models.PositiveIntegerField(null=True)
    prompts_rank_set_best = models.PositiveIntegerField(null=True)
    prompts_rank_set_worst = models.PositiveIntegerField(null=True)
    is_comparable = models.BooleanField(default=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["snapshot", "model"], name="one_standing_per_model")]

    def __str__(self) -> str:
        return f"{self.model_id} #{self.rank}"

    @property
    def battles(self) -> int:
        """Wins, losses and ties together; ties hold both_bad."""
        return self.wins + self.losses + self.ties


class SequentialState(models.Model):
    """Where a method that replays votes in order has got to on one board."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=20)
    variant = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    last_vote_number = models.PositiveBigIntegerField(default=0)
    state = models.JSONField(default=dict, help_text="By model slug: a rating, or mean and deviation.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "method", "variant"], name="one_state_per_sequential_method")
        ]

    def __str__(self) -> str:
        return f"{self.board} {self.method} {self.variant} up to vote {self.last_vote_number}"
