"""The pages of work in the background."""

from django.urls import path

from . import views

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.history, name="list"),
    path("jobs/tray/", views.tray_part, name="tray"),
    path("jobs/<int:job_id>/", views.page, name="job"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<int:job_id>/undo/", views.undo, name="undo"),
    path("jobs/<int:job_id>/again/", views.try_again, name="try-again"),
    path("jobs/<int:job_id>/file/", views.file, name="file"),
]
