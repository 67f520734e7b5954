"""The pages of automations."""

from django.urls import path

from .journeys.views import conditions, editing, pages, people, rehearsing

app_name = "automations"
urlpatterns = [
    path("automations/", pages.table, name="list"),
    path("automations/new/", pages.new, name="new"),
    path("automations/<int:automation_id>/", pages.page, name="automation"),
    path("automations/<int:automation_id>/live/", pages.live, name="live"),
    path("automations/<int:automation_id>/edit/", editing.edit, name="edit"),
    path("automations/<int:automation_id>/condition/", conditions.condition, name="condition"),
    path("automations/<int:automation_id>/message/", pages.message, name="message"),
    path("automations/<int:automation_id>/name/", pages.rename, name="rename"),
    path("automations/<int:automation_id>/versions/", pages.versions, name="versions"),
    path("automations/<int:automation_id>/versions/<int:number>/", pages.restore_version, name="restore-version"),
    path("automations/<int:automation_id>/switch-on/", pages.switch_on, name="switch-on"),
    path("automations/<int:automation_id>/pause/", pages.pause, name="pause"),
    path("automations/<int:automation_id>/resume/", pages.resume, name="resume"),
    path("automations/<int:automation_id>/archive/", pages.archive, name="archive"),
    path("automations/<int:automation_id>/restore/", pages.restore, name="restore"),
    path("automations/<int:automation_id>/copy/", pages.copy, name="copy"),
    path("automations/<int:automation_id>/delete/", pages.delete, name="delete"),
    path("automations/<int:automation_id>/people/", people.table, name="people"),
    path("automations/<int:automation_id>/runs/<int:run_id>/", people.run, name="run"),
    path("automations/<int:automation_id>/runs/<int:run_id>/end/", people.end, name="end-run"),
    path("automations/<int:automation_id>/dry-run/", rehearsing.page, name="dry_run"),
    path("automations/<int:automation_id>/dry-run/days/", rehearsing.days, name="dry_run_days"),
]
