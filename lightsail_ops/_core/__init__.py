"""The decisions of the library, without I/O: what to send, when to sleep, what to report."""
