"""Who votes, what was refused, and what waits for an operator's eye."""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from arena.models.battles import Battle, criterion_field
from arena.models.competitions import new_public_id
from providers.models import ImageModel
from providers.models.fields import MODE_CHOICES

REFUSAL_REASONS = (
    ("unknown_battle", "No such battle"),
    ("wrong_token", "The token is not this battle's"),
    ("wrong_voter", "Another voter's battle"),
    ("already_voted", "Already voted"),
    ("revealed", "The models had been named"),
    ("expired", "The battle had expired"),
    ("void", "The battle was void"),
    ("bad_outcome", "Unknown outcome"),
    ("voter_cap", "The voter's votes of the day were used up"),
    ("network_cap", "The network's votes of the day were used up"),
    ("burst", "Too many at once"),
)


# votes that such a gate stops are in the log at weight 0, under an exclusion of the day, and answered without an error
# later, where a bound on what one subject moves is passed
SET_ASIDE_GATES = (
    ("too_fast", "Faster than anyone can look"),
    ("voter_bound", "Past what one voter's votes about a model count"),
    ("network_bound", "Past what one network's votes of a day about a model count"),
    ("newcomers_bound", "Past what a day's newcomers' votes about a model count"),
)


# as coarse as a comparison of groups needs; what is said of fewer than 20 voters is shown to nobody
DEVICES = (("phone", "Phone"), ("tablet", "Tablet"), ("desktop", "Desktop"))


class Voter(models.Model):
    """A browser that votes, known by a signed cookie, or somebody of an imported file; no name, no address.

    `device` and `language` are of its first visit, empty where it did not say.
    """

    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    votes = models.PositiveIntegerField(default=0, editable=False)
    device = models.CharField(max_length=8, choices=DEVICES, blank=True, db_default="", editable=False)
    language = models.CharField(
        max_length=3, blank=True, db_default="", editable=False, help_text="Without region, for example en."
    )
    group = models.CharField(
        max_length=40, blank=True, db_default="", editable=False, help_text="What a study declared; never public."
    )
    imported_as = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False, help_text="Keyed hash of a file's name."
    )
    parity_votes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(device="") | Q(device__in=[device for device, _ in DEVICES]), name="device_is_coarse"
            ),
            models.CheckConstraint(
                condition=Q(language="") | Q(language__regex="^[a-z]{2,3}$"), name="language_is_without_region"
            ),
            models.UniqueConstraint(
                fields=["imported_as"], condition=~Q(imported_as=""), name="one_voter_per_imported_name"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


# by name, for a vote's statement tells by it which cap refused
VOTER_CAP = "voter_quota_within_cap"
NETWORK_CAP = "network_quota_within_cap"
_WITHIN = Q(most__isnull=True) | Q(votes__lte=F("most"))


class VoteQuota(models.Model):
    """What a voter or network has used up of a day's votes, pairs or suggestions; raised only together with its cap."""

    KINDS = (
        ("voter", "Votes of a voter"),
        ("network", "Votes of a network"),
        ("suggest", "Suggestions of a network"),
        ("opened", "Pairs opened for a voter"),
        ("newcomer", "Pairs opened by a network's voters without a vote"),
        ("refused", "Refused votes of a network"),
    )

    kind = models.CharField(max_length=8, choices=KINDS)
    subject = models.CharField(max_length=64)
    day = models.DateField()
    votes = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(null=True, help_text="The cap it was last raised under; no cap where empty.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "kind", "subject"], name="one_quota_per_subject_and_day"),
            models.CheckConstraint(condition=~Q(kind="voter") | _WITHIN, name=VOTER_CAP),
            models.CheckConstraint(condition=Q(kind="voter") | _WITHIN, name=NETWORK_CAP),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject[:8]} on {self.day}"


class VoteReach(models.Model):
    """How many votes one subject has cast about one model, as far as the log was read for bounds; `last_vote_number`
    is the newest of them. Kind `every` has no subject: its newest row says how far that is."""

    KINDS = (
        ("every", "All votes"),
        ("voter", "A voter"),
        ("network", "A network on one day"),
        ("newcomers", "Voters on the day they came"),
    )

    kind = models.CharField(max_length=9, choices=KINDS)
    subject = models.CharField(max_length=80, blank=True, help_text="Of a day: the day first.")
    scope = models.CharField(max_length=80, help_text="A mode, and a criterion where it is not overall.")
    # no index of its own: rows are asked for by subject
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    votes = models.PositiveBigIntegerField()
    last_vote_number = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "vote reaches"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "scope", "model"], name="one_reach_per_subject_and_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject[:12]}: {self.votes} about {self.model_id}"


