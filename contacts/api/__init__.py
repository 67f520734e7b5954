"""Contacts, companies, attributes, events and imports over HTTP. Views translate; services decide."""
