"""Every address of the product; each room keeps its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from crmseg import api, health, metrics

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}img/logo.svg")),
    path("metrics", metrics.metrics),
    path("api/", include(api.urlpatterns)),
    path("", include("crmseg.access.urls")),  # one of its pages stands before one of allauth's
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("crmseg.web.urls")),
    path("", include("crmseg.jobs.urls")),
    path("", include("contacts.urls")),
    path("", include("contacts.worth_urls")),
    path("", include("contacts.task_urls")),
    path("", include("segments.urls")),
    path("", include("segments.scoring.urls")),
    path("", include("campaigns.urls")),
    path("", include("campaigns.asking.urls")),
    path("", include("campaigns.automation_urls")),
]

handler400 = "crmseg.common.rest.refusals.bad_request"
handler403 = "crmseg.common.rest.refusals.forbidden"
handler404 = "crmseg.common.rest.refusals.not_found"
handler500 = "crmseg.common.rest.refusals.failed"
