"""Forms of operators that act once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0018_covariance_by_parts")]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("token", models.UUIDField(primary_key=True, serialize=False)),
                ("url", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"default_permissions": ()},
        )
    ]
