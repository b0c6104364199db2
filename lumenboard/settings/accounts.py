"""Settings of operators' accounts, read from the environment."""

from lumenboard.settings import environment as env

REQUIRE_SECOND_FACTOR = env.boolean(
    "LUMENBOARD_REQUIRE_SECOND_FACTOR",
    False,
    "Staff without a second factor are led to turning one on before they see /ops and /admin.",
)
AUTHENTICATION_BACKENDS = ["lumenboard.accounts.backend.CountedPasswords"]
LOGIN_URL = "/admin/login/"
# also where a log-in ends whose `next` leads to another site
LOGIN_REDIRECT_URL = "/ops"
