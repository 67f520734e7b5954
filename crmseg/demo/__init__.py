"""Sample data: real purchases, generated people around them, and lists ready to look at.

Wiring above all rooms, like the rest of `crmseg`: nothing imports this package but the command, the task and the pages
that start it.
"""
