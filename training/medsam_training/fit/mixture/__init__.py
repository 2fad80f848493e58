"""Learning from several sets at once, with painted shapes and boxes carried from slice to slice."""
