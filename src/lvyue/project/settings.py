"""The settings: one file, each read from the environment through a typed reader.

Each has a heading in docs/settings.md, and a test says which has not. Nothing that a contract
decides is a setting.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from lvyue.project.env import (
    database,
    env_bool,
    env_choice,
    env_dir,
    env_folder,
    env_int,
    env_list,
    env_secret,
    env_syslog,
    env_url,
    secret_kept_in,
)

# Where things are kept.
HOME = env_dir("LVYUE_HOME", Path("var"))
DATABASES = {
    "default": database(
        env_secret("DATABASE_URL") or f"sqlite:///{quote(str(HOME / 'lvyue.sqlite3'))}",
        pool=env_int("LVYUE_POSTGRESQL_POOL", 4, least=0, most=100),
    )
}

# Who may knock.
SECRET_KEY = env_secret("LVYUE_SECRET_KEY") or secret_kept_in(HOME / "secret-key")
DEBUG = env_bool("LVYUE_DEBUG", default=False)
ALLOWED_HOSTS = env_list("LVYUE_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
HTTPS = env_bool("LVYUE_HTTPS", default=False)
BEHIND_PROXY = env_bool("LVYUE_BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# From here on nothing is read from the environment, but for the calendars and the last line.
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "lvyue.accounts",
    "lvyue.jobs",
    "lvyue.search",
    "lvyue.contracts",
    "lvyue.evidence",
    "lvyue.notices",
    "lvyue.obligations",
    "lvyue.monitoring",
    "lvyue.confidentiality",
    "lvyue.helpdesk",
    "lvyue.settlements",
    "lvyue.readings",
    "lvyue.api",
    "lvyue.web",
]

MIDDLEWARE = [
    "lvyue.project.requests.numbered",  # first, so that whatever answers bears the number
    "lvyue.project.metrics.measured",
    "django.middleware.security.SecurityMiddleware",
    "lvyue.project.security.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lvyue.web.entering.still_open",
    "lvyue.web.doors.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lvyue.web.doors.posts_only",
    "lvyue.project.characters.NoZero",  # last, so that what it says bears all headers
]

ROOT_URLCONF = "lvyue.project.urls"
WSGI_APPLICATION = "lvyue.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lvyue.project.requests.number_of",
            ]
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who is signed in. Every page asks for it unless its view says `login_not_required`.
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["lvyue.accounts.backends.Passwords"]
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:today"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
SESSION_ENGINE = "lvyue.project.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day, from the last page on
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # a link in a mail must lead in
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Contract time is Beijing time, and the first language is Chinese.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Notices of days off that came after this version, as files beside the shipped ones.
CALENDARS = env_folder("LVYUE_CALENDARS")

# What the child process that reads a paper may take.
READING_SECONDS = env_int("LVYUE_READING_SECONDS", 3600, least=10, most=86_400)
READING_MEGABYTES = env_int("LVYUE_READING_MEGABYTES", 4096, least=512, most=65_536)

# A permission to log in from afar holds for so many hours at most.
REMOTE_HOURS = env_int("LVYUE_REMOTE_HOURS", 8, least=1, most=72)

# Background work goes through rows of the database. It is done in threads of the process that serves, or by `lvyue work` elsewhere.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
WORKER = env_choice("LVYUE_WORKER", "thread", frozenset({"thread", "elsewhere"}))
SCHEDULES = "lvyue.project.schedules.SCHEDULES"

# Who may ask how the platform is, and where the audit trail is told beside the database.
HEALTH_TOKEN = env_secret("LVYUE_HEALTH_TOKEN")
FONTS = env_folder("LVYUE_FONTS")
AUDIT_SYSLOG = env_syslog("LVYUE_AUDIT_SYSLOG")

# Where the index of the search comes from; the search knows none of the rooms above it.
SEARCH_FEEDS = [
    "lvyue.obligations.indexing.FEEDS",
    "lvyue.settlements.indexing.FEEDS",
    "lvyue.notices.indexing.FEEDS",
    "lvyue.monitoring.indexing.FEEDS",
    "lvyue.helpdesk.indexing.FEEDS",
]

# Under which address people find the product, for links in letters; and which hosts and networks of the house notices may be posted to.
ADDRESS = env_url("LVYUE_ADDRESS")
PRIVATE_TARGETS = env_list("LVYUE_PRIVATE_TARGETS", [])

# Static files are served from where the packages keep them: there is no collecting step to forget.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# What the browser is told. The content security policy is in project/security.py.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^health$", "^metrics$"]  # asked from the machine itself, without a proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the host's other names are not ours to bind to HTTPS
    "security.W021",  # nor ours to put on the browsers' preload list
]
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "lvyue.web.views.sign_in.stale"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "numbered": {"()": "lvyue.project.requests.Numbered"},
        "veiled": {"()": "lvyue.accounts.veil.VeiledLog"},
    },
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {request_id} {message}", "style": "{"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["numbered", "veiled"],
        }
    },
    "root": {
        "handlers": ["stderr"],
        "level": env_choice(
            "LVYUE_LOG_LEVEL", "INFO", frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
        ),
    },
}
