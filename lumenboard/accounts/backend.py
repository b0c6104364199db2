"""Accounts: each try of a password counted, whatever calls `authenticate`; the account of a session in one query."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import Permission, User
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from lumenboard.accounts import second_factor
from lumenboard.accounts.log_in_limits import BUSY_S, LOG, checking, forget_tries, try_of, wait_before, wait_in_words

WAIT: str = "log_in_wait_s"
# where Django keeps what it has asked for
PERMISSIONS_ATTRIBUTE: str = "_perm_cache"


class CountedPasswords(ModelBackend):
    """Leaves the seconds to wait on the request and raises PermissionDenied where a try comes too soon."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password, **kwargs)
        attempt = try_of(request, username)
        wait_s = wait_before(attempt)
        if wait_s:
            _refuse(request, wait_s)
        if not checking.acquire(blocking=False):
            _refuse(request, BUSY_S)
        try:
            user = super().authenticate(request, username, password, **kwargs)
        finally:
            checking.release()
        if user is None:
            LOG.info("log-in as %s failed: wrong password", attempt.shown)
        return user

    def get_user(self, user_id: int) -> User | None:
        """With its devices and permissions, which every request of an account asks for. One query."""
        held = Permission.objects.filter(Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk"))).order_by()
        names = held.values_list(Concat("content_type__app_label", Value("."), "codename"))
        found = second_factor.with_devices(User.objects.filter(pk=user_id))
        user = found.annotate(held_permissions=ArraySubquery(names)).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        if not user.is_superuser:
            setattr(user, PERMISSIONS_ATTRIBUTE, set(user.held_permissions))
        return user


def _refuse(request: HttpRequest, wait_s: int) -> None:
    setattr(request, WAIT, wait_s)
    raise PermissionDenied


def forget_on_log_in(request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    """A receiver of `user_logged_in`, which comes after the second factor too."""
    forget_tries(try_of(request, user.get_username()))


class _BothFactors:
    """For a form of Django's that asks for name and password: nobody is logged in before both factors hold."""

    request: HttpRequest | None
    cleaned_data: dict[str, Any]

    def get_invalid_login_error(self) -> ValidationError:
        wait_s = getattr(self.request, WAIT, 0)
        if wait_s:
            return ValidationError(f"Too many log-ins were tried. Try again in {wait_in_words(wait_s)}.", code="wait")
        error: ValidationError = super().get_invalid_login_error()  # type: ignore[misc]  # a mixin
        return error

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)  # type: ignore[misc]  # a mixin
        try:
            # read by the receiver of user_logged_in that the library connects
            device = second_factor.verify(user, self.cleaned_data.get("code") or "")
        except second_factor.WrongCode as error:
            if self.request is not None:
                LOG.info("log-in as %s failed: no valid code", try_of(self.request, user.get_username()).shown)
            raise ValidationError(str(error), code="code") from None
        if device is not None:
            user.otp_device = device


def _code_field() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=32,
        strip=True,
        label="Code of your second factor, if you turned one on",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class LogInForm(_BothFactors, AdminAuthenticationForm):
    """Of the admin: for staff."""

    code = _code_field()


class MemberLogInForm(_BothFactors, AuthenticationForm):
    """Of the site: for every account. An address is an account's name in small letters."""

    code = _code_field()

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        return name.lower() if "@" in name and not User.objects.filter(username=name).exists() else name
