"""The layers hold: imports run lumenboard -> arena -> providers, and pure modules know no Django."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("lumenboard", "arena", "providers")
BELOW = {
    "lumenboard": {"lumenboard", "arena", "providers"},
    "arena": {"arena", "providers"},
    "providers": {"providers"},
}

# What pure modules may import beside the standard library and itself, and why.
PURE = {
    "arena/rating": {"numpy"},
    "arena/voting/drawing.py": {"numpy"},
    "arena/integrity/fraud.py": {"numpy"},
    "arena/boards/methods.py": set(),
    "arena/generation/cadence.py": {"cronsim"},
    "arena/boards/charts": {"numpy"},
    "arena/exchange/dataset_files.py": set(),
    "arena/generation/plan.py": set(),
    "arena/images/imaging.py": {"PIL"},
    "arena/generation/probe_picture.py": {"PIL"},
    "arena/boards/rank_changes.py": set(),
    "arena/boards/standings.py": {"numpy"},
    # starts a process, and the process must start without a framework
    "arena/images/intake": {"PIL"},
    "arena/voting/ballot.py": set(),
    "arena/exchange/vote_file.py": set(),
    "providers/modes.py": set(),
    "providers/plain_values.py": set(),
    "providers/slugs.py": set(),
    "providers/names.py": set(),
    "providers/prompts.py": set(),
    "providers/telemetry/sample_file.py": set(),
    "providers/telemetry/sample_rows.py": set(),
    "providers/alerts/rules.py": set(),
    "providers/webhooks/signing.py": set(),
    "providers/telemetry/histogram.py": {"numpy"},
    "providers/telemetry/rollup_sql.py": {"numpy"},
    "providers/telemetry/figures.py": set(),
    "providers/telemetry/incidents.py": set(),
    "providers/telemetry/series.py": {"numpy"},
    "providers/telemetry/tables.py": set(),
    "providers/telemetry/windows.py": set(),
    "providers/pricing": set(),
    "providers/accounts/access.py": set(),
    "providers/planning/call_plan.py": set(),
    "providers/planning/offers.py": set(),
    "providers/planning/preference.py": set(),
    "providers/planning/routing.py": set(),
    "providers/planning/schema": set(),
    "providers/planning/served.py": set(),
    "providers/planning/sizes.py": set(),
    "providers/adapters": set(),
    "providers/dispatch/addresses.py": set(),
    "providers/dispatch/breaker.py": set(),
    "providers/dispatch/order_record.py": set(),
    "providers/dispatch/picture_header.py": set(),
    "providers/catalogue/card": set(),
    "providers/sheet.py": set(),
    "providers/simulator/painting": {"numpy", "PIL"},
    "providers/simulator/latency.py": set(),
    "providers/simulator/plain.py": set(),
    "providers/simulator/switches.py": set(),
    "lumenboard/demo/calls.py": {"numpy"},
    "lumenboard/demo/world.py": set(),
    "lumenboard/demo/voting.py": {"numpy"},
    "lumenboard/pages/analytics/latency_charts.py": set(),
    "lumenboard/pages/analytics/outcome_charts.py": set(),
    "lumenboard/pages/analytics/strips.py": set(),
    "lumenboard/pages/analytics/words.py": set(),
    "lumenboard/pages/boards/frontier.py": set(),
    "lumenboard/pages/embed/badge.py": set(),
    "lumenboard/pages/embed/picture.py": {"PIL"},
    "lumenboard/facts/structured.py": set(),
    "lumenboard/facts/types.py": set(),
    "lumenboard/facts/code_examples.py": set(),
    "lumenboard/facts/request_code.py": set(),
    "lumenboard/facts/links.py": set(),
    "lumenboard/facts/markdown.py": set(),
    "lumenboard/facts/markdown_figures.py": set(),
    "lumenboard/facts/narrow.py": set(),
    "lumenboard/facts/plain_text.py": set(),
    "lumenboard/facts/prices.py": set(),
    "lumenboard/facts/questions.py": set(),
    "lumenboard/facts/standings.py": set(),
    "lumenboard/formatting.py": set(),
    "lumenboard/handbook/rendering.py": {"latex2mathml", "markdown_it", "mdit_py_plugins"},
    "lumenboard/geometry.py": set(),
    "lumenboard/pages/boards/summary_sentence.py": set(),
}
# Words of a private language; an engineer who comes new expects to_dict, message, stored, request, recover, enqueue.
PRIVATE_WORDS = {"told", "kept", "wish", "tend", "sing", "held", "walk"}
FORBIDDEN_NAMES = {"utils", "helpers", "services", "selectors", "manager", "managers", "common", "misc"}


def sources() -> list[Path]:
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def imported(path: Path) -> set[str]:
    """Every module a file imports, absolute names only, late imports included."""
    names: set[str] = set()
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            home = ".".join((*base, node.module or "")).rstrip(".")
            members = {alias.name: f"{home}.{alias.name}" for alias in node.names}
            names.update(full if is_module(full) else home for full in members.values())
    return names


def pure_files() -> list[tuple[Path, set[str]]]:
    found = []
    for place, allowed in PURE.items():
        target = ROOT / place
        assert target.exists(), f"{place} is listed as pure and does not exist"
        found += [(path, allowed) for path in ([target] if target.is_file() else sorted(target.rglob("*.py")))]
    return found


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_itself_and_the_apps_below(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] == app
        for name in imported(path)
        if name.split(".")[0] in set(APPS) - BELOW[app]
    ]
    assert wrong == []


def test_pure_modules_import_no_framework() -> None:
    import sys

    wrong = []
    for path, allowed in pure_files():
        for name in imported(path):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in allowed or top in APPS:
                continue
            wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_pure_modules_import_only_pure_modules_of_ours() -> None:
    pure = {str(path.relative_to(ROOT).with_suffix("")).replace("/", ".") for path, _ in pure_files()}
    packages = {name.removesuffix(".__init__") for name in pure} | {
        "providers.catalogue",
        "providers.planning",
        "providers",
    }
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, _ in pure_files()
        for name in imported(path)
        if name.split(".")[0] in APPS and name not in packages and name not in pure
    ]
    assert wrong == []


def test_pure_modules_read_no_clock_and_no_hidden_randomness() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, _ in pure_files()
        for name in imported(path)
        if name.split(".")[0] in {"random", "secrets", "time"}
    ]
    assert wrong == []


def test_network_code_stands_in_dispatch_and_webhooks_alone() -> None:
    clients = {"httpx", "httpx2", "httpcore2", "requests", "urllib3", "aiohttp", "smtplib"}
    found = {
        path.relative_to(ROOT).parent.as_posix()
        for path in sources()
        for name in imported(path)
        if name.split(".")[0] in clients or name.startswith("django.core.mail")
    }
    assert found == {"providers/dispatch", "providers/webhooks"}


ENTRY_POINTS = {"tasks", "api", "admin", "views", "urls", "management"}


def is_entry_point(parts: tuple[str, ...]) -> bool:
    return bool(ENTRY_POINTS & set(parts)) or any(part.startswith("api_") for part in parts[2:] if part != "api_keys")


def test_what_is_not_an_entry_point_imports_none() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] in {"arena", "providers"}
        if not is_entry_point(path.relative_to(ROOT).with_suffix("").parts)
        for name in imported(path)
        if name.split(".")[0] in APPS and is_entry_point(tuple(name.split(".")))
    ]
    assert wrong == []


def test_no_folder_is_a_pile() -> None:
    modules = Counter(str(path.parent.relative_to(ROOT)) for path in sources() if path.name != "__init__.py")
    assert {folder: count for folder, count in modules.items() if count > 25} == {}


def test_no_module_is_a_grab_bag() -> None:
    assert [str(path) for path in sources() if path.stem in FORBIDDEN_NAMES or FORBIDDEN_NAMES & set(path.parts)] == []


def names_in(path: Path) -> set[str]:
    """Of functions, classes, arguments, variables and attributes."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    variables = {node.id for node in nodes if isinstance(node, ast.Name)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return defined | arguments | variables | attributes


def test_providers_are_named_in_the_words_of_the_field() -> None:
    private = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] == "providers" and "simulator" not in path.parts
        for name in sorted(names_in(path))
        if PRIVATE_WORDS & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
    ]
    assert private == []


def test_files_stay_short() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_functions_stay_short() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > 50:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_the_simulator_knows_nothing_of_the_site() -> None:
    """It stands for others' servers, and may be taken out as a package of its own."""
    simulator = ROOT / "providers" / "simulator"
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted(simulator.rglob("*.py"))
        for name in imported(path)
        if name.split(".")[0] in APPS and not name.startswith("providers.simulator")
    ]
    assert wrong == []
