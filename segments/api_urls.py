"""The addresses of lists under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import api

router = SimpleRouter()
router.register("discoveries", api.DiscoveryViewSet, basename="api-discovery")
router.register("segments", api.SegmentViewSet, basename="api-segment")
router.register("score-models/learned", api.FittingViewSet, basename="api-fitting")
router.register("score-models", api.ScoreModelViewSet, basename="api-score-model")

urlpatterns = [
    path("contacts/<int:contact_id>/segments/", api.ContactSegments.as_view(), name="api-contact-segments"),
    path("contacts/<int:contact_id>/scores/", api.ContactScores.as_view(), name="api-contact-scores"),
    path("contacts/<int:contact_id>/scores/<str:key>/", api.ContactScore.as_view(), name="api-contact-score"),
    path(
        "contacts/<int:contact_id>/scores/<str:key>/history/",
        api.ContactScoreHistory.as_view(),
        name="api-contact-score-history",
    ),
    path("", include(router.urls)),
]
