"""The addresses of the pages of what contacts are worth."""

from django.urls import path

from .views.worth import churn, lifetime, people, rfm, settings, value

app_name = "worth"
urlpatterns = [
    path("worth/", value.value, name="value"),
    path("worth/chart/", value.chart, name="value-chart"),
    path("worth/people/<str:part>/", people.people, name="people"),
    path("worth/list/<str:part>/", people.make_list, name="make-list"),
    path("worth/rfm/", rfm.rfm, name="rfm"),
    path("worth/rfm/settings/", settings.page, name="rfm-settings"),
    path("worth/lifetime/", lifetime.lifetime, name="lifetime"),
    path("worth/lifetime/run/", lifetime.run, name="lifetime-run"),
    path("worth/lifetime/chart/<slug:name>/", lifetime.chart, name="lifetime-chart"),
    path("worth/churn/", churn.churn, name="churn"),
    path("worth/churn/retention/", churn.retention, name="retention"),
    path("worth/churn/change/", churn.change, name="change"),
    path("worth/churn/survival/", churn.survival_chart, name="survival-chart"),
]
