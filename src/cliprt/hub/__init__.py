"""What was taught, given to others and taken from them: the Hugging Face Hub."""