class RefusedVote(models.Model):
    """A vote that was not counted, kept with the gate that stopped it."""

    battle = models.ForeignKey(Battle, on_delete=models.SET_NULL, null=True, blank=True, related_name="refused_votes")
    voter = models.ForeignKey(Voter, on_delete=models.SET_NULL, null=True, blank=True, related_name="refused_votes")
    network = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=16, choices=REFUSAL_REASONS)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["received_at", "reason"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[reason for reason, _ in REFUSAL_REASONS]), name="refusal_reason_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} at {self.received_at:%Y-%m-%d %H:%M}"


class PairReport(models.Model):
    """A voter's word that something is wrong with a pair."""

    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, related_name="reports")
    voter = models.ForeignKey(Voter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["battle"], name="one_report_per_battle")]

    def __str__(self) -> str:
        return self.reason or "pair reported"


class PromptSuggestion(models.Model):
    """A prompt somebody would like to see as a competition; an operator decides."""

    STATUSES = (("new", "New"), ("accepted", "Accepted"), ("declined", "Declined"))

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    prompt = models.TextField(max_length=2000)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=8, choices=STATUSES, default="new")
    voter = models.ForeignKey(Voter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.prompt[:60]


class VoteFlag(models.Model):
    """What a nightly test found odd about a cohort of votes; an operator looks and decides."""

    COHORTS = (("voter", "Voter"), ("network", "Network"), ("new_voters", "New voters"), ("hour", "Time of day"))
    STATUSES = (("open", "Open"), ("dismissed", "Dismissed"), ("excluded", "Votes excluded"))

    cohort = models.CharField(max_length=10, choices=COHORTS)
    subject = models.CharField(max_length=64)
    test = models.CharField(max_length=20)
    p_value = models.FloatField()
    votes = models.PositiveIntegerField()
    detail = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=STATUSES, default="open")
    first_vote_number = models.PositiveBigIntegerField()
    last_vote_number = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("p_value",)
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "subject", "test"], condition=Q(status="open"), name="one_open_flag_per_cohort"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.subject[:12]}: {self.test}"


class VoteExclusion(models.Model):
    """Votes taken out of the count, by whom and why; undone by `restored_at`, never deleted.

    One with a gate was made by the site itself and collects what the gate sets aside on that UTC day.
    """

    reason = models.CharField(max_length=300)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="vote_exclusions"
    )
    flag = models.ForeignKey(VoteFlag, on_delete=models.SET_NULL, null=True, blank=True, related_name="exclusions")
    votes = models.PositiveIntegerField(default=0)
    gate = models.CharField(max_length=16, choices=SET_ASIDE_GATES, blank=True, db_default="", editable=False)
    day = models.DateField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gate", "day"],
                condition=Q(restored_at__isnull=True) & ~Q(gate=""),
                name="one_open_exclusion_per_gate_and_day",
            ),
            models.CheckConstraint(
                condition=Q(gate="", day__isnull=True) | (~Q(gate="") & Q(day__isnull=False)), name="gate_has_its_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.votes} votes: {self.reason}"


class VoteChainLink(models.Model):
    """A batch of one criterion's votes, chained to the one before; any edit of a chained vote breaks it.

    `names` are the slugs its digest was made of, by model id, so that it holds after a model is renamed.
    """

    criterion = criterion_field(editable=False)
    first_vote_number = models.PositiveBigIntegerField()
    last_vote_number = models.PositiveBigIntegerField(unique=True)
    votes = models.PositiveIntegerField()
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    names = models.JSONField(default=dict, db_default={}, editable=False)
    covers_names = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="The digest is of the names too; of old links not."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("last_vote_number",)

    def __str__(self) -> str:
        return f"votes {self.first_vote_number} to {self.last_vote_number}"
