"""Who may bring entrants, and what with them: the one rule, for pages and API alike. Roles of studies go here."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from providers.models import ApiKey

KEY_SCOPE: Final = "entries:write"


@dataclass(frozen=True)
class EntrantRights:
    """`brings` pictures for what is there; `makes_competitions` and `makes_models`; `opens` them for votes at once."""

    brings: bool = False
    makes_competitions: bool = False
    makes_models: bool = False
    opens: bool = False


def rights_of(user: AbstractBaseUser | AnonymousUser) -> EntrantRights:
    """Of an operator, by the permissions of the tables that would be written."""
    may = user.has_perm  # type: ignore[union-attr]  # every user of the site has permissions
    return EntrantRights(
        brings=may("arena.add_entry"),
        makes_competitions=may("arena.add_competition"),
        makes_models=may("providers.add_imagemodel"),
        opens=may("arena.change_entry") and may("arena.change_competition"),
    )


def rights_of_key(key: ApiKey | None) -> EntrantRights:
    """Of an API key as it is now: drafts and held entries, which a person looks at before others see them. None of
    one that is revoked, expired or gone.
    """
    brings = key is not None and key.is_live(timezone.now()) and KEY_SCOPE in key.scopes
    return EntrantRights(brings=brings, makes_competitions=brings, makes_models=brings)
