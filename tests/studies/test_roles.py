"""What each role may, and that nothing asks another table."""

import pytest

from arena.studies.roles import RIGHTS, Right, leaves_an_owner, rights_of, roles_with


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("owner", {"see", "vote", "results", "edit", "people"}),
        ("editor", {"see", "edit"}),
        ("analyst", {"see", "results"}),
        ("rater", {"see", "vote"}),
        ("", set()),
        ("admin", set()),
    ],
)
def test_a_role_may(role: str, allowed: set[str]) -> None:
    assert {str(right) for right in rights_of(role, "open")} == allowed
    assert rights_of(role, "closed") == rights_of(role, "open")


def test_a_draft_is_for_those_who_prepare_it() -> None:
    assert roles_with(Right.SEE, "draft") == ["owner", "editor"]
    assert roles_with(Right.SEE, "open") == list(RIGHTS)


def test_only_owners_decide_about_people() -> None:
    assert roles_with(Right.PEOPLE, "open") == roles_with(Right.PEOPLE, "draft") == ["owner"]


def test_a_study_needs_an_owner() -> None:
    assert leaves_an_owner(["rater", "owner"])
    assert not leaves_an_owner(["editor", "analyst"])
