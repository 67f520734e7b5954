"""Scores: points that rules give each contact, kept true as lists are."""
