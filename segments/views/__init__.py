"""The pages about lists. Each module answers for one page, or one part of it."""
