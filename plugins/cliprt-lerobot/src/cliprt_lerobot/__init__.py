"""LeRobot data sets for cliprt: written and read with pyarrow and PyAV, without lerobot."""
