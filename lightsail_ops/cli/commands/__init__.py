"""The commands of `lightsail-ops`, a module for each."""
