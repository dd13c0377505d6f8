"""Where pyserial finds ``sim://``: it imports ``protocol_sim`` from here on demand."""
