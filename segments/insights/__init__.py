"""What lists say about each other and about the people in them, beyond who is in."""
