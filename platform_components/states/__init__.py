"""Backends that states are read from, by URL; the engine has their layout, this package the clients."""
