import ast

import pytest

from tests.embedded.factories import ROOT

MODULES = sorted((ROOT / "lumenboard" / "embedded").glob("*.py"))


@pytest.mark.parametrize("module", [path.stem for path in MODULES if path.stem != "prepare"])
def test_nothing_but_the_preparation_loads_a_framework_at_import(module: str) -> None:
    tree = ast.parse((ROOT / "lumenboard" / "embedded" / f"{module}.py").read_text())
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name if isinstance(node, ast.Import) else node.module or "" for node in top for name in node.names}
    assert {name.split(".")[0] for name in names} & {"django", "celery", "psycopg", "redis", "granian"} == set()
