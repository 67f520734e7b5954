"""What every page shares: the shell, tables, fields with problems, numbers and moments in the reader's language.

It sits beside `crmseg.common`: it may use `crmseg.access`, and knows no room. Rooms register what they show.
"""
