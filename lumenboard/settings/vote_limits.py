"""Settings of who may vote how often, read from the environment."""

from lumenboard.settings import environment as env

TRUSTED_PROXIES = env.integer(
    "LUMENBOARD_TRUSTED_PROXIES",
    0,
    "Proxies in front of the site whose X-Forwarded-For is believed, counted from the right.",
    lowest=0,
    highest=10,
)
VOTER_DAILY_CAP = env.integer(
    "LUMENBOARD_VOTER_DAILY_CAP", 300, "Votes counted per voter and day.", lowest=1, highest=1_000_000
)
FASTEST_VOTE_MS = env.integer(
    "LUMENBOARD_FASTEST_VOTE_MS",
    300,
    "Votes that come sooner after their pair was opened are kept at weight 0; 0 takes all.",
    lowest=0,
    highest=60_000,
)
NEWCOMER_DAILY_CAP = env.integer(
    "LUMENBOARD_NEWCOMER_DAILY_CAP",
    1000,
    "Pairs opened per network and day for voters who have not voted yet.",
    lowest=1,
    highest=100_000_000,
)
NETWORK_DAILY_CAP = env.integer(
    "LUMENBOARD_NETWORK_DAILY_CAP",
    3000,
    "Votes counted per network (/24 or /48) and day.",
    lowest=1,
    highest=100_000_000,
)
