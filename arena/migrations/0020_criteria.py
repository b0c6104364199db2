"""Votes, tallies, boards and links of the chain say which criterion they are of. Rows that are there are of `overall`: a
constant default, so no row is rewritten; of the vote log one index is built anew."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Concat

SAID_BY = ("vote", "tally", "board", "votechainlink")
# a foreign key that no longer is unique by itself; by statement, for Django would check every row's key once more
UNIQUE_BEFORE = (("vote", "battle"), ("board", "category"), ("board", "competition"))


def criterion(model: str) -> migrations.AddField:
    editable: dict[str, Any] = {"editable": False} if model == "votechainlink" else {}
    field = models.CharField(max_length=40, default="overall", db_default="overall", **editable)
    return migrations.AddField(model, "criterion", field)


def no_longer_unique(model: str, name: str) -> migrations.SeparateDatabaseAndState:
    own: dict[str, Any] = {"related_name": "votes"} if model == "vote" else {"related_name": "boards", "null": True, "blank": True}
    key = models.ForeignKey(f"arena.{name}", on_delete=django.db.models.deletion.CASCADE, db_index=False, **own)
    constraint = f"arena_{model}_{name}_id_key"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"ALTER TABLE arena_{model} DROP CONSTRAINT {constraint}",
                f"ALTER TABLE arena_{model} ADD CONSTRAINT {constraint} UNIQUE ({name}_id)",
            )
        ],
        state_operations=[migrations.AlterField(model, name, key)],
    )


def is_a_key(model: str) -> migrations.AddConstraint:
    known = models.Q(criterion="overall") | models.Q(criterion__regex="^[a-z0-9]+(-[a-z0-9]+)*$")
    return migrations.AddConstraint(model, models.CheckConstraint(condition=known, name=f"{model}_criterion_is_a_key"))


def unique(model: str, name: str, *fields: str, **options: Any) -> migrations.AddConstraint:
    return migrations.AddConstraint(model, models.UniqueConstraint(fields=fields, name=name, **options))


class Migration(migrations.Migration):
    dependencies = [("arena", "0019_sent_forms")]

    operations = [
        *(criterion(model) for model in SAID_BY),
        migrations.RemoveConstraint("board", "one_board_per_mode"),
        migrations.RemoveConstraint("tally", "one_tally_per_ordered_pair"),
        *(no_longer_unique(*key) for key in UNIQUE_BEFORE),
        unique("vote", "one_vote_per_battle_and_criterion", "battle", "criterion"),
        unique("tally", "one_tally_per_ordered_pair", "competition", "left_model", "right_model", "criterion"),
        unique("board", "one_board_per_mode_and_criterion", "mode", "criterion", condition=models.Q(kind="mode")),
        unique("board", "one_board_per_category_and_criterion", "category", "criterion"),
        unique("board", "one_board_per_competition_and_criterion", "competition", "criterion"),
        *(is_a_key(model) for model in ("vote", "tally", "board")),
        migrations.AddConstraint(
            "board",
            models.CheckConstraint(
                condition=models.Q(criterion="overall") & ~models.Q(key__contains="~")
                | ~models.Q(criterion="overall") & models.Q(key__endswith=Concat(models.Value("~"), "criterion")),
                name="board_key_names_its_criterion",
            ),
        ),
    ]
