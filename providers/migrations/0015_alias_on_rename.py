"""Triggers that leave an alias behind when a model's slug changes, whoever changes it, so that old addresses lead on."""

from django.db import migrations

ALIAS = """
CREATE FUNCTION providers_take_back_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM providers_modelalias WHERE slug = NEW.slug AND model_id = NEW.id;
    RETURN NEW;
END $$;
CREATE FUNCTION providers_leave_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO providers_modelalias (model_id, slug, position)
    SELECT NEW.id, OLD.slug, coalesce(max(position) + 1, 0) FROM providers_modelalias WHERE model_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION providers_same_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM providers_modelalias WHERE slug = NEW.slug AND model_id = NEW.model_id;
    RETURN NEW;
END $$;
CREATE TRIGGER take_back_alias BEFORE UPDATE OF slug ON providers_imagemodel
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION providers_take_back_alias();
-- by name after claim_slug, which gives the old slug free
CREATE TRIGGER leave_alias AFTER UPDATE OF slug ON providers_imagemodel
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION providers_leave_alias();
-- a form that names the old slug as an alias itself means the one that was just left
CREATE TRIGGER same_alias BEFORE INSERT ON providers_modelalias
    FOR EACH ROW EXECUTE FUNCTION providers_same_alias();
"""
NO_ALIAS = """
DROP TRIGGER same_alias ON providers_modelalias;
DROP TRIGGER leave_alias ON providers_imagemodel;
DROP TRIGGER take_back_alias ON providers_imagemodel;
DROP FUNCTION providers_same_alias();
DROP FUNCTION providers_leave_alias();
DROP FUNCTION providers_take_back_alias();
"""


class Migration(migrations.Migration):
    dependencies = [("providers", "0014_names")]

    operations = [migrations.RunSQL(ALIAS, NO_ALIAS)]
