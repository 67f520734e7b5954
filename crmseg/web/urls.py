from django.urls import path

from . import home, views

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("home/numbers/", home.numbers, name="home_numbers"),
    path("home/mending/", home.mending, name="home_mending"),
    path("search/", views.search, name="search"),
    path("language/", views.language, name="language"),
]
