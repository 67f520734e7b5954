"""The channels that campaigns go out on. One registry says what each needs, writes and is carried by."""
