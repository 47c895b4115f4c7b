"""The shell: the only modules with clocks, threads, tasks and random numbers."""
