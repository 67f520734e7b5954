"""What sets the people of a list apart from everyone else, or from those of another list; formulas in docs/worth.md."""
