"""Serial machines on the USB: what every kind has, and the adapter that people buy."""
