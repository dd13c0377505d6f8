"""Devices at their places: on a bench, on the USB over a network, or on a simulated machine.

``site.Site`` holds what the devices of one run share.
"""
