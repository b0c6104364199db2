"""The log-in form: name, password and, for accounts that have one, the code of the second factor."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from lumenboard.accounts import second_factor
from lumenboard.accounts.backend import WAIT
from lumenboard.accounts.log_in_limits import LOG, try_of, wait_in_words


class LogInForm(AdminAuthenticationForm):
    """Nobody is logged in before both factors hold."""

    code = forms.CharField(
        required=False,
        max_length=32,
        strip=True,
        label="Code of your second factor, if you turned one on",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def get_invalid_login_error(self) -> ValidationError:
        wait_s = getattr(self.request, WAIT, 0)
        if wait_s:
            return ValidationError(f"Too many log-ins were tried. Try again in {wait_in_words(wait_s)}.", code="wait")
        return super().get_invalid_login_error()

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        try:
            # read by the receiver of user_logged_in that the library connects
            device = second_factor.verify(user, self.cleaned_data.get("code") or "")
        except second_factor.WrongCode as error:
            if self.request is not None:
                LOG.info("log-in as %s failed: no valid code", try_of(self.request, user.get_username()).shown)
            raise ValidationError(str(error), code="code") from None
        if device is not None:
            user.otp_device = device
