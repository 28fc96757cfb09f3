"""Instructions by their meaning: a frozen sentence encoder, for cliprt."""
