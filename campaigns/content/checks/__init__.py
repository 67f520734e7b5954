"""What is looked at before a message goes out; `campaigns.content.preflight` asks all of it."""
