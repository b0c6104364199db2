"""Accounts of people who were invited: made with a name and a password, or with an address that was proven."""

from typing import Final

from django.contrib.auth.models import User
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction

from arena.studies.addresses import with_address

LONGEST_NAME: Final = 60
# no address: those are proven first
NAME_RULE: Final = RegexValidator(
    r"\A[a-z0-9][a-z0-9._-]{1,59}\Z", "2 to 60 small letters, digits, dots, hyphens and underscores; no blanks."
)


class NameTaken(ValueError):
    """Another account has it."""


def make_account(name: str, password: str, address: str = "") -> User:
    """`password` may be empty: then only mailed links open it. Raises NameTaken."""
    try:
        with transaction.atomic():
            return User.objects.create_user(name, email=address, password=password or None)
    except IntegrityError:
        raise NameTaken("This name is taken.") from None


def make_account_at(address: str, password: str = "") -> User:
    """At an address that was proven, which is its name too. Raises NameTaken where there is one, an operator's also."""
    if with_address(User.objects.all(), "email", address).exists():
        raise NameTaken("There is an account with this address. Log in with it.")
    return make_account(address.lower(), password, address.lower())
