"""Campaigns for programs, part by part; `campaigns.api` puts the parts together."""
