"""Asking people: surveys and forms that we host, what they answer, and what that says."""
