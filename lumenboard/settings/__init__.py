"""Django settings, read from the environment (docs/configuration.md lists every variable)."""

import os
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from lumenboard import queues
from lumenboard.embedded.faults import LayoutError
from lumenboard.embedded.layout import current_layout
from lumenboard.settings import accounts, monitoring, spending, vote_limits
from lumenboard.settings import environment as env
from lumenboard.settings.database import database_settings
from lumenboard.settings.gateway import GATEWAY_DEADLINE_S, MEDIA_MINUTES, PAYLOAD_DAYS, REQUEST_LOG_DAYS  # noqa: F401
from lumenboard.settings.storages import image_store

BASE_DIR = Path(__file__).resolve().parents[2]
try:
    LAYOUT = current_layout()
except LayoutError as error:
    raise ImproperlyConfigured(str(error)) from None

# --- who we are ------------------------------------------------------------------------------------------------------
PORT = env.integer("PORT", 8000, "Port the web server listens on.", lowest=1, highest=65535)
DATA_DIR = env.text("LUMENBOARD_DATA_DIR", str(LAYOUT.data_dir), "Where data, images and logs are kept.", shown="./var")
SITE_NAME = env.text("LUMENBOARD_SITE_NAME", "lumenboard", "Name shown in pages and model cards.")
SITE_URL = env.web_address(
    "LUMENBOARD_SITE_URL",
    f"http://127.0.0.1:{PORT}",
    "Public origin of the site, used in links that leave it.",
    shown="http://127.0.0.1:$PORT",
)
METRICS_TOKEN = monitoring.METRICS_TOKEN
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = monitoring.SMTP_HOST, monitoring.SMTP_PORT, monitoring.SMTP_TLS
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_TIMEOUT = monitoring.SMTP_USER, monitoring.SMTP_PASSWORD, 20
DEFAULT_FROM_EMAIL, EMAIL_BACKEND = monitoring.MAIL_FROM, "providers.webhooks.mail.BoundedEmailBackend"
PRIVATE_RECEIVERS = monitoring.PRIVATE_RECEIVERS
monitoring.share_counters(DATA_DIR)
OTP_TOTP_ISSUER, REQUIRE_SECOND_FACTOR = SITE_NAME, accounts.REQUIRE_SECOND_FACTOR
AUTHENTICATION_BACKENDS = accounts.AUTHENTICATION_BACKENDS
LOGIN_URL, LOGIN_REDIRECT_URL = accounts.LOGIN_URL, accounts.LOGIN_REDIRECT_URL
VOTER_DAILY_CAP, NETWORK_DAILY_CAP = vote_limits.VOTER_DAILY_CAP, vote_limits.NETWORK_DAILY_CAP
NEWCOMER_DAILY_CAP, FASTEST_VOTE_MS = vote_limits.NEWCOMER_DAILY_CAP, vote_limits.FASTEST_VOTE_MS
TRUSTED_PROXIES = vote_limits.TRUSTED_PROXIES
SITE_VERSION = "0.1.0"

# --- security --------------------------------------------------------------------------------------------------------
DEBUG = env.boolean("LUMENBOARD_DEBUG", False, "Django's debug pages. Never in production.")
DEFAULT_EXCEPTION_REPORTER_FILTER = "lumenboard.error_reports.HidesKeys"
SECRET_KEY = (
    env.text(
        "LUMENBOARD_SECRET_KEY",
        "",
        "Key for sessions and signatures, at least 50 characters.",
        shown="generated once into the data directory",
    )
    or LAYOUT.secret_key()
)
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("LUMENBOARD_SECRET_KEY is too short: at least 50 characters are needed")
ALLOWED_HOSTS = env.words(
    "LUMENBOARD_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"], "Host names the site answers to."
)
HTTPS_ONLY = env.boolean("LUMENBOARD_HTTPS_ONLY", False, "Redirect to https, secure cookies, HSTS.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "lumenboard.pages.refused_forms.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = 12 * 3600
SAMPLE_RETENTION_DAYS = env.integer(
    "LUMENBOARD_SAMPLE_RETENTION_DAYS",
    90,
    "Days a request sample is kept; its hours and days stay.",
    lowest=31,
    highest=3650,
)
VOTES_DELAY_HOURS = env.integer(
    "LUMENBOARD_VOTES_DELAY_HOURS", 24, "Hours before a vote is in the public table of votes.", lowest=0, highest=8760
)
API_REQUESTS_PER_MINUTE = env.integer(
    "LUMENBOARD_API_REQUESTS_PER_MINUTE", 600, "REST requests per client and minute.", lowest=1, highest=10_000_000
)
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(api/v1/|oembed)"
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_EXPOSE_HEADERS = ("ETag", "Last-Modified", "RateLimit", "RateLimit-Policy", "Retry-After")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- the project ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "lumenboard.apps.LumenboardAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "corsheaders",
    "csp",
    "django_htmx",
    "lucide",
    "ninja",
    "providers",
    "arena",
    "lumenboard.apps.LumenboardConfig",
]
MIDDLEWARE = [
    "lumenboard.middleware.request_counters.counted",
    "lumenboard.middleware.uploads.bounded_bodies",
    "lumenboard.middleware.head_requests.head_as_get",
    "corsheaders.middleware.CorsMiddleware",
    "lumenboard.middleware.api_answers.api_answers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lumenboard.middleware.plain_text.PlainText",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lumenboard.accounts.middleware.second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "lumenboard.urls"
WSGI_APPLICATION = "lumenboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lumenboard.pages.context.site",
            ],
        },
    },
]
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- stores ----------------------------------------------------------------------------------------------------------
DATABASE_URL = env.text(
    "DATABASE_URL", "", "PostgreSQL address; set, the embedded database is not started.", shown="the embedded database"
)
BROKER_URL = env.text(
    "BROKER_URL", "", "Redis or Valkey address; set, the embedded broker is not started.", shown="the embedded broker"
)

