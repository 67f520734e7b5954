"""Settings, read from the environment and from the data folder; secure unless said otherwise.

Where DATABASE_URL or REDIS_URL is not set, the address of the embedded servers comes from the record that the
supervisor keeps in the data folder, so that every command given the same folder talks to the same instance.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from crmseg.embedded import instance

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("CRMSEG_DATA_DIR") or BASE_DIR / "var").resolve()
RUNNING = instance.read(DATA_DIR)


def _secret_key() -> str:
    """The instance's own key, made at the first start and readable by its owner alone."""
    given = os.environ.get("CRMSEG_SECRET_KEY")
    if given:
        return given
    path = DATA_DIR / "secret_key"
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()


def _database(url: str) -> dict[str, object]:
    """Django's settings for a `postgresql://user:password@host:port/name?option=value` address."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "crmseg",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Our statements are long and quick: compiling them costs more than it saves.
        "OPTIONS": {"connect_timeout": 5, "application_name": "crmseg", "options": "-c jit=off", **options},
    }


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [*filter(None, os.environ.get("CRMSEG_SECRET_KEY_FALLBACKS", "").split(","))]
APP_VERSION = "0.1.0"
DEBUG = False
HOST = os.environ.get("CRMSEG_HOST") or (RUNNING.host if RUNNING else "") or "127.0.0.1"
PORT = int(os.environ.get("CRMSEG_PORT") or (RUNNING.port if RUNNING else 0) or 8000)
PUBLIC_URL = (os.environ.get("CRMSEG_PUBLIC_URL") or f"http://{HOST}:{PORT}").rstrip("/")
ALLOW_PRIVATE_HOSTS = frozenset(filter(None, os.environ.get("CRMSEG_ALLOW_PRIVATE_HOSTS", "").split(",")))
ALLOW_PRIVATE_WEBHOOKS = os.environ.get("CRMSEG_ALLOW_PRIVATE_WEBHOOKS", "") not in {"", "0", "false", "no"}
WEBHOOK_SECRET = os.environ.get("CRMSEG_WEBHOOK_SECRET", "")
SMS_URL = os.environ.get("CRMSEG_SMS_URL", "")
EMAIL_URL = os.environ.get("CRMSEG_EMAIL_URL", "")
MAIL_WEBHOOK_SECRET = os.environ.get("CRMSEG_MAIL_WEBHOOK_SECRET", "")
MAIL_WEBHOOK_KEY = os.environ.get("CRMSEG_MAIL_WEBHOOK_KEY", "")
ALLOWED_HOSTS = [*filter(None, os.environ.get("CRMSEG_ALLOWED_HOSTS", "").split(","))] or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    HOST,
    urlsplit(PUBLIC_URL).hostname or HOST,
    *(["*"] if HOST in {"0.0.0.0", "::"} else []),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "crmseg",
    "crmseg.access",
    "crmseg.jobs",
    "crmseg.demo",
    "contacts",
    "segments",
    "campaigns",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_api_key",
    "template_partials",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "crmseg.common.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "crmseg.common.rest.body_limits.BodyLimitMiddleware",
    "crmseg.common.clean_input.CleanInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "crmseg.common.addresses.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crmseg.access.first_steps.FirstStepsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crmseg.access.second_factor.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crmseg.common.once.OnceMiddleware",
    "crmseg.web.middleware.ReaderMiddleware",
    "crmseg.web.middleware.PartialMiddleware",
    "crmseg.web.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

CSRF_FAILURE_VIEW = "crmseg.common.rest.refusals.csrf_failed"
ROOT_URLCONF = "crmseg.urls"
WSGI_APPLICATION = "crmseg.wsgi.application"
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
                "django.template.context_processors.i18n",
                "crmseg.web.context.shell",
            ],
            "libraries": {"web": "crmseg.web.tags"},
        },
    }
]

DATABASES = {
    "default": _database(
        os.environ.get("DATABASE_URL")
        or (RUNNING.database_url if RUNNING else "postgresql://postgres@127.0.0.1:1/crmseg")
    )
}
REDIS_URL = os.environ.get("REDIS_URL") or (RUNNING.redis_url if RUNNING else "redis://127.0.0.1:1/0")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "crmseg.common.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "bulk"
CELERY_TASK_ROUTES = {
    "segments.tasks.drain": {"queue": "live"},
    "segments.tasks.pop_due": {"queue": "live"},
    "campaigns.tasks.send_batch": {"queue": "send"},
    "campaigns.tasks.sweep": {"queue": "send"},
    "campaigns.tasks.move_people": {"queue": "send"},
    "campaigns.tasks.call_services": {"queue": "send"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "segments.beat:DueScheduler"
CELERY_BEAT_SCHEDULE = {
    "contacts.sweep_imports": {
        "task": "contacts.tasks.sweep_imports",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 20.0, "options": {"expires": 20}},
    "jobs.forget_old": {"task": "jobs.forget_old", "schedule": crontab(hour="4", minute="40")},
    "demo.resume": {"task": "crmseg.demo.tasks.resume", "schedule": 60.0, "options": {"expires": 60}},
    "contacts.forget_former": {"task": "contacts.tasks.forget_former", "schedule": crontab(hour="4", minute="20")},
    "contacts.look_for_duplicates": {
        "task": "contacts.tasks.look_for_duplicates",
        "schedule": crontab(hour="2", minute="40"),
        "options": {"expires": 3600},
    },
    "contacts.count_figures": {
        "task": "contacts.tasks.count_figures",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "access.prune": {
        "task": "crmseg.access.tasks.prune",
        "schedule": crontab(hour="4", minute="40"),
        "options": {"expires": 3600},
    },
    "contacts.renew_lifetimes": {
        "task": "contacts.renew_lifetimes",
        "schedule": crontab(hour="3", minute="35"),
        "options": {"expires": 3600},
    },
    "contacts.renew_worth": {"task": "contacts.tasks.renew_worth", "schedule": 20.0, "options": {"expires": 20}},
    "contacts.recount_worth": {
        "task": "contacts.tasks.recount_worth",
        "schedule": crontab(hour="1", minute="50"),
        "options": {"expires": 3600},
    },
    "contacts.make_partitions": {"task": "contacts.tasks.make_partitions", "schedule": 3600.0},
    "segments.nightly_audit": {
        "task": "segments.tasks.nightly_audit",
        "schedule": crontab(hour="3", minute="10"),
        "options": {"expires": 3600},
    },
    "segments.percentiles": {
        "task": "segments.percentiles.recompute",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "segments.look_for_hints": {
        "task": "segments.nightly.look_for_hints",
        "schedule": crontab(hour="4", minute="5"),
        "options": {"expires": 3600},
    },
    "segments.purge_archived": {
        "task": "segments.nightly.purge_archived",
        "schedule": crontab(hour="3", minute="50"),
        "options": {"expires": 3600},
    },
    "campaigns.sweep": {"task": "campaigns.tasks.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "campaigns.move_people": {"task": "campaigns.tasks.move_people", "schedule": 5.0, "options": {"expires": 10}},
    "campaigns.count_together": {
        "task": "campaigns.tasks.count_together",
        "schedule": crontab(hour="4", minute="30"),
        "options": {"expires": 3600},
    },
    "campaigns.attribute": {"task": "campaigns.tasks.attribute", "schedule": 10.0, "options": {"expires": 10}},
}

AUTH_USER_MODEL = "access.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # the e-mail of a person is unique without regard to case, by a constraint
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
DEFAULT_FROM_EMAIL = f"no-reply@{urlsplit(PUBLIC_URL).hostname or 'localhost'}"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "crmseg.access.adapter.ClosedSignupAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "crmseg.access.signing_in.attempted_name"
AXES_LOCKOUT_CALLABLE = "crmseg.access.signing_in.locked_out"
# Guesses from many addresses at once; axes counts those from one.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,20/300s/key"}
ACCOUNT_SESSION_REMEMBER = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "crmseg"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
# Two instances on one host differ in port only, and cookies know no ports.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"crmseg_session_{PORT}", f"crmseg_csrf_{PORT}"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("it", _("Italian")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "crmseg" / "locale"]
LANGUAGE_COOKIE_NAME = "crmseg_language"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crmseg.access.authentication.BearerKeyAuthentication",
        "crmseg.access.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crmseg.access.permissions.ScopePermission"],
    "DEFAULT_PARSER_CLASSES": ["crmseg.common.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["crmseg.common.rest.renderers.ExactJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "crmseg.common.rest.renderers.LenientNegotiation",
    "DEFAULT_THROTTLE_CLASSES": ["crmseg.access.throttling.KeyThrottle"],
    "DEFAULT_PAGINATION_CLASS": "crmseg.common.rest.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "crmseg.common.rest.problems.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "crmseg",
    "DESCRIPTION": "Contacts, what they did, and lists of them that are true now.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ListKindEnum": "segments.models.Segment.Kind",
        "ListStateEnum": "segments.models.Segment.State",
        "ScoreStateEnum": "segments.models.ScoreModel.State",
        "DiscoveryKindEnum": "segments.models.Discovery.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "crmseg.common.rest.schema.document_habits",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "crmseg.common.logs.SecretFreeFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("CRMSEG_LOG_LEVEL", "WARNING")},
}
