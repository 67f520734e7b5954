"""Lists nobody thought of: groups of alike people, what predicts a goal, look-alikes. Each ends in a definition."""
