"""What a message says to one person: Liquid in, subject, HTML and plain text out."""
