import django.core.validators
import django.db.models.deletion
import providers.models.deliveries
from django.db import migrations, models

FILL = """
INSERT INTO providers_receiver (channel, target, failures, last_problem)
SELECT DISTINCT channel, target, 0, '' FROM providers_alertdelivery ON CONFLICT DO NOTHING;
UPDATE providers_alertdelivery AS row SET receiver_id = receiver.id FROM providers_receiver AS receiver
WHERE receiver.channel = row.channel AND receiver.target = row.target;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
BACK = """
UPDATE providers_alertdelivery AS row SET channel = receiver.channel, target = receiver.target
FROM providers_receiver AS receiver WHERE receiver.id = row.receiver_id;
"""


class Migration(migrations.Migration):

    dependencies = [("providers", "0011_alerts")]

    operations = [
        migrations.CreateModel(
            name="Receiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=[("webhook", "webhook"), ("email", "email")], max_length=7)),
                ("target", models.CharField(max_length=300)),
                ("failures", models.PositiveIntegerField(default=0, help_text="Attempts in a row that failed.")),
                ("next_at", models.DateTimeField(help_text="Nothing is sent there before.", null=True)),
                ("lease", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("last_tried_at", models.DateTimeField(null=True)),
                ("last_delivered_at", models.DateTimeField(null=True)),
                ("last_problem", models.CharField(blank=True, max_length=300)),
                ("disabled_at", models.DateTimeField(help_text="When it answered that it is gone for good.", null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="receiver",
            constraint=models.UniqueConstraint(fields=("channel", "target"), name="one_receiver_per_target"),
        ),
        migrations.AddConstraint(
            model_name="receiver",
            constraint=models.CheckConstraint(condition=models.Q(("channel__in", ("webhook", "email"))), name="receiver_channel_known"),
        ),
        migrations.AddConstraint(
            model_name="receiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease__isnull", True), ("lease_until__isnull", True)),
                    models.Q(("lease__isnull", False), ("lease_until__isnull", False)),
                    _connector="OR",
                ),
                name="receiver_lease_has_an_end",
            ),
        ),
        migrations.RemoveConstraint(model_name="alertdelivery", name="one_delivery_per_event_and_place"),
        migrations.RemoveIndex(model_name="alertdelivery", name="delivery_waiting"),
        migrations.AddField(
            model_name="alertdelivery",
            name="give_up_at",
            field=models.DateTimeField(default=providers.models.deliveries.trial_end),
        ),
        migrations.AddField(
            model_name="alertdelivery",
            name="receiver",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="providers.receiver"
            ),
        ),
        migrations.RunSQL(FILL, BACK),
        migrations.AlterField(
            model_name="alertdelivery",
            name="receiver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="providers.receiver"
            ),
        ),
        # blank, so that the way back can make the columns before it fills them
        migrations.AlterField(model_name="alertdelivery", name="channel", field=models.CharField(blank=True, max_length=7)),
        migrations.AlterField(model_name="alertdelivery", name="target", field=models.CharField(blank=True, max_length=300)),
        migrations.RemoveField(model_name="alertdelivery", name="channel"),
        migrations.RemoveField(model_name="alertdelivery", name="target"),
        migrations.AddIndex(
            model_name="alertdelivery",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["receiver", "next_at"], name="delivery_waiting"),
        ),
        migrations.AddConstraint(
            model_name="alertdelivery",
            constraint=models.UniqueConstraint(fields=("incident", "event", "receiver"), name="one_delivery_per_event_and_place"),
        ),
        migrations.AlterField(
            model_name="alertrule",
            name="webhook_url",
            field=models.CharField(
                blank=True,
                max_length=300,
                validators=[
                    django.core.validators.URLValidator(schemes=["https", "http"]),
                    django.core.validators.RegexValidator(
                        "^[^/]*//[^/?#@\\\\]*([/?#][^\\\\]*)?$",
                        "An address without a user name, a password or a backslash is allowed.",
                    ),
                ],
            ),
        ),
    ]
