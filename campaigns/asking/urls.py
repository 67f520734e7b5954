from django.urls import path

from .views import answering, answers, building, pages, reporting

app_name = "surveys"
urlpatterns = [
    path("surveys/", pages.table, name="list"),
    path("surveys/new/", pages.new, name="new"),
    path("surveys/<int:survey_id>/", reporting.report, name="survey"),
    path("surveys/<int:survey_id>/chart/", reporting.chart, name="chart"),
    path("surveys/<int:survey_id>/file/", reporting.as_file, name="file"),
    path("surveys/<int:survey_id>/answers/", answers.answers, name="answers"),
    path("surveys/<int:survey_id>/answers/file/", answers.as_file, name="answers-file"),
    path("surveys/<int:survey_id>/answers/<int:response_id>/tags/", answers.tag, name="tag"),
    path("surveys/<int:survey_id>/answers/<int:response_id>/task/", answers.route, name="route"),
    path("surveys/<int:survey_id>/answers/<int:response_id>/delete/", answers.delete, name="delete-answer"),
    path("surveys/<int:survey_id>/share/", pages.share, name="share"),
    path("surveys/<int:survey_id>/edit/", building.edit, name="edit"),
    path("surveys/<int:survey_id>/preview/", building.preview, name="preview"),
    path("surveys/<int:survey_id>/publish/", pages.publish, name="publish"),
    path("surveys/<int:survey_id>/close/", pages.close, name="close"),
    path("surveys/<int:survey_id>/copy/", pages.copy, name="copy"),
    path("surveys/<int:survey_id>/delete/", pages.delete, name="delete"),
    path("surveys/<int:survey_id>/versions/<int:number>/restore/", pages.restore, name="restore"),
    path("ask/<str:token>/", answering.ask, name="ask"),
]
