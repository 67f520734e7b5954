"""Delivering a campaign's messages: lease a batch, deliver outside any transaction, mark one by one.

What is promised, whatever is killed and whenever:
* Nobody is forgotten. The row in the ledger owns the work; a lease that ends unused is given out again.
* Nobody is mailed twice once a server accepted. Before the server is asked, the row says so (`attempt_at`), durably.
  A worker that dies after that and before it recorded the answer leaves sends whose outcome nobody here can know, at
  most one for each of its connections: they are marked `uncertain`, counted, shown, and not sent again by themselves.
  The same holds when the connection breaks after the last byte of a message and before the server's answer.
* With the built-in outbox, the message and its mark are one transaction, so there is no such moment.
"""
