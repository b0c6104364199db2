"""Models that only drafts and held entries speak of stay unannounced when these go."""

from django.db import migrations

NOT_ANNOUNCED = """
UPDATE providers_imagemodel AS model SET is_announced = false
WHERE EXISTS (SELECT FROM arena_entry WHERE model_id = model.id)
    AND NOT EXISTS (
        SELECT FROM arena_entry AS entry JOIN arena_competition AS competition ON competition.id = entry.competition_id
        WHERE entry.model_id = model.id AND entry.status IN ('live', 'retired')
            AND competition.status IN ('open', 'closed')
    )
    AND NOT EXISTS (SELECT FROM providers_endpoint WHERE model_id = model.id)
    AND NOT EXISTS (SELECT FROM providers_reportedperformance WHERE model_id = model.id)
    AND NOT EXISTS (SELECT FROM providers_reportedstanding WHERE model_id = model.id)
"""


class Migration(migrations.Migration):
    dependencies = [("arena", "0016_longest_prompt"), ("providers", "0018_is_announced")]

    # the mark goes with its column
    operations = [migrations.RunSQL(NOT_ANNOUNCED, migrations.RunSQL.noop)]
