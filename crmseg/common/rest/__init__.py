"""How the REST API speaks, the same in every room: bodies, answers, pages, problems, preconditions."""
