"""The database of the tests of dispatch, for the one that follows an adapter to its calls."""

from tests.dispatch.conftest import shared_database

__all__ = ["shared_database"]
