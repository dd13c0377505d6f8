"""What devices have done since somebody last looked, as news for a journal."""
