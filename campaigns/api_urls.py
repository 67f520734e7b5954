from django.urls import path
from rest_framework.routers import SimpleRouter

from .api import CampaignViewSet
from .rest.optin import ContactOptIn

router = SimpleRouter()
router.register("campaigns", CampaignViewSet, basename="campaign")
urlpatterns = [
    path("contacts/<int:contact_id>/opt-in/", ContactOptIn.as_view(), name="api-contact-opt-in"),
    *router.urls,
]
