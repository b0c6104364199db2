"""Squashed migrations and those they replace say the same, and neither hangs on code that will change."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.architecture.test_layers import APPS


def test_the_models_are_those_of_the_migrations_both_ways() -> None:
    new = MigrationLoader(None)
    assert {app: name for app, name in new.graph.leaf_nodes() if app in APPS} != {}
    everything = MigrationLoader(None, replace_migrations=False)
    replaced = [squashed.replaces[-1] for squashed in everything.replacements.values()]
    old = everything.project_state(replaced)
    assert changes(old, new.project_state(list(everything.replacements))) == {}
    assert changes(new.project_state(), ProjectState.from_apps(apps)) == {}


def changes(before: ProjectState, after: ProjectState) -> dict:
    return MigrationAutodetector(before, after).changes(MigrationLoader(None).graph)


def test_there_is_one_squashed_migration_per_app_that_replaces_all_up_to_the_one_it_is_named_for() -> None:
    loader = MigrationLoader(None, replace_migrations=False)
    for (app, name), squashed in loader.replacements.items():
        last = name.partition("_squashed_")[2]
        there = sorted(key for key in loader.disk_migrations if key[0] == app and key[1] <= last and key[1] != name)
        assert squashed.replaces == there
    assert sorted(app for app, _ in loader.replacements) == ["arena", "providers"]


def test_what_follows_names_the_last_replaced_migration_so_that_undoing_that_one_undoes_it_first() -> None:
    loader = MigrationLoader(None, replace_migrations=False)
    named = {
        key: set(migration.dependencies) & set(loader.replacements)
        for key, migration in loader.disk_migrations.items()
        if key not in loader.replacements
    }
    assert {key: names for key, names in named.items() if names} == {}
