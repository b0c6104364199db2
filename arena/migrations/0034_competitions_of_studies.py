"""A competition may belong to a study, and then has its status and its visibility."""

import django.db.models.deletion
from django.db import migrations, models

# the lock waits for a study that is being changed, so that a competition put into it meanwhile has what it became
FOLLOW = """
CREATE FUNCTION arena_competition_follows_study() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT study.status, study.visibility INTO NEW.status, NEW.visibility
    FROM arena_study AS study WHERE study.id = NEW.study_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE FUNCTION arena_study_leads_competitions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_competition SET status = NEW.status, visibility = NEW.visibility WHERE study_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER competition_follows_study BEFORE INSERT OR UPDATE OF study_id, status, visibility ON arena_competition
    FOR EACH ROW WHEN (NEW.study_id IS NOT NULL) EXECUTE FUNCTION arena_competition_follows_study();
CREATE TRIGGER study_leads_competitions AFTER UPDATE OF status, visibility ON arena_study
    FOR EACH ROW EXECUTE FUNCTION arena_study_leads_competitions();
"""
STAY = """
DROP TRIGGER study_leads_competitions ON arena_study;
DROP TRIGGER competition_follows_study ON arena_competition;
DROP FUNCTION arena_study_leads_competitions();
DROP FUNCTION arena_competition_follows_study();
"""


class Migration(migrations.Migration):
    dependencies = [("arena", "0033_parity")]

    operations = [
        migrations.AddField(
            model_name="competition",
            name="study",
            field=models.ForeignKey(
                blank=True,
                help_text="Status and visibility are then the study's.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="competitions",
                to="arena.study",
            ),
        ),
        migrations.AlterField(
            model_name="competition",
            name="visibility",
            field=models.CharField(
                choices=[("public", "Public"), ("link", "By link"), ("members", "Members of its study")],
                db_default="public",
                default="public",
                help_text="By link: seen by who has the address; in no list, and on no board but its own.",
                max_length=8,
            ),
        ),
        migrations.RunSQL(FOLLOW, STAY),
    ]
