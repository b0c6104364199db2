"""A vote by another criterion can come too late: once the models of its battle were named."""

from django.db import migrations, models

REASONS = [
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
]


class Migration(migrations.Migration):
    dependencies = [("arena", "0022_competitions_digest")]

    operations = [
        migrations.RemoveConstraint("refusedvote", "refusal_reason_is_known"),
        migrations.AlterField("refusedvote", "reason", models.CharField(choices=REASONS, max_length=16)),
        migrations.AddConstraint(
            "refusedvote",
            models.CheckConstraint(
                condition=models.Q(reason__in=[reason for reason, _ in REASONS]), name="refusal_reason_is_known"
            ),
        ),
    ]
