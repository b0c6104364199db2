from django.db import migrations

# Processes hold keys in memory for a moment: they hear at once of one that has changed or gone.
TELL = """
CREATE FUNCTION providers_tell_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('providers_apikey', OLD.public_id);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_key_change AFTER DELETE OR UPDATE OF public_id, secret_sha256, scopes, calls_per_minute,
    keeps_payloads, expires_at, revoked_at ON providers_apikey
FOR EACH ROW EXECUTE FUNCTION providers_tell_key_change()
"""
SILENCE = """
DROP TRIGGER tell_key_change ON providers_apikey;
DROP FUNCTION providers_tell_key_change()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0021_requests_answered_later"),
    ]

    operations = [
        migrations.RunSQL(TELL, SILENCE),
    ]
