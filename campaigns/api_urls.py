from django.urls import path
from rest_framework.routers import SimpleRouter

from .api import CampaignViewSet
from .asking.rest import SurveyViewSet
from .rest.automations import AutomationViewSet
from .rest.content import BlockViewSet, ImageViewSet, TemplateViewSet
from .rest.optin import ContactOptIn
from .rest.policy import SendingRulesViewSet
from .rest.suppressions import SuppressionViewSet

router = SimpleRouter()
router.register("automations", AutomationViewSet, basename="api-automations")
router.register("campaigns/blocks", BlockViewSet, basename="block")
router.register("campaigns/images", ImageViewSet, basename="image")
router.register("campaigns/templates", TemplateViewSet, basename="template")
router.register("campaigns/suppressions", SuppressionViewSet, basename="suppression")
router.register("surveys", SurveyViewSet, basename="survey")
router.register("campaigns", CampaignViewSet, basename="campaign")
_rules = SendingRulesViewSet
urlpatterns = [
    path("contacts/<int:contact_id>/opt-in/", ContactOptIn.as_view(), name="api-contact-opt-in"),
    path("campaigns/rules/", _rules.as_view({"get": "list", "patch": "partial_update"}), name="sending-rules"),
    path("campaigns/rules/caps/", _rules.as_view({"get": "caps", "post": "caps"}), name="sending-caps"),
    path("campaigns/rules/caps/<int:cap_id>/", _rules.as_view({"delete": "cap"}), name="sending-cap"),
    *router.urls,
]
