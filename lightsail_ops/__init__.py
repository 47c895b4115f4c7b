"""Every operation of an Amazon Lightsail account, lazily, as typed values."""

__version__ = "1.0.0"
