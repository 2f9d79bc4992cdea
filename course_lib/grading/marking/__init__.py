"""The judge and the processes that it works in, on this machine or on a cluster."""
