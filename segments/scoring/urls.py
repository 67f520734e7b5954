"""The addresses of the pages about leads and scores."""

from django.urls import path

from .views import editing, fitting, lead, models, queue

app_name = "leads"
urlpatterns = [
    path("leads/", queue.queue_page, name="queue"),
    path("leads/export.csv", queue.export, name="export"),
    path("leads/assign/", queue.assign, name="assign"),
    path("leads/example/", models.make_example, name="example"),
    path("leads/<int:contact_id>/", lead.page, name="lead"),
    path("leads/<int:contact_id>/history.json", lead.history_chart, name="history_chart"),
    path("leads/fitted/", fitting.fittings, name="fittings"),
    path("leads/fitted/new/", fitting.new, name="fitting_new"),
    path("leads/fitted/<int:fitting_id>/", fitting.fitting, name="fitting"),
    path("leads/fitted/<int:fitting_id>/calibration.json", fitting.calibration_chart, name="calibration_chart"),
    path("leads/fitted/<int:fitting_id>/keep/", fitting.keep, name="keep_fitting"),
    path("leads/fitted/<int:fitting_id>/delete/", fitting.delete, name="delete_fitting"),
    path("leads/models/", models.table, name="models"),
    path("leads/models/new/", models.new, name="new"),
    path("leads/models/<int:model_id>/", models.page, name="model"),
    path("leads/models/<int:model_id>/scores.json", models.spread_chart, name="spread_chart"),
    path("leads/models/<int:model_id>/name/", models.rename, name="rename"),
    path("leads/models/<int:model_id>/edit/", editing.edit, name="edit"),
    path("leads/models/<int:model_id>/edit/effect/", editing.effect, name="effect"),
    path("leads/models/<int:model_id>/rule/", editing.rule, name="rule"),
    path("leads/models/<int:model_id>/versions/<int:version>/back/", models.roll_back, name="roll_back"),
    path("leads/models/<int:model_id>/<slug:action>/", models.act, name="act"),
]
