"""Imports keep to the contracts of `.importlinter`; folders, files and functions stay small, names plain."""

import ast
import re
import sys
from collections import Counter
from configparser import ConfigParser
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[2]
APPS = ("lumenboard", "arena", "providers")
CONTRACTS = ROOT / ".importlinter"
# What pure modules may use beside the standard library, where other contracts let them.
LIBRARIES = {"PIL", "cronsim", "latex2mathml", "markdown_it", "mdit_py_plugins", "numpy", "pi_heif", "tomli_w"}
# Words of a private language; an engineer who comes new expects to_dict, message, stored, request, recover, enqueue.
PRIVATE_WORDS = {"told", "kept", "wish", "tend", "sing", "held", "walk"}
FORBIDDEN_NAMES = {"utils", "helpers", "services", "selectors", "manager", "managers", "common", "misc"}


def sources() -> list[Path]:
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def pure_modules() -> list[str]:
    contracts = ConfigParser()
    contracts.read(CONTRACTS)
    return contracts["importlinter:contract:pure"]["source_modules"].split()


def test_the_contracts_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    result = lint_imports(str(CONTRACTS), no_cache=True, no_logo=True)
    assert result == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_pure_modules_use_no_other_libraries() -> None:
    graph = grimp.build_graph(*APPS, include_external_packages=True, cache_dir=None)
    pure = {module for name in pure_modules() for module in (name, *graph.find_descendants(name))}
    known = {*sys.stdlib_module_names, *APPS, *LIBRARIES}
    wrong = [
        f"{module} imports {name}"
        for module in sorted(pure)
        for name in graph.find_modules_directly_imported_by(module)
        if name.split(".")[0] not in known
    ]
    assert wrong == []


def test_modules_that_call_themselves_pure_are_held_to_it() -> None:
    listed = pure_modules()
    unlisted = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"\bPure\b", ast.get_docstring(ast.parse(path.read_text())) or "")
        and not any(f"{module_name(path)}.".startswith(f"{name}.") for name in listed)
    ]
    assert unlisted == []


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
