"""The resources of Lightsail, a module for each kind or small family of kinds.

Each says what a resource has when it is new, what each action does to it, and what is derived when
it is read.
"""
