"""Action vocabularies: the finite sets of primitives that policies choose from."""
