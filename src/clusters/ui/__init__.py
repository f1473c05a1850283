"""The parts that pages share; nothing imports from here but the pages and the app."""
