"""Teaching in a browser: a page that shows the robot, and a desk that works it."""
