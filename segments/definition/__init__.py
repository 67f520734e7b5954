"""The definition language. Pure: it knows no request, no task and no table rows, and saves nothing."""
