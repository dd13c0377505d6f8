"""The link of a HID device: what can become of its reports on a real bus, and what cannot.

A report is a whole packet with a CRC, which the bus repeats by itself: so reports are lost, come
twice or late, or the endpoint refuses; but none arrives damaged.
"""
