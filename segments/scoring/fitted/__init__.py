"""Scores learned from what happened: which conditions went before past conversions, and how much each tells.

`goals` says what a conversion is, `past` evaluates conditions as of an instant that is over, `offers` proposes
conditions, `regression` is the arithmetic, `runs` does it all as a job and keeps what was found.
"""
