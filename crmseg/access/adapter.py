"""How allauth is used here: people are let in by an administrator, never by signing up.

Its few messages (a password to reset) go to the mail server of `CRMSEG_EMAIL_URL`. Without one, or when it does not
answer, an administrator hands over a link instead; the page that was asked never fails for it.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest

SMTP = "django.core.mail.backends.smtp.EmailBackend"
logger = logging.getLogger(__name__)


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the first account is made on the first-steps page, the others on the people page."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At our own address, whatever host the request named."""
        url: str = super().get_reset_password_from_key_url(key)
        return settings.PUBLIC_URL + urlsplit(url).path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if not settings.EMAIL_URL:
            return
        told = {"request": self.request, "current_site": get_current_site(self.request), "email": email, **context}
        message: EmailMessage = self.render_mail(template_prefix, email, told)
        message.connection = mail_server()
        try:
            message.send()
        except OSError as error:  # smtplib's errors are OSErrors too
            logger.error("The mail server did not take a message of the sign-in pages: %s", error)


def mail_server() -> BaseEmailBackend:
    """The server of `smtp://user:password@host:port?starttls=1` or `smtps://…`, asked for ten seconds at most."""
    parts = urlsplit(settings.EMAIL_URL)
    secure = parts.scheme == "smtps"
    connection: BaseEmailBackend = get_connection(
        SMTP,
        host=parts.hostname or "localhost",
        port=parts.port or (465 if secure else 25),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=secure,
        use_tls=not secure and "starttls" in parse_qs(parts.query),
        timeout=10,
    )
    return connection
