"""policybot: what your own organisation's policy says, quoted word for word."""

__version__ = "0.1.0"
