"""The addresses of lists under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import api

router = SimpleRouter()
router.register("segments", api.SegmentViewSet, basename="api-segment")

urlpatterns = [
    path("contacts/<int:contact_id>/segments/", api.ContactSegments.as_view(), name="api-contact-segments"),
    path("", include(router.urls)),
]
