"""Judging a policy: rollouts in unseen scenes, statistics, and the report of a run."""
