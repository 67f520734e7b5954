"""What people do with messages, told apart from what programs do with them, and written down once.

Everything that comes back is a `Reaction`, a mark on the `Send` and an event of the contact, in one transaction
(`record`), so that reports and lists agree. Only people's openings and clicks are events: a program that looks at every
picture, or follows every link, is counted as such and makes nobody a reader.
"""
