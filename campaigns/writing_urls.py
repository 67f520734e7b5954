"""The pages on which messages are written, with what they are made from."""

from django.urls import path

from .views import checking, choosing, designing, editing, picking, previewing, testing

urlpatterns = [
    path("campaigns/new/", editing.new, name="new"),
    path("campaigns/estimate/", choosing.estimate, name="estimate"),
    path("campaigns/preview/", previewing.preview, name="preview-draft"),
    path("campaigns/pictures/", picking.pictures, name="pictures"),
    path("campaigns/templates/<str:key>/look/", picking.look, name="template-look"),
    path("campaigns/<int:campaign_id>/templates/", picking.choose_template, name="choose-template"),
    path("campaigns/find-lists/", choosing.find_lists, name="find-lists"),
    path("campaigns/<int:campaign_id>/edit/", editing.edit, name="edit"),
    path("campaigns/<int:campaign_id>/save/", editing.save, name="save"),
    path("campaigns/<int:campaign_id>/languages/", editing.languages, name="languages"),
    path("campaigns/<int:campaign_id>/definition/", choosing.definition, name="definition"),
    path("campaigns/<int:campaign_id>/design/", designing.design, name="design"),
    path("campaigns/<int:campaign_id>/design/save/", designing.save, name="design-save"),
    path("campaigns/<int:campaign_id>/preflight/", checking.preflight_panel, name="preflight-panel"),
    path("campaigns/<int:campaign_id>/arms/", testing.add, name="arms"),
    path("campaigns/<int:campaign_id>/arms/plan/", testing.plan, name="plan"),
    path("campaigns/<int:campaign_id>/arms/<str:key>/", testing.change, name="arm"),
    path("campaigns/<int:campaign_id>/arms/<str:key>/remove/", testing.remove, name="arm-remove"),
    path("campaigns/<int:campaign_id>/send-test/", previewing.send_test, name="send-test"),
]
