"""Standings say how sure a rating is for prompts like those of the board, and for one new prompt. Nullable or with a
constant default, so no row is rewritten; what is there has them from the board's next computation on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0020_criteria")]

    operations = [
        migrations.AddField(
            "standing",
            "competitions",
            models.PositiveIntegerField(null=True, help_text="With battles of the model, of those of the board."),
        ),
        migrations.AddField("standing", "prompts_lower", models.FloatField(null=True)),
        migrations.AddField("standing", "prompts_upper", models.FloatField(null=True)),
        migrations.AddField("standing", "new_prompt_lower", models.FloatField(null=True)),
        migrations.AddField("standing", "new_prompt_upper", models.FloatField(null=True)),
        migrations.AddField(
            "standing",
            "prompts_withheld",
            models.CharField(max_length=20, default="", db_default="", blank=True),
        ),
    ]
