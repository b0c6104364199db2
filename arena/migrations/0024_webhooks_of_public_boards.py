"""Webhooks are offered boards of `overall` alone, for of no other they ever tell. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0023_refused_after_the_reveal")]

    operations = [
        migrations.AlterField(
            "boardwebhook",
            "boards",
            models.ManyToManyField(
                blank=True,
                help_text="None chosen: all boards.",
                limit_choices_to={"criterion": "overall"},
                related_name="+",
                to="arena.board",
            ),
        )
    ]
