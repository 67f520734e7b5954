from django.urls import path
from rest_framework.routers import SimpleRouter

from .api.attributes import AttributeViewSet
from .api.companies import CompanyViewSet
from .api.contacts import ContactViewSet
from .api.events import EventBatchView, EventTypeViewSet
from .api.imports import ImportViewSet
from .api.lifetime import ChurnView, CohortsView, LifetimeView
from .api.notes import NoteViewSet
from .api.topics import TopicViewSet

router = SimpleRouter()
router.register("contacts", ContactViewSet, basename="contacts")
router.register("contacts/(?P<contact_id>[0-9]{1,19})/notes", NoteViewSet, basename="contact-notes")
router.register("companies", CompanyViewSet, basename="companies")
router.register("attributes", AttributeViewSet, basename="attributes")
router.register("event-types", EventTypeViewSet, basename="event-types")
router.register("imports", ImportViewSet, basename="imports")
router.register("topics", TopicViewSet, basename="topics")

urlpatterns = [
    *router.urls,
    path("lifetime/", LifetimeView.as_view(), name="lifetime"),
    path("cohorts/", CohortsView.as_view(), name="cohorts"),
    path("churn/", ChurnView.as_view(), name="churn"),
    path("events/batch/", EventBatchView.as_view(), name="events-batch"),
]
