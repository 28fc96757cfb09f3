"""Transcribers: recorded speech -> words."""
