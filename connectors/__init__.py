"""Doors to other systems: the only code that opens sockets and foreign files."""
