"""The visual builder: a definition as rows of a form, and the rows as a definition.

    definition --encode--> drafts --rows, templates--> the page --static/js/builder--> drafts --decode--> definition

A draft may be unfinished; a definition may not. Only `segments.definition` says what a definition means: what the
builder cannot show, it keeps as it is.
"""
