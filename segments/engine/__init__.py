"""The only code that writes memberships and the ledger.

`plan` evaluates many lists at once for some contacts, `refresh` writes the difference, `drain` and `clock` feed it,
`build` makes a new version true for everyone, `audit` holds the result against another evaluation.
"""
