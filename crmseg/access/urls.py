from django.urls import path

from .views import account, audit_log, first_steps, forgotten, health, keys, people, retention, senders

app_name = "access"
urlpatterns = [
    path("first-steps/", first_steps.first_steps, name="first_steps"),
    path("first-steps/sample-data/", first_steps.load_sample_data, name="load_sample_data"),
    path("accounts/password/reset/", forgotten.forgotten, name="forgotten"),
    path("settings/", account.settings, name="settings"),
    path("settings/account/", account.edit_account, name="account"),
    path("settings/profile/", account.edit_profile, name="profile"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/<int:user_id>/", people.person, name="person"),
    path("settings/people/<int:user_id>/password-link/", people.password_link, name="password_link"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/<slug:prefix>/rotate/", keys.rotate, name="rotate_key"),
    path("settings/keys/<slug:prefix>/revoke/", keys.revoke, name="revoke_key"),
    path("settings/senders/", senders.senders, name="senders"),
    path("settings/senders/<int:sender_id>/", senders.sender, name="sender"),
    path("settings/senders/<int:sender_id>/delete/", senders.delete, name="delete_sender"),
    path("settings/retention/", retention.retention, name="retention"),
    path("settings/health/", health.health, name="health"),
    path("settings/audit/", audit_log.audit_log, name="audit"),
    path("settings/audit.csv", audit_log.audit_file, name="audit_file"),
]
