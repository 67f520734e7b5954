"""The addresses of the pages about lists."""

from django.urls import path

from .views import actions, audits, page, static, table, values
from .views.builder import pages as builder

app_name = "segments"
urlpatterns = [
    path("lists/", table.table, name="list"),
    path("lists/new/", builder.new, name="new"),
    path("lists/new/preview/", builder.preview, name="preview"),
    path("lists/new/save/", builder.save, name="save"),
    path("lists/new/static/", static.new_static, name="new_static"),
    path("lists/audits/", audits.audits, name="audits"),
    path("lists/audits/now/", audits.audit_now, name="audit_now"),
    path("lists/example/", actions.example, name="example"),
    path("lists/builder/row/", builder.row, name="row"),
    path("lists/builder/rows/", builder.all_rows, name="rows"),
    path("lists/builder/json/", builder.as_json, name="as_json"),
    path("lists/builder/values/", values.values, name="values"),
    path("lists/<int:segment_id>/", page.members, name="segment"),
    path("lists/<int:segment_id>/standing/", page.standing, name="standing"),
    path("lists/<int:segment_id>/moves/", page.ledger, name="ledger"),
    path("lists/<int:segment_id>/versions/", page.versions, name="versions"),
    path("lists/<int:segment_id>/about/", page.about, name="about"),
    path("lists/<int:segment_id>/size.json", page.size_chart, name="size_chart"),
    path("lists/<int:segment_id>/movement.json", page.movement_chart, name="movement_chart"),
    path("lists/<int:segment_id>/export.csv", page.export, name="export"),
    path("lists/<int:segment_id>/edit/", builder.edit, name="edit"),
    path("lists/<int:segment_id>/edit/preview/", builder.preview, name="preview"),
    path("lists/<int:segment_id>/edit/save/", builder.save, name="save"),
    path("lists/<int:segment_id>/refresh/", actions.refresh, name="refresh"),
    path("lists/<int:segment_id>/stop/", actions.cancel_build, name="cancel_build"),
    path("lists/<int:segment_id>/duplicate/", actions.duplicate, name="duplicate"),
    path("lists/<int:segment_id>/convert/", actions.convert, name="convert"),
    path("lists/<int:segment_id>/delete/", actions.delete, name="delete"),
    path("lists/<int:segment_id>/add/", static.add_members, name="add_members"),
    path("lists/<int:segment_id>/remove/", static.remove_members, name="remove_members"),
]
