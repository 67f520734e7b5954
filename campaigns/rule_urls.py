"""The people of an audience, what holds for every campaign, and whom nobody may write to."""

from django.urls import path

from .views import audience, rules, suppressed

urlpatterns = [
    path("campaigns/<int:campaign_id>/audience/", audience.people, name="audience"),
    path("settings/sending/", rules.rules, name="rules"),
    path("settings/sending/caps/", rules.add_cap, name="add-cap"),
    path("settings/sending/caps/<int:cap_id>/remove/", rules.remove_cap, name="remove-cap"),
    path("settings/suppressions/", suppressed.table, name="suppressions"),
    path("settings/suppressions/export/", suppressed.export, name="export-suppressions"),
    path("settings/suppressions/add/", suppressed.add, name="suppress"),
    path("settings/suppressions/file/", suppressed.upload, name="suppress-file"),
    path("settings/suppressions/list/", suppressed.add_list, name="suppress-list"),
    path("settings/suppressions/list/<int:suppressed_id>/lift/", suppressed.lift_list, name="lift-list"),
    path("settings/suppressions/lift/", suppressed.lift, name="lift-suppressions"),
]
