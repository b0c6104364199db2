"""docs/configuration.md says exactly what the settings declare."""

import re

from django.conf import settings

from lumenboard.settings.environment import DECLARED
from tests.docs.pages import ROOT

# Read by the test run alone, so no operator's business.
OURS = {"LUMENBOARD_TESTING"}
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)
READ = re.compile(r"""environ\)?(?:\.get)?[\[(]\s*["']([A-Z0-9_]+)["']""")
FOREIGN = {"DJANGO_SETTINGS_MODULE", "PATH", "PROMETHEUS_MULTIPROC_DIR"}


def rows() -> dict[str, tuple[str, str]]:
    text = (ROOT / "docs/configuration.md").read_text()
    listed = ROW.findall(text)
    assert len({name for name, _, _ in listed}) == len(listed), "a variable stands in two rows"
    return {name: (default.strip("`"), meaning) for name, default, meaning in listed}


def test_every_declared_variable_has_a_row_and_no_row_is_invented() -> None:
    assert settings.configured
    assert set(rows()) == set(DECLARED)


def test_every_default_is_the_declared_one() -> None:
    assert {name: default for name, (default, _) in rows().items()} == {
        name: variable.default for name, variable in DECLARED.items()
    }


def test_every_row_says_what_the_variable_does() -> None:
    assert [name for name, (_, meaning) in rows().items() if len(meaning) < 15] == []


def test_no_module_reads_a_variable_behind_the_declarations() -> None:
    read = {
        name
        for app in ("lumenboard", "arena", "providers")
        for path in (ROOT / app).rglob("*.py")
        for name in READ.findall(path.read_text())
    }
    assert read - set(DECLARED) - OURS - FOREIGN == set()
    assert {"PORT", "LUMENBOARD_DATA_DIR"} <= read


def test_compose_reads_only_variables_that_exist() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    taken = set(re.findall(r"\$\{([A-Z0-9_]+)[:?}-]", compose))
    page = (ROOT / "docs/configuration.md").read_text().partition("Compose needs")[2]
    assert taken - set(DECLARED) == set(re.findall(r"`([A-Z0-9_]+)`", page))


def test_settings_hold_plain_values() -> None:
    """Whatever a module of settings imports under a name in capitals becomes a setting of the site."""
    shown = {name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}
    assert [name for name, value in shown.items() if " object at 0x" in value] == []
