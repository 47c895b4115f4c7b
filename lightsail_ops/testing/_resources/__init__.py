"""The resources of Lightsail, a module for each kind or family of kinds.

`data/resources.toml` says what a resource has when it is new. A class says what follows from that
when it is read, and a backend what each action does to it.
"""
