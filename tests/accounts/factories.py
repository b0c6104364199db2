"""Accounts, their apps, and log-ins from wherever."""

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from lumenboard.accounts.second_factor import begin, confirm

PASSWORD = "a long secret"


def make_operator(name: str = "operator") -> User:
    return User.objects.create_superuser(name, password=PASSWORD)


def log_in(client: Client, name: str = "operator", password: str = PASSWORD, code: str = "", host: str = "192.0.2.1"):
    form = {"username": name, "password": password, "code": code, "next": "/ops"}
    return client.post("/admin/login/", form, REMOTE_ADDR=host)


def code_of(key: bytes, steps: int = 0) -> str:
    """What the app shows, now or so many half minutes later."""
    app = TOTP(key, drift=steps)
    return f"{app.token():06d}"


def turn_on(user: User) -> tuple[bytes, list[str]]:
    """The app's key and the recovery codes."""
    app = begin(user)
    _, codes = confirm(user, code_of(app.bin_key))
    return app.bin_key, codes
