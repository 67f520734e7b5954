"""Pages of this room: they translate between addresses, forms and services, and decide nothing."""
