"""Lists to start from: goals that marketers have, and every model by which a market is divided.

A template is a definition written by code, with the account's own words in it: its purchase event, its most frequent
country, what its best customers spend. It says how many of this account's contacts it finds, or what it lacks.
"""
