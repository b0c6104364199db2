from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("providers", "0017_longest_prompt")]

    operations = [
        migrations.AddField(
            model_name="imagemodel",
            name="is_announced",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Public before it has an endpoint, a public entry or reported figures.",
                verbose_name="announced",
            ),
        ),
    ]
