"""Voters of imported files are known by a keyed hash of their name. A constant default, so no row is rewritten; the
index is of rows that have one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0031_raters")]

    operations = [
        migrations.AddField(
            "voter",
            "imported_as",
            models.CharField(
                max_length=64,
                blank=True,
                default="",
                db_default="",
                editable=False,
                help_text="Keyed hash of a file's name.",
            ),
        ),
        migrations.AddConstraint(
            "voter",
            models.UniqueConstraint(
                fields=["imported_as"], condition=~models.Q(imported_as=""), name="one_voter_per_imported_name"
            ),
        ),
    ]
