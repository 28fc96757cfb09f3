"""What runs many independent jobs: on this machine's cores, or on those of others."""
