"""The pages of leads and scores."""
