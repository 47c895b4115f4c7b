"""The program `lightsail-ops`. Its requirements come with the extra `cli`."""
