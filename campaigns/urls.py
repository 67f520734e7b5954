from django.urls import path

from . import writing_urls
from .views import calendar, hooks, outbox, pages, public, report, tracking

app_name = "campaigns"
urlpatterns = [
    *writing_urls.urlpatterns,
    path("campaigns/", pages.table, name="list"),
    path("campaigns/calendar/", calendar.calendar, name="calendar"),
    path("campaigns/<int:campaign_id>/", pages.page, name="campaign"),
    path("campaigns/<int:campaign_id>/live/", pages.live, name="live"),
    path("campaigns/<int:campaign_id>/preview/", pages.preview, name="preview"),
    path("campaigns/<int:campaign_id>/message/<int:contact_id>/", pages.message, name="message"),
    path("campaigns/<int:campaign_id>/report/", report.report, name="report"),
    path("campaigns/<int:campaign_id>/report/course/", report.course, name="course"),
    path("campaigns/<int:campaign_id>/report/links/", report.heat_map, name="heat"),
    path("campaigns/<int:campaign_id>/report/file/", report.as_file, name="report-file"),
    path("campaigns/<int:campaign_id>/report/share/", report.share, name="share"),
    path("campaigns/<int:campaign_id>/report/share/<int:link_id>/revoke/", report.revoke, name="revoke"),
    path("campaigns/<int:campaign_id>/report/choose/<str:key>/", report.choose, name="choose"),
    path("r/<str:token>/", report.shared, name="shared"),
    path("r/<str:token>/course/", report.shared_course, name="shared-course"),
    path("campaigns/<int:campaign_id>/sends/", pages.sends, name="sends"),
    path("campaigns/<int:campaign_id>/start/", pages.start, name="start"),
    path("campaigns/<int:campaign_id>/schedule/", pages.schedule, name="schedule"),
    path("campaigns/<int:campaign_id>/unschedule/", pages.unschedule, name="unschedule"),
    path("campaigns/<int:campaign_id>/pause/", pages.pause, name="pause"),
    path("campaigns/<int:campaign_id>/resume/", pages.resume, name="resume"),
    path("campaigns/<int:campaign_id>/cancel/", pages.cancel, name="cancel"),
    path("campaigns/<int:campaign_id>/copy/", pages.copy, name="copy"),
    path("campaigns/<int:campaign_id>/delete/", pages.delete, name="delete"),
    path("campaigns/<int:campaign_id>/test/", pages.test, name="test"),
    path("outbox/", outbox.table, name="outbox"),
    path("outbox/<int:message_id>/", outbox.page, name="outbox-message"),
    path("outbox/<int:message_id>/document/", outbox.document, name="outbox-document"),
    path("t/c/<str:token>", tracking.click, name="click"),
    path("t/o/<str:token>.gif", tracking.opened, name="open"),
    path("hooks/mail/<str:provider>/", hooks.report, name="mail-report"),
    path("u/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("p/<str:token>/", public.choose, name="preferences"),
    path("in/<str:token>/", public.confirm, name="opt-in"),
]
