"""Triggers that claim every slug and alias in one table, so that two models can never answer to one name."""

from django.db import migrations

CLAIM = """
CREATE FUNCTION providers_claim_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.slug = NEW.slug THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM providers_slugclaim WHERE slug = OLD.slug;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF TG_TABLE_NAME = 'providers_imagemodel' THEN
            INSERT INTO providers_slugclaim (slug, model_id) VALUES (NEW.slug, NEW.id);
        ELSE
            INSERT INTO providers_slugclaim (slug, model_id) VALUES (NEW.slug, NEW.model_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_slug AFTER INSERT OR UPDATE OF slug OR DELETE ON providers_imagemodel
    FOR EACH ROW EXECUTE FUNCTION providers_claim_slug();
CREATE TRIGGER claim_slug AFTER INSERT OR UPDATE OF slug OR DELETE ON providers_modelalias
    FOR EACH ROW EXECUTE FUNCTION providers_claim_slug();
"""
RELEASE = """
DROP TRIGGER claim_slug ON providers_modelalias;
DROP TRIGGER claim_slug ON providers_imagemodel;
DROP FUNCTION providers_claim_slug();
"""


class Migration(migrations.Migration):
    dependencies = [("providers", "0001_initial")]

    operations = [migrations.RunSQL(CLAIM, RELEASE)]
