"""A weighing scale on a serial line: what lies on it, and the languages that tills ask it in."""
