"""How fast this machine is at what cliprt does, beside named baselines in the same run."""
