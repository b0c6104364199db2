"""Snapshots know of which competitions' tallies they are the sum. A constant default, so no row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0021_prompts_like_these")]

    operations = [
        migrations.AddField(
            "snapshot",
            "competitions_digest",
            models.CharField(
                max_length=64,
                default="",
                db_default="",
                blank=True,
                help_text="Of the parts; headline of wider boards only.",
            ),
        ),
    ]
