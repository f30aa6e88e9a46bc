"""Drivers for services that stand on loopback, with nothing underneath."""
