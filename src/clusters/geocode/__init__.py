"""Where an address is: read it, remember it, place it, and say how sure that is."""
