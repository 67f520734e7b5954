"""The project: wiring, nothing of the domain."""
