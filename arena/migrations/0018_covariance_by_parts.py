"""Of a covariance PostgreSQL reads the blocks that are asked for; a compressed one it would have to unpack from its start."""

from django.db import migrations

COLUMN = "ALTER TABLE arena_snapshot ALTER COLUMN covariance SET STORAGE "


class Migration(migrations.Migration):
    dependencies = [("arena", "0017_unannounced_models")]

    # rows that are there follow when their board is next computed
    operations = [migrations.RunSQL(f"{COLUMN}EXTERNAL", f"{COLUMN}EXTENDED")]
