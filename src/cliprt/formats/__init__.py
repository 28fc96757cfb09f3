"""Forms in which episodes leave a store and come in."""
