"""What can stand on the table: a catalogue that anybody can add to."""
