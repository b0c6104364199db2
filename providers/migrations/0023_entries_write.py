from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

SCOPES = {
    "images": "generate and edit images",
    "requests:read": "read the log of its own requests",
    "samples:write": "report measured samples",
    "entries:write": "bring entrants: drafts and held entries",
}


class Migration(migrations.Migration):
    """Keys may bring entrants."""

    dependencies = [("providers", "0022_key_changes_told")]

    operations = [
        migrations.AlterField(
            "apikey",
            "scopes",
            ArrayField(models.CharField(choices=list(SCOPES.items()), max_length=20), default=list, size=None),
        ),
        migrations.RemoveConstraint("apikey", "key_scopes_known"),
        migrations.AddConstraint(
            "apikey",
            models.CheckConstraint(condition=models.Q(scopes__contained_by=list(SCOPES)), name="key_scopes_known"),
        ),
    ]
