"""Where providers report: only with the secret of `CRMSEG_MAIL_WEBHOOK_SECRET`, and nowhere while there is none.

The secret is `user:password`, given to the provider within the address. Providers that sign what they report are also
checked by `CRMSEG_MAIL_WEBHOOK_KEY`, the key they show for it.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailError, AnymailWebhookValidationFailure
from anymail.signals import tracking
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

logger = logging.getLogger(__name__)

# The class that reads a provider's reports, and what it calls the key that they are signed with.
PROVIDERS = {
    "brevo": ("BrevoTrackingWebhookView", ""),
    "mailersend": ("MailerSendTrackingWebhookView", "signing_secret"),
    "mailgun": ("MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailjet": ("MailjetTrackingWebhookView", ""),
    "mailtrap": ("MailtrapTrackingWebhookView", ""),
    "mandrill": ("MandrillCombinedWebhookView", "webhook_key"),
    "postal": ("PostalTrackingWebhookView", "webhook_key"),
    "postmark": ("PostmarkTrackingWebhookView", ""),
    "resend": ("ResendTrackingWebhookView", ""),
    "sendgrid": ("SendGridTrackingWebhookView", ""),
    "sparkpost": ("SparkPostTrackingWebhookView", ""),
}


@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def report(request: HttpRequest, provider: str) -> HttpResponse:
    """HEAD is how some providers try the address. A failure of ours is a 500, after which they report again."""
    reader = _reader(provider)
    if request.method == "HEAD":
        return HttpResponse()
    try:
        reader.setup(request)
        reader.run_validators(request)
    except AnymailWebhookValidationFailure as error:
        logger.warning("A report in the name of %s was refused: %s", provider, error)
        return HttpResponse("This report is not signed as it should be.", status=403, content_type="text/plain")
    try:
        events = reader.parse_events(request)
    except (AnymailError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("A report of %s cannot be read: %s: %s", provider, type(error).__name__, error)
        return HttpResponse("This report cannot be read.", status=400, content_type="text/plain")
    for event in events:
        tracking.send(sender=type(reader), event=event, esp_name=reader.esp_name)
    return HttpResponse()


def _reader(provider: str) -> Any:
    if not settings.MAIL_WEBHOOK_SECRET or provider not in PROVIDERS:
        raise Http404
    name, key = PROVIDERS[provider]
    given = {"webhook_secret": settings.MAIL_WEBHOOK_SECRET}
    if key:
        if not settings.MAIL_WEBHOOK_KEY:
            raise Http404
        given[key] = settings.MAIL_WEBHOOK_KEY
    try:
        return getattr(import_module(f"anymail.webhooks.{provider}"), name)(**given)
    except (ImproperlyConfigured, AnymailConfigurationError, ImportError) as error:
        logger.warning("Reports of %s cannot be read: %s", provider, error)
        raise Http404 from error
