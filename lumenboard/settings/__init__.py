"""Django settings, read from the environment (docs/configuration.md lists every variable)."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from lumenboard import queues
from lumenboard.embedded.layout import LayoutError, current_layout
from lumenboard.settings import beat
from lumenboard.settings import environment as env
from lumenboard.settings.database import database_settings
from lumenboard.settings.gateway import *  # noqa: F403
from lumenboard.settings.monitoring import *  # noqa: F403
from lumenboard.settings.monitoring import share_counters
from lumenboard.settings.openid import *  # noqa: F403
from lumenboard.settings.spending import *  # noqa: F403
from lumenboard.settings.spending import LEAST_FREE_MB, sealing_keys
from lumenboard.settings.storages import image_store
from lumenboard.settings.vote_limits import *  # noqa: F403

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
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if MAIL_TO_LOG  # noqa: F405
    else "providers.webhooks.deliver.BoundedEmailBackend"
)
EMAIL_TIMEOUT = 20
share_counters(DATA_DIR)
OTP_TOTP_ISSUER = SITE_NAME
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
CSRF_FAILURE_VIEW = "lumenboard.pages.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = 12 * 3600
# of links that log in once
PASSWORD_RESET_TIMEOUT = 15 * 60
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
VERDICT_MARGIN = env.integer(
    "LUMENBOARD_VERDICT_MARGIN", 25, "Elo points within which two models are as good as equal.", lowest=1, highest=400
)
API_REQUESTS_PER_MINUTE = env.integer(
    "LUMENBOARD_API_REQUESTS_PER_MINUTE", 600, "REST requests per client and minute.", lowest=1, highest=10_000_000
)
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(api/v1/|oembed)"
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_EXPOSE_HEADERS = ("ETag", "Last-Modified", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Total-Count")
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
    "lumenboard.request_counters.counted",
    "lumenboard.middleware.bounded_bodies",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lumenboard.middleware.PlainText",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lumenboard.middleware.second_factor",
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
                "lumenboard.pages.base.site",
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
CELERY_BEAT_SCHEDULE = beat.SCHEDULE
# it looks between two ticks whether it is to end
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5

# --- money ---------------------------------------------------------------------------------------------------------
LEAST_FREE_BYTES = LEAST_FREE_MB * 2**20
PROVIDER_SEALING_KEYS, PROVIDER_SEALING_KEYS_FROM = sealing_keys(LAYOUT)

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
MAX_BULK_BYTES = (
    env.integer(
        "LUMENBOARD_MAX_BULK_MB",
        2048,
        "Largest upload of entrants, packed and unpacked, in MB.",
        lowest=1,
        highest=100_000,
    )
    * 2**20
)
MAX_BULK_PICTURES = env.integer(
    "LUMENBOARD_MAX_BULK_PICTURES", 5000, "Most pictures in one upload of entrants.", lowest=1, highest=20_000
)
FILE_UPLOAD_HANDLERS = [
    "lumenboard.middleware.CutShort",
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

REQUIRE_SECOND_FACTOR = env.boolean(
    "LUMENBOARD_REQUIRE_SECOND_FACTOR",
    False,
    "Staff without a second factor are led to turning one on before they see /ops and /admin.",
)
AUTHENTICATION_BACKENDS = ["lumenboard.accounts.backend.CountedPasswords"]
LOGIN_URL = "/admin/login/"
# also where a log-in ends whose `next` leads to another site
LOGIN_REDIRECT_URL = "/ops"
