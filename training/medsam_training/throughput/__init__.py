"""How fast a run learns, beside the plain loop of the published script's steps, in turns on one machine."""
