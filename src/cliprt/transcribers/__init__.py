"""transcribers."""
