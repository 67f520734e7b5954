"""Long work: rows that own it, a worker that runs it in steps, and a tray that shows it.

A job goes on after a kill from where its last step was saved, can be cancelled between steps, and is undone by the same
machinery where its kind says how. Rooms above register their kinds.
"""
