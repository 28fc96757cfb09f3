"""Episodes on the disk, and the training samples and batches that are made of them."""
