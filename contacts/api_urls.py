from django.urls import path
from rest_framework.routers import SimpleRouter

from .api.attributes import AttributeViewSet
from .api.companies import CompanyViewSet
from .api.contacts import ContactViewSet
from .api.events import EventBatchView, EventTypeViewSet
from .api.imports import ImportViewSet
from .api.lifetime import ChurnView, CohortsView, LifetimeView
from .api.notes import NoteViewSet
from .api.tasks import TaskViewSet
from .api.topics import TopicViewSet
from .api.worth import CompanyWorth, ContactWorth, EveryoneWorth, RfmGrid
from .api.worth_settings import RfmSettings, WorthSettingsView

router = SimpleRouter()
router.register("contacts", ContactViewSet, basename="contacts")
router.register("contacts/(?P<contact_id>[0-9]{1,19})/notes", NoteViewSet, basename="contact-notes")
router.register("companies", CompanyViewSet, basename="companies")
router.register("attributes", AttributeViewSet, basename="attributes")
router.register("event-types", EventTypeViewSet, basename="event-types")
router.register("imports", ImportViewSet, basename="imports")
router.register("tasks", TaskViewSet, basename="api-tasks")
router.register("topics", TopicViewSet, basename="topics")

urlpatterns = [
    *router.urls,
    path("lifetime/", LifetimeView.as_view(), name="lifetime"),
    path("cohorts/", CohortsView.as_view(), name="cohorts"),
    path("churn/", ChurnView.as_view(), name="churn"),
    path("events/batch/", EventBatchView.as_view(), name="events-batch"),
    path("contacts/<int:contact_id>/worth/", ContactWorth.as_view(), name="contact-worth"),
    path("companies/<int:company_id>/worth/", CompanyWorth.as_view(), name="company-worth"),
    path("worth/", EveryoneWorth.as_view(), name="worth"),
    path("worth/settings/", WorthSettingsView.as_view(), name="worth-settings"),
    path("rfm/", RfmSettings.as_view(), name="rfm"),
    path("rfm/grid/", RfmGrid.as_view(), name="rfm-grid"),
]
