"""The pages of tasks."""

from django.urls import path

from .views import tasks

app_name = "tasks"
urlpatterns = [
    path("tasks/", tasks.table, name="list"),
    path("tasks/new/", tasks.new, name="new"),
    path("tasks/people/", tasks.people, name="people"),
    path("tasks/many/", tasks.many, name="many"),
    path("tasks/<int:task_id>/", tasks.task, name="task"),
    path("tasks/<int:task_id>/done/", tasks.done, name="done"),
    path("tasks/<int:task_id>/open/", tasks.reopen, name="open"),
    path("tasks/<int:task_id>/delete/", tasks.delete, name="delete"),
]
