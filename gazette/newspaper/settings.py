"""Settings of La Gazette.  What differs between machines comes from the environment:

GAZETTE_VAR      folder of the database, the media and the secret key (default: var/gazette of the checkout)
GAZETTE_HOSTS    host names, separated by commas, that may be asked for
GAZETTE_DEBUG    "1" for Django's debug pages
STANDIN_PORT     port of the stand-in third parties; without it the pages carry no third-party tag
BANDEAU          "off" leaves Bandeau out; BANDEAU_POLICY names its policy file
"""

from __future__ import annotations

import os
from pathlib import Path

from newspaper.secret import secret_in

GAZETTE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("GAZETTE_VAR", GAZETTE_DIR.parent / "var" / "gazette")).absolute()
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = secret_in(VAR_DIR / "secret.key")
DEBUG = os.environ.get("GAZETTE_DEBUG") == "1"
ALLOWED_HOSTS = [
    *os.environ.get("GAZETTE_HOSTS", "").split(","),
    "127.0.0.1",
    "localhost",
    ".localhost",
    "[::1]",
]

BANDEAU_ENABLED = os.environ.get("BANDEAU", "on") != "off"
BANDEAU_POLICY = os.environ.get("BANDEAU_POLICY", str(GAZETTE_DIR / "bandeau.toml"))

STANDIN_PORT = int(os.environ.get("STANDIN_PORT", "0"))
# One host name per vendor: browsers resolve *.localhost to loopback by themselves (RFC 6761 §6.3).
VENDOR_NAMES = ("ga4", "gtm", "facebook", "matomo", "prebid", "adserver", "youtube", "x")
VENDORS = {name: f"http://{name}.localhost:{STANDIN_PORT}" for name in VENDOR_NAMES} if STANDIN_PORT else {}

BANDEAU = {
    "POLICY": BANDEAU_POLICY,
    "ON_WITHDRAW": {"personalisation": "readers.profiles.erase_on_withdrawal"},
}
SILENCED_SYSTEM_CHECKS = [] if BANDEAU_ENABLED else ["bandeau.E004"]

INSTALLED_APPS = [
    "bandeau.web.django",
    "newspaper",
    "articles",
    "readers",
    "audience",
    "allauth",
    "allauth.account",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.embeds",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *(["bandeau.web.django.middleware.BandeauMiddleware"] if BANDEAU_ENABLED else []),
    "newspaper.files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "newspaper.urls"
WSGI_APPLICATION = "newspaper.wsgi.application"
ASGI_APPLICATION = "newspaper.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "newspaper.context.newspaper",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "gazette.db",
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# A checkout runs without `collectstatic`; once it was run, its folder alone is served.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "gazette").is_dir()
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns about a folder that is missing
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

WAGTAIL_SITE_NAME = "La Gazette"
WAGTAILADMIN_BASE_URL = os.environ.get("GAZETTE_URL", "http://127.0.0.1:8000")
WAGTAILIMAGES_IMAGE_MODEL = "articles.Picture"
WAGTAIL_ENABLE_UPDATE_CHECK = False  # the editors' browsers must call nobody either
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAIL_I18N_ENABLED = False
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
