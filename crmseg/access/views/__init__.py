"""The first-steps page and the settings."""
