"""When a task is done: conditions over what a simulator can measure."""
