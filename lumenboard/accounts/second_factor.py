"""A second factor of an account: an app's codes (TOTP), and recovery codes that work once. On django-otp."""

from typing import Any, Final

from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

# where an account turns it on
ENROL: Final = "/account/second-factor"
RECOVERY_CODES: Final = 10
DIGITS: Final = 6
NAME: Final = "app"
# the attribute of an account that holds its confirmed devices of a kind
CONFIRMED: Final[dict[type[Device], str]] = {TOTPDevice: "confirmed_apps", StaticDevice: "confirmed_recovery"}


def with_devices(users: QuerySet[User]) -> QuerySet[User]:
    """Accounts as `devices_of` reads them without asking again."""
    confirmed = {
        name: ArraySubquery(kind.objects.filter(user=OuterRef("pk"), confirmed=True).values("pk"))
        for kind, name in CONFIRMED.items()
    }
    return users.annotate(**confirmed)


def devices_of(user: Any, kind: type[Device]) -> list[str]:
    """The confirmed ones of a kind, as sessions name them."""
    numbers = getattr(user, CONFIRMED[kind], None)
    if numbers is None:
        numbers = kind.objects.filter(user=user.pk, confirmed=True).values_list("pk", flat=True)
    return [f"{kind._meta.app_label}.{kind._meta.model_name}/{number}" for number in numbers]


class WrongCode(ValueError):
    """Says what is wrong with a code, in words for its owner."""


def app_of(user: Any) -> TOTPDevice | None:
    """The app whose codes are asked for at each log-in."""
    return TOTPDevice.objects.filter(user=user.pk, confirmed=True).first()


def begin(user: Any) -> TOTPDevice:
    """An app that is not asked for yet, the same one until it is confirmed."""
    return TOTPDevice.objects.get_or_create(user_id=user.pk, confirmed=False, defaults={"name": NAME})[0]


def confirm(user: Any, code: str) -> tuple[TOTPDevice, list[str]]:
    """Turn it on by a first code of the app; gives the recovery codes too. Raises WrongCode."""
    with transaction.atomic():
        app = begin(user)
        if app_of(user):
            raise WrongCode("A second factor is on already.")
    _check(user, app, code)
    with transaction.atomic():
        TOTPDevice.objects.filter(pk=app.pk).update(confirmed=True)
        app.confirmed = True
        return app, renew_recovery_codes(user)


def renew_recovery_codes(user: Any) -> list[str]:
    """New ones; those of before work no more."""
    with transaction.atomic():
        # the device stays: a session that began with one of its codes goes on
        device = StaticDevice.objects.get_or_create(user_id=user.pk, defaults={"name": "recovery codes"})[0]
        device.token_set.all().delete()
        codes = sorted(StaticToken.random_token() for _ in range(RECOVERY_CODES))
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def recovery_codes_left(user: Any) -> int:
    return StaticToken.objects.filter(device__user=user.pk).count()


def verify(user: Any, code: str) -> Device | None:
    """What verified the user; None where no second factor is on. Raises WrongCode."""
    app = app_of(user)
    if app is None:
        return None
    code = code.replace(" ", "").lower()
    is_of_app = code.isascii() and code.isdigit() and len(code) == DIGITS
    device = app if is_of_app else StaticDevice.objects.filter(user=user.pk, confirmed=True).first() or app
    if not code:
        raise WrongCode("This account has a second factor: enter the code of the app, or a recovery code, as well.")
    return _check(user, device, code)


def _check(user: Any, device: Device, code: str) -> Device:
    """The library counts wrong codes per device, with a wait that doubles."""
    verified = verify_token(user, device.persistent_id, code.replace(" ", "").lower()[:32])
    if verified is None:
        raise WrongCode("This code is wrong, used already, or came too soon after a wrong one. Wait for the next code.")
    return verified


def remove_second_factor(user: Any) -> int:
    """The app and all recovery codes; how many devices there were."""
    with transaction.atomic():
        removed = TOTPDevice.objects.filter(user=user.pk, confirmed=True).count()
        TOTPDevice.objects.filter(user=user.pk).delete()
        StaticDevice.objects.filter(user=user.pk).delete()
    return removed
