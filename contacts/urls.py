"""The pages of people, companies and imports."""

from django.urls import path

from .views import companies, company, contact, duplicates, events, facts, imports, merging, people

app_name = "contacts"
urlpatterns = [
    path("contacts/", people.table, name="list"),
    path("contacts/new/", people.new, name="new"),
    path("contacts/export/", people.export, name="export"),
    path("contacts/duplicates/", duplicates.page, name="duplicates"),
    path("contacts/duplicates/look/", duplicates.look, name="duplicates-look"),
    path("contacts/duplicates/<int:pair_id>/dismiss/", duplicates.dismiss, name="duplicate-dismiss"),
    path("contacts/duplicates/<int:pair_id>/offer/", duplicates.offer_again, name="duplicate-offer"),
    path("contacts/<int:contact_id>/", contact.page, name="contact"),
    path("contacts/<int:contact_id>/timeline/", contact.timeline, name="timeline"),
    path("contacts/<int:contact_id>/delete/", contact.delete, name="delete"),
    path("contacts/<int:contact_id>/merge/", merging.merge, name="merge"),
    path("contacts/<int:contact_id>/unmerge/", merging.unmerge, name="unmerge"),
    path("contacts/<int:contact_id>/facts/<path:key>/", facts.fact, name="fact"),
    path("contacts/<int:contact_id>/consent/", facts.consent, name="consent"),
    path("contacts/<int:contact_id>/company/", facts.company, name="contact-company"),
    path("companies/", companies.table, name="companies"),
    path("companies/new/", companies.new, name="company-new"),
    path("companies/<int:company_id>/", company.page, name="company"),
    path("companies/<int:company_id>/edit/", company.edit, name="company-edit"),
    path("companies/<int:company_id>/delete/", company.delete, name="company-delete"),
    path("imports/", imports.history, name="imports"),
    path("imports/new/", imports.upload, name="import-new"),
    path("imports/<int:import_id>/", imports.page, name="import"),
    path("imports/<int:import_id>/map/", imports.map_columns, name="import-map"),
    path("imports/<int:import_id>/start/", imports.start, name="import-start"),
    path("imports/<int:import_id>/cancel/", imports.cancel, name="import-cancel"),
    path("imports/<int:import_id>/undo/", imports.undo, name="import-undo"),
    path("imports/<int:import_id>/not-undone.csv", imports.undo_file, name="import-not-undone"),
    path("imports/<int:import_id>/problems.csv", imports.problems_file, name="import-problems"),
    path("events/", events.table, name="events"),
    path("events/chart/", events.chart, name="events-chart"),
    path("events/tail/", events.tail, name="events-tail"),
    path("events/<int:type_id>/", events.event_type, name="event_type"),
    path("events/<int:type_id>/export/", events.export, name="event-export"),
    path("events/<int:type_id>/describe/", events.describe, name="event-describe"),
    path("events/<int:type_id>/delete/", events.delete, name="event-delete"),
]
