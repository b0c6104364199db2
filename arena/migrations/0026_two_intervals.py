"""Standings keep the interval on the board's own prompts beside the one that is shown. Nullable, so no row is
rewritten; what is there has them from the board's next computation on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0025_verdicts")]

    operations = [
        migrations.AddField("standing", "conditional_lower", models.FloatField(null=True)),
        migrations.AddField("standing", "conditional_upper", models.FloatField(null=True)),
    ]
