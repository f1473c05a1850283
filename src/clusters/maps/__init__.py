"""Maps: what is drawn, and the interactive and still ways to draw it."""
