"""Things to act on, one file each: functions that return a fresh, coloured body."""
