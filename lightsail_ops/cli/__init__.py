"""The program `lightsail-ops`; the extra `cli` brings what it needs."""
