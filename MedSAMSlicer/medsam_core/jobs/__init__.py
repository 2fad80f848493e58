"""Work beside the face: frozen requests in, responses out, one thread."""
