"""What contacts are worth: kept current with what they do, compared with everyone, explained.

`rules` says what counts, `facts` reads it of events, `grades` compares it with everyone; `follow` does both for some
contacts and `bulk` for all. Nothing here imports lists: what must hear of a renewal registers with `told`.
"""
