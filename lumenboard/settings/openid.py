"""Settings of the provider of OpenID Connect that members may log in through."""

from typing import Final

from lumenboard.settings import environment as env

OPENID_ISSUER: Final = env.web_address(
    "LUMENBOARD_OPENID_ISSUER", "", "Issuer of OpenID Connect that members may log in through.", shown="none"
)
OPENID_CLIENT_ID: Final = env.text("LUMENBOARD_OPENID_CLIENT_ID", "", "This site's client id there.", shown="none")
OPENID_CLIENT_SECRET: Final = env.text(
    "LUMENBOARD_OPENID_CLIENT_SECRET", "", "The secret that belongs to the client id.", shown="none"
)
OPENID_NAME: Final = env.text("LUMENBOARD_OPENID_NAME", "OpenID Connect", "What the log-in page calls the provider.")
