from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = _("Contacts")

    def ready(self) -> None:
        from . import changelog, partitions, signals, tasks, wiring

        wiring.connect()
        signals.import_queued.connect(tasks.ring_import, dispatch_uid="contacts.imports")
        signals.undo_queued.connect(tasks.ring_undo, dispatch_uid="contacts.undo")
        signals.counts_asked.connect(tasks.ring_counts, dispatch_uid="contacts.counts")
        signals.duplicates_asked.connect(tasks.ring_duplicates, dispatch_uid="contacts.duplicates")
        post_migrate.connect(changelog.install, sender=self, dispatch_uid="contacts.changelog")
        post_migrate.connect(partitions.install, sender=self, dispatch_uid="contacts.partitions")
