"""What a hand does in a slice view and what is shown of it: the same in every face with slice views."""
