import django.core.validators
import django.db.models.deletion
import providers.models.deliveries
from django.db import migrations, models

FILL = """
INSERT INTO providers_receiver (channel, target, failures, last_problem)
SELECT DISTINCT 'webhook', target, 0, '' FROM arena_boardmessage ON CONFLICT DO NOTHING;
UPDATE arena_boardmessage AS row SET receiver_id = receiver.id FROM providers_receiver AS receiver
WHERE receiver.channel = 'webhook' AND receiver.target = row.target;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
BACK = """
UPDATE arena_boardmessage AS row SET target = receiver.target
FROM providers_receiver AS receiver WHERE receiver.id = row.receiver_id;
"""


class Migration(migrations.Migration):

    dependencies = [("arena", "0009_see_operations"), ("providers", "0012_receivers")]

    operations = [
        migrations.RemoveIndex(model_name="boardmessage", name="board_message_waiting"),
        migrations.AddField(
            model_name="boardmessage",
            name="give_up_at",
            field=models.DateTimeField(default=providers.models.deliveries.trial_end),
        ),
        migrations.AddField(
            model_name="boardmessage",
            name="receiver",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="providers.receiver"
            ),
        ),
        migrations.RunSQL(FILL, BACK),
        migrations.AlterField(
            model_name="boardmessage",
            name="receiver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="providers.receiver"
            ),
        ),
        # blank, so that the way back can make the column before it fills it
        migrations.AlterField(model_name="boardmessage", name="target", field=models.CharField(blank=True, max_length=300)),
        migrations.RemoveField(model_name="boardmessage", name="target"),
        migrations.AddIndex(
            model_name="boardmessage",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["receiver", "next_at"], name="board_message_waiting"),
        ),
        migrations.AlterField(
            model_name="boardwebhook",
            name="url",
            field=models.CharField(
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
