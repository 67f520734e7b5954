"""The pages of automations: the picture of the steps, the people in it, and what came of it."""
