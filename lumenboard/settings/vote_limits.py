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
VOTER_MODEL_BOUND = env.integer(
    "LUMENBOARD_VOTER_MODEL_BOUND",
    24,
    "Votes of one voter about one model that count, or 1 % of the model's votes where that is more; 0 bounds nothing.",
    lowest=0,
    highest=1_000_000,
)
NETWORK_MODEL_BOUND = env.integer(
    "LUMENBOARD_NETWORK_MODEL_BOUND",
    100,
    "The same of one network on one day, or 5 % of the model's votes; 0 bounds nothing.",
    lowest=0,
    highest=1_000_000,
)
NEWCOMER_MODEL_BOUND = env.integer(
    "LUMENBOARD_NEWCOMER_MODEL_BOUND",
    250,
    "The same of all voters on the day they came, or 10 % of the model's votes; 0 bounds nothing.",
    lowest=0,
    highest=1_000_000,
)
SET_LIFTS_ASIDE = env.boolean(
    "LUMENBOARD_SET_LIFTS_ASIDE",
    False,
    "The nightly look itself sets aside the votes that push one model up together; else an operator decides.",
)
