"""A line between a place and a twin that loses, mangles, delays or breaks off. Sans-IO."""