DATABASES = {"default": database_settings(DATABASE_URL, LAYOUT)}

CELERY_BROKER_URL = BROKER_URL or LAYOUT.broker_url
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP, CELERY_BROKER_CONNECTION_MAX_RETRIES = True, None
CELERY_TASK_QUEUES, CELERY_TASK_DEFAULT_QUEUE, CELERY_TASK_ROUTES = queues.QUEUES, queues.DEFAULT, queues.ROUTES
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "recompute-changed-boards": {
        "task": "arena.tasks.recompute_changed_boards",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    **queues.BEAT,
    **monitoring.BEAT,
    "deepen-boards": {"task": "arena.tasks.deepen_boards", "schedule": 300.0, "options": {"expires": 290}},
    "chain-votes": {"task": "arena.tasks.chain_votes", "schedule": 900.0, "options": {"expires": 890}},
    "thin-board-history": {"task": "arena.tasks.thin_board_history", "schedule": crontab(hour=3, minute=20)},
    "roll-up-samples": {"task": "providers.tasks.roll_up_samples", "schedule": 60.0, "options": {"expires": 55}},
    "reap-intents": {"task": "providers.tasks.reap_intents", "schedule": 30.0, "options": {"expires": 25}},
    "keep-sample-days": {"task": "providers.tasks.keep_sample_days", "schedule": crontab(minute=7)},
    "sweep-gateway": {"task": "providers.tasks.sweep_gateway_traces", "schedule": 300.0, "options": {"expires": 290}},
    "sweep-originals": {"task": "arena.tasks.sweep_originals", "schedule": crontab(hour=4, minute=50)},
    "sweep-battles": {"task": "arena.tasks.sweep_battles", "schedule": crontab(hour=4, minute=10)},
    "sweep-sessions": {"task": "lumenboard.tasks.sweep_sessions", "schedule": crontab(hour=4, minute=20)},
    "sweep-old-rows": {"task": "providers.tasks.sweep_old_rows", "schedule": crontab(hour=4, minute=30)},
    "flag-votes": {"task": "arena.tasks.flag_votes", "schedule": crontab(hour=3, minute=40)},
}

# --- money ---------------------------------------------------------------------------------------------------------
SITE_BUDGET_USD_PER_DAY = spending.SITE_BUDGET_USD_PER_DAY
SITE_BUDGET_USD_PER_HOUR = spending.SITE_BUDGET_USD_PER_HOUR
PROBE_BUDGET_USD_PER_DAY = spending.PROBE_BUDGET_USD_PER_DAY
LEAST_FREE_BYTES = spending.LEAST_FREE_MB * 2**20
SIMULATOR_URL = spending.SIMULATOR_URL
PROVIDER_SEALING_KEYS, PROVIDER_SEALING_KEYS_FROM = spending.sealing_keys(LAYOUT)

# --- files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = LAYOUT.static_root
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lumenboard.finders.PlotlyFinder",
]
MEDIA_ROOT = LAYOUT.media_dir
MAX_UPLOAD_BYTES = (
    env.integer("LUMENBOARD_MAX_UPLOAD_MB", 20, "Largest image file taken, in MB.", lowest=1, highest=100) * 2**20
)
FILE_UPLOAD_HANDLERS = [
    "lumenboard.middleware.uploads.CutShort",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_MAX_AGE = 3600
TESTING = os.environ.get("LUMENBOARD_TESTING") == "1"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = TESTING or DEBUG
STORAGES = {
    "default": image_store(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- logging ---------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("LUMENBOARD_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(f"LUMENBOARD_LOG_LEVEL={LOG_LEVEL!r}: allowed are DEBUG, INFO, WARNING, ERROR")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # The HTTP client logs addresses with their queries, and at DEBUG the headers with the keys.
    "loggers": {"httpx2": {"level": "WARNING"}, "httpcore2": {"level": "WARNING"}},
}
NINJA_PAGINATION_PER_PAGE = 100
