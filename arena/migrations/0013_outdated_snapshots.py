"""Snapshots know that a slug or a membership changed since, which counts of votes do not show."""

from django.db import migrations, models

OUTDATED = """
CREATE FUNCTION arena_slug_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the covariance stays that of these models, under their new name
    UPDATE arena_snapshot SET is_outdated = true, fitted_models = array_replace(fitted_models, OLD.slug, NEW.slug)
    WHERE is_current AND id IN (SELECT snapshot_id FROM arena_standing WHERE model_id = NEW.id);
    -- for a computation that has read the old slug and writes its snapshot after this
    UPDATE arena_tally SET updated_at = clock_timestamp() WHERE NEW.id IN (left_model_id, right_model_id);
    RETURN NULL;
END $$;
CREATE FUNCTION arena_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        SELECT id FROM arena_board WHERE category_id IN (
            CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.category_id END,
            CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.category_id END
        )
    );
    RETURN NULL;
END $$;
CREATE FUNCTION arena_exclusion_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.board_id END,
        CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.board_id END
    );
    RETURN NULL;
END $$;
CREATE FUNCTION arena_mode_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        SELECT id FROM arena_board WHERE kind = 'mode' AND mode IN (OLD.mode, NEW.mode)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER slug_changed AFTER UPDATE OF slug ON providers_imagemodel
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION arena_slug_changed();
CREATE TRIGGER category_changed AFTER INSERT OR UPDATE OR DELETE ON arena_competition_categories
    FOR EACH ROW EXECUTE FUNCTION arena_category_changed();
CREATE TRIGGER exclusion_changed AFTER INSERT OR UPDATE OR DELETE ON arena_boardexclusion
    FOR EACH ROW EXECUTE FUNCTION arena_exclusion_changed();
CREATE TRIGGER mode_changed AFTER UPDATE OF mode ON arena_competition
    FOR EACH ROW WHEN (OLD.mode <> NEW.mode) EXECUTE FUNCTION arena_mode_changed();
"""
FORGOTTEN = """
DROP TRIGGER mode_changed ON arena_competition;
DROP TRIGGER exclusion_changed ON arena_boardexclusion;
DROP TRIGGER category_changed ON arena_competition_categories;
DROP TRIGGER slug_changed ON providers_imagemodel;
DROP FUNCTION arena_mode_changed();
DROP FUNCTION arena_exclusion_changed();
DROP FUNCTION arena_category_changed();
DROP FUNCTION arena_slug_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("arena", "0012_growing_votes"), ("providers", "0015_alias_on_rename")]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="is_outdated",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, help_text="A slug or a membership changed since."
            ),
        ),
        migrations.RunSQL(OUTDATED, FORGOTTEN),
    ]
