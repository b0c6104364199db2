"""Links of the vote log's chain know the slugs they were made of; those that exist take the slugs of this moment."""

from django.db import migrations, models

NAMES_OF_NOW = """
UPDATE arena_votechainlink AS link SET names = coalesce((
    SELECT jsonb_object_agg(model.id, model.slug) FROM providers_imagemodel AS model WHERE model.id IN (
        SELECT unnest(ARRAY[battle.left_model_id, battle.right_model_id])
        FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
        WHERE vote.number BETWEEN link.first_vote_number AND link.last_vote_number
    )
), '{}')
"""
# the version before chains their votes anew
WITHOUT_LINKS_OF_THE_NEW_FORM = "DELETE FROM arena_votechainlink WHERE covers_names"


class Migration(migrations.Migration):
    dependencies = [("arena", "0014_pair_caps"), ("providers", "0015_alias_on_rename")]

    operations = [
        migrations.AddField(
            model_name="votechainlink",
            name="names",
            field=models.JSONField(default=dict, db_default={}, editable=False),
        ),
        migrations.AddField(
            model_name="votechainlink",
            name="covers_names",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="The digest is of the names too; of old links not.",
            ),
        ),
        migrations.RunSQL(NAMES_OF_NOW, WITHOUT_LINKS_OF_THE_NEW_FORM),
    ]
